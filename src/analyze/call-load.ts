import type { Ns } from '../core/index.ts';
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
  for (const { second, valueNs, count } of parts) {
    seconds.add(second);
    for (let i = 0; i < valueNs.length; i++) {
      const calls = count[i] ?? 0;
      n += calls;
      sumNs += (valueNs[i] ?? 0) * calls;
    }
  }
  return { n, meanNs: n === 0 ? 0 : sumNs / n, seconds: seconds.size };
}
