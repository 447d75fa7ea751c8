import { drawAt, hashText, type Ratio } from '../core/index.ts';

const PURPOSE = hashText('trace/head-sampling');

/**
 * Returns the decision whether a call's span is kept whatever becomes of the call. It hangs on
 * (seed, seq) alone: the same run keeps the same calls, over any number of workers, and what one
 * ratio keeps a higher one keeps too. Ratio 0 keeps none, 1 all.
 */
export function headSampling(seed: number, ratio: Ratio): (seq: number) => boolean {
  if (ratio <= 0) return () => false;
  return (seq) => drawAt(seed, PURPOSE, seq) < ratio;
}
