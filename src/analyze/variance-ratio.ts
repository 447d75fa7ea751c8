import { countOf, type Ns, type Ratio, type SparseHistogram } from '../core/index.ts';
import { totalsOf } from './histogram-totals.ts';
import { sampleRankFromTop } from './quantile-ranks.ts';
import type { Merge } from './sliding-merge.ts';
import { countAbove, mergeHistograms, valueAtRank } from './sparse-histogram.ts';

/** The durations of the calls of one second, cut-off ones at their bounds; it may have several. */
export interface SecondOfCalls extends SparseHistogram {
  readonly second: number;
}

/** How much more the calls past a percentile vary from second to second than independent ones. */
export interface VarianceRatio {
  /** 1 of independent calls, on the average; may be below. */
  readonly ratio: Ratio;
  /** Blocks less strata. */
  readonly freedom: number;
  /** The share of the calls that lie past the value looked at, or at it. */
  readonly pastRatio: Ratio;
}

/** Fewer calls past the quantile than this do not show whether they came together. */
const EXCEEDANCES_MIN = 20;

/** Compares the seconds of one clock of one step, or of an edge. */
export class SecondsCompared {
  readonly n: number;
  readonly #all: SparseHistogram;
  /** Seconds with calls, ascending. */
  readonly #seconds: readonly ComparedSecond[];
  readonly #strata: number;
  readonly #pastByRank = new Map<number, Exceedances>();
  readonly #known = new Map<string, VarianceRatio>();

  /** @param stratumOf the stretch of the run to which a second belongs */
  constructor(
    parts: readonly SecondOfCalls[],
    stratumOf: (second: number) => string,
    merge: Merge = mergeHistograms,
  ) {
    this.#all = merge(parts, 'seconds');
    this.n = countOf(this.#all);
    const strata = new Map<string, number>();
    this.#seconds = [...Map.groupBy(parts, (s) => s.second)]
      .sort(([a], [b]) => a - b)
      .map(([second, own]) => {
        const name = stratumOf(second);
        const stratum = strata.get(name) ?? strata.size;
        strata.set(name, stratum);
        return {
          second,
          stratum,
          calls: own.reduce((sum, s) => sum + totalsOf(s).count, 0),
          parts: own,
        };
      });
    this.#strata = strata.size;
  }

  /**
   * Returns the variance ratio past the percentile, over blocks of so many seconds that follow each
   * other in one stratum:
   *
   *   r(b) = E(b) - p N(b)                           p = sum E / sum N, of the block's stratum
   *   v    = B / (B - H) * sum over b of [ r(b)^2 + r(b) r(b+1) ] / sum over b of N(b) p (1 - p)
   *
   * E(b) of the N(b) calls of a block lie past it. B: blocks; H: strata. The products of neighbours
   * carry what reaches over the end of a block (weighted half, as by Newey and West with one lag).
   * A handful of calls past a quantile shows no pattern: beyond the quantile with 20 calls past it,
   * it is that one which is looked at.
   * @see Kish, "Survey Sampling", 1965, chapter 5; Newey, West, Econometrica 55 (1987)
   */
  past(percent: number, blockSeconds = 1): VarianceRatio {
    const { n } = this;
    if (n === 0) return { ratio: 1, freedom: 0, pastRatio: 0 };
    const rank = Math.max(sampleRankFromTop(n, percent), Math.min(n, EXCEEDANCES_MIN + 1));
    const key = `${rank} ${blockSeconds}`;
    const known = this.#known.get(key) ?? this.#past(rank, blockSeconds);
    this.#known.set(key, known);
    return known;
  }

  #past(rank: number, blockSeconds: number): VarianceRatio {
    const { blocks, varied, expected } = this.#blocks(this.#exceedances(rank), blockSeconds);
    const freedom = blocks - this.#strata;
    const ratio = expected === 0 ? 1 : ((blocks / Math.max(1, freedom)) * varied) / expected;
    return { ratio, freedom, pastRatio: (rank - 1) / this.n };
  }

  #blocks({ past, ratios }: Exceedances, blockSeconds: number): BlockSums {
    const sums = { blocks: 0, varied: 0, expected: 0 };
    let block: Block | undefined;
    let before: Block | undefined;
    const end = (): void => {
      if (block === undefined) return;
      sums.blocks++;
      sums.varied += block.residual ** 2;
      if (before?.stratum === block.stratum && before.endSecond === block.fromSecond) {
        sums.varied += block.residual * before.residual;
      }
      sums.expected += block.expected;
      before = block;
    };
    for (const [i, { second, stratum, calls }] of this.#seconds.entries()) {
      const ratio = ratios[stratum] ?? 0;
      const residual = (past[i] ?? 0) - ratio * calls;
      const expected = calls * ratio * (1 - ratio);
      if (
        block?.stratum === stratum &&
        block.endSecond === second &&
        second - block.fromSecond < blockSeconds
      ) {
        block.endSecond = second + 1;
        block.residual += residual;
        block.expected += expected;
      } else {
        end();
        block = { stratum, fromSecond: second, endSecond: second + 1, residual, expected };
      }
    }
    end();
    return sums;
  }

  /**
   * Where many calls took as long as that of the rank, those that took longer are too few to show
   * how they come: then these count as past it too.
   */
  #isTied(atRankNs: Ns, rank: number): boolean {
    return 2 * countAbove(this.#all, atRankNs) < rank - 1;
  }

  /** Returns the calls past the value of that rank, from the top; the same for all blocks. */
  #exceedances(rank: number): Exceedances {
    const known = this.#pastByRank.get(rank);
    if (known !== undefined) return known;
    const atRankNs = valueAtRank(this.#all, this.n - rank + 1);
    const thresholdNs = this.#isTied(atRankNs, rank) ? atRankNs - HALF_NS : atRankNs;
    const past = this.#seconds.map(({ parts }) =>
      parts.reduce((sum, part) => sum + countAbove(part, thresholdNs), 0),
    );
    const counts = Array.from({ length: this.#strata }, () => ({ past: 0, calls: 0 }));
    for (const [i, { stratum, calls }] of this.#seconds.entries()) {
      const own = counts[stratum];
      if (own === undefined) continue;
      own.past += past[i] ?? 0;
      own.calls += calls;
    }
    const found: Exceedances = { past, ratios: counts.map((own) => own.past / own.calls) };
    this.#pastByRank.set(rank, found);
    return found;
  }
}

/** Times are whole. */
const HALF_NS = 0.5;

interface ComparedSecond {
  readonly second: number;
  /** The number of its stratum, from 0. */
  readonly stratum: number;
  readonly calls: number;
  readonly parts: readonly SparseHistogram[];
}

interface Exceedances {
  /** By second: how many of its calls lie past the quantile. */
  readonly past: readonly number[];
  /** By stratum: the share of its calls that do. */
  readonly ratios: readonly Ratio[];
}

interface BlockSums {
  readonly blocks: number;
  readonly varied: number;
  readonly expected: number;
}

interface Block {
  readonly stratum: number;
  readonly fromSecond: number;
  endSecond: number;
  residual: number;
  /** The variance of as many independent calls. */
  expected: number;
}
