import type { Ratio } from '../core/index.ts';
import { neighbourCorrelation, varianceInflation } from './correlation.ts';
import { PrefixSums } from './prefix-sums.ts';
import { studentTwoSided } from './student.ts';
import { withoutSpikes } from './without-spikes.ts';

export interface ChangePointOptions {
  /** Smaller changes are none: |after / before - 1|, or its inverse; 0 by default. */
  readonly changeRatioMin?: Ratio;
  /** Likewise |after - before|, in the unit of the values; 0 by default. */
  readonly changeMin?: number;
}

/** A place where the level of a series changed for good. */
export interface ChangePoint {
  /** Of the first point at the new level, > 0. */
  readonly index: number;
  /** The points that it was judged by: [fromIndex, index) before it, [index, toIndex) after it. */
  readonly fromIndex: number;
  readonly toIndex: number;
  /** Their means, single spikes cut off. */
  readonly beforeMean: number;
  readonly afterMean: number;
  /** How likely so large a step is chance, for the best of the places around it, 0 to 1. */
  readonly p: number;
}

/** How many points on either side of a change it is judged by, at most. */
const WINDOW_POINTS = 50;
/** How likely, at most, a change is chance. */
const P_MAX = 0.001;
/** Candidates are taken at a weaker level: what they hide from each other decides the rest. */
const WEAK_FACTOR = 10;
/** Fewer points than this are no level. */
const LEVEL_POINTS_MIN = 3;
/** No interval is shorter than the first below it. */
const INTERVAL_POINTS_MIN = 10;
const ROUNDS_MAX = 6;
/** The upper 95% quantile of the normal law: less correlation than this over root n is chance. */
const CORRELATION_Z = 1.645;

/**
 * Returns the places where the level of a series changed, ascending. Pure and the same every time:
 * E-divisive means in the form of Hunter, a t-test in place of permutations, with four changes.
 *
 * 1. *Split.* Intervals of 9 points to twice the window, each length 1.4 times the one before, half
 *    overlapping (seeded intervals), give one candidate each: the split with the largest sum of
 *    squares between its sides, kept where p <= 0.01.
 * 2. *Merge.* Each candidate is judged by the points up to its neighbours, at most a window on
 *    either side; the weakest goes until all are below p = 0.001, then the smallest until none is
 *    below the least change.
 * 3. The others move to the best split between their neighbours, and 2. is done again until
 *    nothing moves.
 *
 * A split that was chosen among m places is likelier to look like one: p is that of the t-test
 * times 1 + ln m, after the growth of the largest of m neighbouring t. Points that follow each
 * other are often alike: where the lag-1 correlation r within the levels is more than chance, the
 * variance is (1 + r) / (1 - r) times as large. Single spikes are cut off first.
 *
 * Takes O(n) time for a given window. Of independent normal points some 0.01% are called a change:
 * one series of 100 in a hundred has one. Values are finite numbers.
 * @see Matteson, James, "A nonparametric approach for multiple change point analysis", 2014; with
 *   exponent 2 the energy distance is the difference of means
 * @see Fleming et al., "Hunter: using change point detection to hunt for performance regressions",
 *   2023; Kovacs et al., "Seeded binary segmentation", 2023
 */
export function findChangePoints(
  values: readonly number[],
  options: ChangePointOptions = {},
): readonly ChangePoint[] {
  const least = { ratio: options.changeRatioMin ?? 0, difference: options.changeMin ?? 0 };
  const detector = new Detector(values);
  let found = detector.candidates();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const kept = detector.merged(found, least);
    const moved = detector.moved(kept);
    const isStill = moved.every((index, i) => index === found[i]) && moved.length === found.length;
    found = moved;
    if (isStill) break;
  }
  return detector.described(found);
}

class Detector {
  readonly #n: number;
  readonly #sums: PrefixSums;

  constructor(values: readonly number[]) {
    this.#n = values.length;
    this.#sums = new PrefixSums(withoutSpikes(values));
  }

  candidates(): readonly number[] {
    const found = new Set<number>();
    const longest = Math.min(this.#n, 2 * WINDOW_POINTS);
    for (let points: number = longest; points >= 2 * LEVEL_POINTS_MIN; points /= Math.SQRT2) {
      const whole = Math.round(points);
      const intervals = whole >= this.#n ? 1 : 2 * Math.ceil(this.#n / whole);
      const step = (this.#n - whole) / Math.max(1, intervals - 1);
      for (let i = 0; i < intervals; i++) {
        const from = Math.round(i * step);
        const to = Math.min(this.#n, from + whole);
        const at = this.#sums.bestSplit(from, to, LEVEL_POINTS_MIN);
        if (at > 0 && this.#p({ from, at, to }, 1) <= WEAK_FACTOR * P_MAX) found.add(at);
      }
      if (whole < INTERVAL_POINTS_MIN) break;
    }
    return [...found].sort((a, b) => a - b);
  }

  merged(indexes: readonly number[], least: LeastChange): readonly number[] {
    const kept = [...indexes];
    const inflation = this.#varianceInflation(kept);
    const judge = (i: number): number => this.#chosenP(this.#sides(kept, i), inflation);
    const ps = kept.map((_, i) => judge(i));
    while (kept.length > 0) {
      let weakest = indexOfMax(ps);
      if ((ps[weakest] ?? 0) < P_MAX) {
        const sizes = kept.map((_, i) => this.#size(this.#sides(kept, i), least));
        weakest = indexOfMax(sizes.map((size) => -size));
        if ((sizes[weakest] ?? 0) > 1) break;
      }
      kept.splice(weakest, 1);
      ps.splice(weakest, 1);
      for (const i of [weakest - 1, weakest]) if (i >= 0 && i < kept.length) ps[i] = judge(i);
    }
    return kept;
  }

  moved(indexes: readonly number[]): readonly number[] {
    const moved = [...indexes];
    for (let i = 0; i < moved.length; i++) {
      const { from, to } = this.#sides(moved, i);
      const at = this.#sums.bestSplit(from, to, LEVEL_POINTS_MIN);
      if (at > 0) moved[i] = at;
    }
    return [...new Set(moved)].sort((a, b) => a - b);
  }

  described(indexes: readonly number[]): readonly ChangePoint[] {
    const inflation = this.#varianceInflation(indexes);
    return indexes.map((index, i) => {
      const sides = this.#sides(indexes, i);
      return {
        index,
        fromIndex: sides.from,
        toIndex: sides.to,
        beforeMean: this.#sums.mean(sides.from, index),
        afterMean: this.#sums.mean(index, sides.to),
        p: this.#chosenP(sides, inflation),
      };
    });
  }

  /** Returns the points up to the neighbours of a change, at most a window on either side. */
  #sides(indexes: readonly number[], i: number): Sides {
    const at = indexes[i] ?? 0;
    return {
      at,
      from: Math.max(indexes[i - 1] ?? 0, at - WINDOW_POINTS),
      to: Math.min(indexes[i + 1] ?? this.#n, at + WINDOW_POINTS),
    };
  }

  #chosenP(sides: Sides, inflation: number): number {
    return Math.min(1, this.#p(sides, inflation) * (1 + Math.log(sides.to - sides.from)));
  }

  #p({ from, at, to }: Sides, inflation: number): number {
    const difference = this.#sums.mean(at, to) - this.#sums.mean(from, at);
    if (this.#sums.isNothing(difference, from, to)) return 1;
    const squares = this.#sums.squares(from, at) + this.#sums.squares(at, to);
    const freedom = to - from - 2;
    const error = Math.sqrt((squares / freedom) * inflation * (1 / (at - from) + 1 / (to - at)));
    return studentTwoSided(difference / error, Math.max(1, freedom / inflation));
  }

  /** Returns how many times the least change that counts it is. */
  #size({ from, at, to }: Sides, { ratio, difference }: LeastChange): number {
    const [before, after] = [this.#sums.mean(from, at), this.#sums.mean(at, to)];
    const change = Math.max(Math.abs(after / before - 1), Math.abs(before / after - 1));
    return Math.min(
      ratio === 0 ? Infinity : change / ratio,
      difference === 0 ? Infinity : Math.abs(after - before) / difference,
    );
  }

  /** Returns by how much alike neighbours raise the variance of a mean; 1 where chance may. */
  #varianceInflation(indexes: readonly number[]): number {
    const ends = [0, ...indexes, this.#n];
    const sums = { products: 0, squares: 0, groups: 0, n: this.#n };
    for (const [i, from] of ends.slice(0, -1).entries()) {
      const to = ends[i + 1] ?? from;
      if (to - from < 2) continue;
      sums.products += this.#sums.neighbourProducts(from, to);
      sums.squares += this.#sums.squares(from, to);
      sums.groups++;
    }
    const correlation = neighbourCorrelation(sums);
    return correlation > CORRELATION_Z / Math.sqrt(this.#n) ? varianceInflation(correlation) : 1;
  }
}

interface LeastChange {
  readonly ratio: Ratio;
  readonly difference: number;
}

interface Sides {
  readonly from: number;
  readonly at: number;
  readonly to: number;
}

function indexOfMax(values: readonly number[]): number {
  let found = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[found] ?? 0)) found = i;
  return found;
}
