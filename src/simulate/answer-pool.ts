import {
  CANCELLED,
  invariant,
  type Ns,
  OK,
  type OutcomeCode,
  type Ratio,
  type SparseHistogram,
  TIMEOUT,
} from '../core/index.ts';
import { firstPast, Weighted } from './weighted.ts';

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
  /** How many of them failed. One that was given up for another did not. */
  readonly failed: number;
  /** By time, ascending. */
  readonly #ends: readonly DrawnEnd[];
  readonly #all: Weighted<DrawnEnd>;
  readonly #failures: Weighted<DrawnEnd>;
  readonly #others: Weighted<DrawnEnd>;

  constructor(attempts: readonly EndedAttempts[]) {
    const counted = attempts.flatMap(({ outcome, isUnsent, valueNs, count }) => {
      const isCutOff = outcome === TIMEOUT || outcome === CANCELLED;
      return valueNs.flatMap((tookNs, i) => {
        const n = count[i] ?? 0;
        return n > 0 ? [[{ outcome, isUnsent, tookNs, isCutOff }, n] as const] : [];
      });
    });
    counted.sort(([a], [b]) => a.tookNs - b.tookNs || a.outcome - b.outcome);
    this.#ends = counted.map(([end]) => end);
    this.#all = new Weighted(counted);
    this.#failures = new Weighted(counted.filter(([end]) => isFailure(end)));
    this.#others = new Weighted(counted.filter(([end]) => !isFailure(end)));
    this.size = this.#all.total;
    this.failed = this.#failures.total;
  }

  /**
   * Returns one of the attempts. In place of one that was cut off it returns one of those that took
   * longer, where there are any: the estimate of Kaplan and Meier, which takes when an attempt is
   * cut off to have nothing to do with how long it would have taken. Where none took longer, it is
   * the one that was cut off.
   * @param uniform returns a new number x, 0 <= x < 1, for each of the draws of one attempt
   * @param failing how likely it is one of those that failed; absent: as they have it. It says
   *   nothing where all are of one kind
   * @see Efron, "The two sample problem with censored data", 1967: redistribution to the right
   */
  draw(uniform: (draw: number) => number, failing?: Ratio): DrawnEnd {
    let end = this.#first(uniform(0), failing);
    for (let draw = 1; end?.isCutOff === true; draw++) {
      const longer = this.#all.draw(uniform(draw), this.#firstLonger(end));
      if (longer === undefined) break;
      end = longer;
    }
    invariant(end !== undefined, 'a pool that is drawn from holds attempts');
    return end;
  }

  #first(x: number, failing: Ratio | undefined): DrawnEnd | undefined {
    if (failing === undefined || this.#failures.isEmpty || this.#others.isEmpty) {
      return this.#all.draw(x);
    }
    return x < failing
      ? this.#failures.draw(x / failing)
      : this.#others.draw((x - failing) / (1 - failing));
  }

  /** The first of those that are known to have taken longer than one that was cut off. */
  #firstLonger({ outcome, tookNs }: DrawnEnd): number {
    const slack = outcome === TIMEOUT ? 1 + BOUND_SLACK_RATIO : 1;
    return firstPast(this.#ends.length, (i) => (this.#ends[i]?.tookNs ?? 0) > tookNs * slack);
  }
}

function isFailure({ outcome }: DrawnEnd): boolean {
  return outcome !== OK && outcome !== CANCELLED;
}
