import type { Ratio } from '../../core/index.ts';
import type { PercentileChange } from '../comparison-rows.ts';
import { errorsOf } from '../shares.ts';
import type { SideCalls } from './ab-second.ts';
import { PairedPercentile } from './paired-percentile.ts';
import { PairedShare } from './paired-share.ts';
import { Ranks } from './ranks.ts';
import type { PairOfRanks } from './recent-ranks.ts';

export interface StepOptions {
  readonly percents: readonly number[];
  /** By which B's times may be larger than A's: logarithms of ratios in buckets. */
  readonly shifts: readonly number[];
  readonly bucketRatio: number;
}

/** One step on both sides: its errors, and its percentiles over all phases. */
export class PairedStep {
  readonly errors = new PairedShare();
  readonly #percentiles: readonly PairedPercentile[];
  /** Of one bucket, as a logarithm. */
  readonly #width: number;
  readonly #all = newPair();
  /** The lowest bucket in which a call was cut off. */
  #cutOff = Infinity;

  constructor({ percents, shifts, bucketRatio }: StepOptions) {
    this.#percentiles = percents.map((percent) => new PairedPercentile(percent, shifts));
    this.#width = Math.log(bucketRatio);
  }

  /** Adds a second of a phase. */
  add(phase: string, a: SideCalls, b: SideCalls): void {
    this.errors.add(errorsOf(a.outcomes), errorsOf(b.outcomes));
    const second = newPair();
    for (const pair of [second, this.#all]) {
      pair.a.add(a.response);
      pair.b.add(b.response);
    }
    for (const index of [...a.cutOff.keys(), ...b.cutOff.keys()]) {
      this.#cutOff = Math.min(this.#cutOff, index);
    }
    const calls = { a: a.response, b: b.response };
    for (const percentile of this.#percentiles) percentile.add(phase, calls, second);
  }

  /**
   * Returns the percentiles with intervals of which one does not hold the true value at some time
   * with so small a chance; empty where a side has no times.
   */
  percentiles(alpha: Ratio): readonly Omit<PercentileChange, 'step'>[] {
    const { a, b } = this.#all;
    if (a.total === 0 || b.total === 0) return [];
    return this.#percentiles.map((paired) => {
      const [placeA, placeB] = [a, b].map((ranks) => ranks.placeOf(paired.percent / 100));
      return this.#changeOf(paired, alpha, placeA ?? 0, placeB ?? 0);
    });
  }

  #changeOf(paired: PairedPercentile, alpha: Ratio, placeA: number, placeB: number) {
    const width = this.#width;
    const { shift, lower, upper, evidence } = paired.interval(1 / alpha);
    const difference = {
      value: width * (Number.isNaN(shift) ? placeB - placeA : shift),
      lower: width * lower,
      upper: width * upper,
      p: Math.min(1, 1 / evidence),
    };
    // Neither side is the one that the other is taken from.
    const middleNs = Math.exp((width * (placeA + placeB)) / 2);
    const differenceNs = (log: number): number => 2 * middleNs * Math.sinh(log / 2);
    const isCutOff = this.#cutOff <= Math.max(placeA, placeB) + 1;
    return {
      percent: paired.percent,
      beforeNs: Math.exp(width * placeA),
      afterNs: Math.exp(width * placeB),
      difference,
      differenceNs: {
        value: differenceNs(difference.value),
        lower: differenceNs(difference.lower),
        upper: differenceNs(difference.upper),
      },
      unjudged: isCutOff ? 'calls were cut off below it' : '',
    };
  }
}

function newPair(): PairOfRanks {
  return { a: new Ranks(), b: new Ranks() };
}
