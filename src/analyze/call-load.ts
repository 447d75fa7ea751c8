import type { Ns } from '../core/index.ts';
import { totalsOf } from './histogram-totals.ts';
import type { SecondOfCalls } from './variance-ratio.ts';

/** What all calls of a target ask of it together. */
export interface CallLoad {
  readonly n: number;
  /** Of a call, cut-off ones at their bounds; 0 of none. */
  readonly meanNs: Ns;
  /** Seconds with calls. */
  readonly seconds: number;
}

/** Returns the load of calls of a target, in one pass over their seconds. */
export function loadOf(parts: readonly SecondOfCalls[]): CallLoad {
  const seconds = new Set<number>();
  let n = 0;
  let sumNs = 0;
  for (const part of parts) {
    const totals = totalsOf(part);
    seconds.add(part.second);
    n += totals.count;
    sumNs += totals.sumNs;
  }
  return { n, meanNs: n === 0 ? 0 : sumNs / n, seconds: seconds.size };
}
