import {
  CANCELLED,
  invariant,
  type Ns,
  type OutcomeCode,
  type Ratio,
  type SparseHistogram,
  TIMEOUT,
} from '../core/index.ts';

/** Attempts that ended in one way, by what they took. */
export interface EndedAttempts extends SparseHistogram {
  readonly outcome: OutcomeCode;
  /** They never were sent: no connection came about. */
  readonly isUnsent: boolean;
}

/** What became of an attempt. */
export interface DrawnEnd {
  readonly outcome: OutcomeCode;
  readonly isUnsent: boolean;
  /** How long it took; of one that was cut off, how long it took at least. */
  readonly tookNs: Ns;
  /** Nothing is known of it but that it took longer. */
  readonly isCutOff: boolean;
}

/**
 * Times that were cut off at one bound lie apart by what timers add and by the width of a bucket: a
 * longer time is known to be one where it is longer by more than this.
 */
export const BOUND_SLACK_RATIO: Ratio = 0.05;

/** Attempts that were measured, to draw from: each as likely as any other. */
export class AnswerPool {
  /** How many there are. */
  readonly size: number;
  readonly #ends: readonly DrawnEnd[];
  /** Of each end, how many are of it or of those before it; by time, ascending. */
  readonly #upTo: readonly number[];

  constructor(attempts: readonly EndedAttempts[]) {
    const ends = attempts.flatMap(({ outcome, isUnsent, valueNs, count }) => {
      const isCutOff = outcome === TIMEOUT || outcome === CANCELLED;
      return valueNs.map((tookNs, i) => ({
        end: { outcome, isUnsent, tookNs, isCutOff },
        count: count[i] ?? 0,
      }));
    });
    ends.sort((a, b) => a.end.tookNs - b.end.tookNs || a.end.outcome - b.end.outcome);
    let total = 0;
    this.#ends = ends.map(({ end }) => end);
    this.#upTo = ends.map(({ count }) => (total += count));
    this.size = total;
  }

  /**
   * Returns one of the attempts. In place of one that was cut off it returns one of those that took
   * longer, where there are any: the estimate of Kaplan and Meier, which takes when an attempt is
   * cut off to have nothing to do with how long it would have taken. Where none took longer, it is
   * the one that was cut off.
   * @param uniform returns a new number x, 0 <= x < 1, for each of the draws of one attempt
   * @see Efron, "The two sample problem with censored data", 1967: redistribution to the right
   */
  draw(uniform: (draw: number) => number): DrawnEnd {
    invariant(this.size > 0, 'a pool that is drawn from holds attempts');
    let from = 0;
    for (let draw = 0; ; draw++) {
      const before = from === 0 ? 0 : (this.#upTo[from - 1] ?? 0);
      const wanted = before + uniform(draw) * (this.size - before);
      const end = this.#ends[this.#endAt(wanted)];
      invariant(end !== undefined, 'a number below the size is of one of the attempts');
      if (!end.isCutOff) return end;
      from = this.#firstLonger(end);
      if (from === this.#ends.length) return end;
    }
  }

  /** The first of those that are known to have taken longer than one that was cut off. */
  #firstLonger({ outcome, tookNs }: DrawnEnd): number {
    const slack = outcome === TIMEOUT ? 1 + BOUND_SLACK_RATIO : 1;
    return firstPast(this.#ends.length, (i) => (this.#ends[i]?.tookNs ?? 0) > tookNs * slack);
  }

  #endAt(attempt: number): number {
    return firstPast(this.#upTo.length, (i) => (this.#upTo[i] ?? 0) > attempt);
  }
}

/** Returns the first index at which what holds from some index on holds; `length` for none. */
function firstPast(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
