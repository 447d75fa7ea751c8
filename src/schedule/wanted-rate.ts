import { NS_PER_SEC, type Ns, type RatePerSec } from '../core/index.ts';
import type { ArrivalsSpec, PhaseSpec, ReadyReplay } from '../scenario/index.ts';
import { isReadReplay, replayedBefore } from './replay-arrivals.ts';

/**
 * Returns the rate that the load asks for at a moment of the run; of a replay the mean over the
 * second around that moment. 0 before and after it, and in a closed phase, whose users come as fast
 * as the target lets them.
 */
export function wantedRatePerSec(load: readonly PhaseSpec[], atNs: Ns): RatePerSec {
  let leftNs = atNs;
  for (const phase of load) {
    if (leftNs < 0) return 0;
    if (leftNs < phase.durationNs) return rateIn(phase, leftNs);
    leftNs -= phase.durationNs;
  }
  return 0;
}

function rateIn({ arrivals, replay, durationNs }: PhaseSpec, atNs: Ns): RatePerSec {
  if (replay) return isReadReplay(replay) ? replayedRate(replay, durationNs, atNs) : 0;
  return arrivals ? rateOn(arrivals.pieces, atNs) : 0;
}

function rateOn(pieces: ArrivalsSpec['pieces'], atNs: Ns): RatePerSec {
  let leftNs = atNs;
  for (const { fromPerSec, toPerSec, durationNs } of pieces) {
    if (leftNs < durationNs) return fromPerSec + ((toPerSec - fromPerSec) * leftNs) / durationNs;
    leftNs -= durationNs;
  }
  return 0;
}

function replayedRate(replay: ReadyReplay, durationNs: Ns, atNs: Ns): RatePerSec {
  const fromNs = Math.max(0, atNs - NS_PER_SEC / 2);
  const toNs = Math.min(durationNs, atNs + NS_PER_SEC / 2);
  const count = replayedBefore(replay, toNs) - replayedBefore(replay, fromNs);
  return (count * NS_PER_SEC) / (toNs - fromNs);
}
