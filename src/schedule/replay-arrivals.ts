import type { Ns } from '../core/index.ts';
import type { ReadyReplay, ReplaySpec } from '../scenario/index.ts';
import { NO_MORE_ARRIVALS, type PhaseArrivals } from './phase-arrivals.ts';

/**
 * Arrivals that come when those of a recorded list came. With o_0 <= o_1 <= ... the list's times,
 * o_0 = 0, and s the speed,
 *
 *     t_k = o_k / s
 *
 * up to the end of the phase.
 */
export class ReplayArrivals implements PhaseArrivals {
  readonly #offsetsNs: Float64Array;
  readonly #speed: number;
  readonly #durationNs: Ns;
  #next = 0;

  constructor({ offsetsNs, speed }: Pick<ReadyReplay, 'offsetsNs' | 'speed'>, durationNs: Ns) {
    this.#offsetsNs = offsetsNs;
    this.#speed = speed;
    this.#durationNs = durationNs;
  }

  nextNs(): Ns {
    const offsetNs = this.#offsetsNs[this.#next];
    if (offsetNs === undefined) return NO_MORE_ARRIVALS;
    const dueNs = Math.round(offsetNs / this.#speed);
    if (dueNs >= this.#durationNs) return NO_MORE_ARRIVALS;
    this.#next++;
    return dueNs;
  }
}

/**
 * Returns how many arrivals of a list are due before `atNs`, counted from the start of its phase.
 */
export function replayedBefore(
  { offsetsNs, speed }: Pick<ReadyReplay, 'offsetsNs' | 'speed'>,
  atNs: Ns,
): number {
  let low = 0;
  let high = offsetsNs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Math.round((offsetsNs[middle] ?? Infinity) / speed) < atNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns whether a recorded list was read; one that was not has no arrivals. */
export function isReadReplay(replay: ReplaySpec): replay is ReadyReplay {
  return 'offsetsNs' in replay;
}
