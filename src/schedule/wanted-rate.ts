import type { Ns, RatePerSec } from '../core/index.ts';
import type { ArrivalsSpec, PhaseSpec } from '../scenario/index.ts';

/**
 * Returns the rate that the load asks for at a moment of the run; 0 before and after it, and in a
 * closed phase, whose users come as fast as the target lets them.
 */
export function wantedRatePerSec(load: readonly PhaseSpec[], atNs: Ns): RatePerSec {
  let leftNs = atNs;
  for (const { fromPerSec, toPerSec, durationNs } of load.flatMap(piecesOf)) {
    if (leftNs < 0) return 0;
    if (leftNs < durationNs) return fromPerSec + ((toPerSec - fromPerSec) * leftNs) / durationNs;
    leftNs -= durationNs;
  }
  return 0;
}

function piecesOf({ arrivals, durationNs }: PhaseSpec): ArrivalsSpec['pieces'] {
  return arrivals?.pieces ?? [{ fromPerSec: 0, toPerSec: 0, durationNs }];
}
