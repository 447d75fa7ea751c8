import type { Ns, RatePerSec } from '../core/index.ts';
import type { PhaseSpec } from '../scenario/index.ts';

/** Returns the rate that the load asks for at a moment of the run; 0 before and after it. */
export function wantedRatePerSec(load: readonly PhaseSpec[], atNs: Ns): RatePerSec {
  let leftNs = atNs;
  for (const { fromPerSec, toPerSec, durationNs } of load.flatMap((p) => p.arrivals.pieces)) {
    if (leftNs < 0) return 0;
    if (leftNs < durationNs) return fromPerSec + ((toPerSec - fromPerSec) * leftNs) / durationNs;
    leftNs -= durationNs;
  }
  return 0;
}
