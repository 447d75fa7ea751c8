import type { Ratio } from '../../core/index.ts';
import type { BucketCounts } from '../log-buckets.ts';
import { FlipTest } from './flip-test.ts';
import { RecentRanks, type PairOfRanks } from './recent-ranks.ts';

/** By how many buckets B's times are larger than A's. */
export interface ShiftInterval {
  /** NaN where it is beyond what is looked at, or nothing was seen. */
  readonly shift: number;
  /** Infinite where nothing was ruled out on that side. */
  readonly lower: number;
  readonly upper: number;
  /** Against there being no shift. */
  readonly evidence: number;
}

/** What is taken for a percentile rests on so many calls beyond it. */
const BEYOND_MIN = 8;

/**
 * How much slower B is than A at one percentile, by seconds in which both did the same.
 *
 * For each of many ratios r by which B's times may be larger, A's are taken times sqrt(r), B's over
 * sqrt(r), so that both are alike if r is the true one. Of all calls of the second, or of the last
 * few where they are few, the percentile x is taken, which does not know whose a call was; of the
 * n_a and n_b calls of the second, m_a and m_b take longer than x. Their difference
 *
 *   d = (m_b n_a - m_a n_b) / (n_a + n_b)
 *
 * has then either sign by chance alone, which a {@link FlipTest} holds against it. What is no
 * longer likely is outside of the interval; where the sum of d is zero is the best guess.
 *
 *              the second's calls        x
 *   A * sqrt(r)   ......::::::.....      | .   m_a
 *   B / sqrt(r)   ......:::::::....      | ..  m_b
 *
 * What slows both in a second moves x with them, and takes part in no d.
 */
export class PairedPercentile {
  readonly percent: number;
  /** The share of the calls beyond the percentile. */
  readonly #past: Ratio;
  readonly #shifts: readonly number[];
  readonly #tests: readonly FlipTest[];
  /** By phase: their levels are their own. */
  readonly #recent = new Map<string, RecentRanks>();

  /** @param shifts that are looked at: ascending, in buckets, with their negatives and 0. */
  constructor(percent: number, shifts: readonly number[]) {
    this.percent = percent;
    this.#past = 1 - percent / 100;
    this.#shifts = shifts;
    this.#tests = shifts.map(() => new FlipTest());
  }

  /** Adds a second of a phase: its calls by bucket, and the same as ranks. */
  add(
    phase: string,
    calls: { readonly a: BucketCounts; readonly b: BucketCounts },
    second: PairOfRanks,
  ): void {
    const [inA, inB] = [second.a.total, second.b.total];
    if (inA === 0 || inB === 0) return;
    const around = this.#recentOf(phase).add(calls.a, calls.b, second);
    const rank = (1 - this.#past) * (around.a.total + around.b.total);
    let place = 0;
    for (const [i, shift] of this.#shifts.entries()) {
      const half = shift / 2;
      const atMost = (at: number): number =>
        around.a.atMost(at - half) + around.b.atMost(at + half);
      if (i === 0) place = Math.floor(around.a.range[0] + half) - 1;
      while (atMost(place) < rank) place++;
      while (atMost(place - 1) >= rank) place--;
      const pastA = inA - second.a.atMost(place - half);
      const pastB = inB - second.b.atMost(place + half);
      const share = (pastA + pastB) / (inA + inB);
      const usual = (share * (1 - share) * inA * inB) / (inA + inB);
      this.#tests[i]?.add((pastB * inA - pastA * inB) / (inA + inB), usual);
    }
  }

  #recentOf(phase: string): RecentRanks {
    const known = this.#recent.get(phase);
    if (known !== undefined) return known;
    const recent = new RecentRanks(BEYOND_MIN / Math.min(this.#past, 1 - this.#past));
    this.#recent.set(phase, recent);
    return recent;
  }

  /** Returns the shift with its interval; an end is where the evidence reaches the limit. */
  interval(evidenceMax: number): ShiftInterval {
    const shift = this.#crossing();
    const isOut = (i: number): boolean => (this.#tests[i]?.evidence() ?? 1) >= evidenceMax;
    const middle = Number.isNaN(shift) ? 0 : shift;
    const lower = this.#shifts.findLastIndex((one, i) => one <= middle && isOut(i));
    const upper = this.#shifts.findIndex((one, i) => one >= middle && isOut(i));
    return {
      shift,
      lower: this.#shifts[lower] ?? -Infinity,
      upper: this.#shifts[upper] ?? Infinity,
      evidence: this.#tests[this.#shifts.indexOf(0)]?.evidence() ?? 1,
    };
  }

  /** Where the sums, which fall, cross zero: between the last above it and the first below. */
  #crossing(): number {
    const last = this.#tests.findLastIndex(({ sum }) => sum > 0);
    const first = this.#tests.findIndex(({ sum }) => sum < 0);
    const [above, below] = [this.#shifts[last], this.#shifts[first]];
    if (above === undefined || below === undefined) return NaN;
    const [high, low] = [this.#tests[last]?.sum ?? 0, this.#tests[first]?.sum ?? 0];
    return last < first ? above + ((below - above) * high) / (high - low) : (above + below) / 2;
  }
}
