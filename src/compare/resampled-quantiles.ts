import type { Rng } from '../core/index.ts';
import { blockInflation } from './correlation.ts';
import type { BucketCounts } from './log-buckets.ts';

/** A percentile of many blocks of calls, on the scale of the logarithm of the time in ns. */
export interface LogQuantile {
  readonly log: number;
  /** Of the standard error; Infinity where one block or none shows it. */
  readonly variance: number;
  /** Blocks less strata, that the variance was seen with. */
  readonly freedom: number;
}

/** Blocks of calls; those of one stratum are alike by plan, and drawn for each other. */
export interface QuantileBlocks {
  readonly strata: readonly (readonly BucketCounts[])[];
  readonly bucketRatio: number;
}

const REPLICATES = 400;

/**
 * Returns percentiles of all calls of the blocks with their variance: the blocks of each stratum
 * are drawn with replacement 400 times (bootstrap), which shows where the percentile would be had
 * other such blocks come. The block and not the call is the unit, since calls that are near in
 * time are alike. Few blocks show too little variance: it is raised by n / (n - 1), and the reader
 * uses Student's t with the freedom. Blocks that follow each other may be alike still: by the lag-1
 * correlation r of the calls past the percentile, the variance is (1 + r) / (1 - r) times as large.
 *
 * Within a bucket, values are taken as spread evenly over its logarithm.
 * @see Efron, Tibshirani, "An introduction to the bootstrap", 1993; Kuensch, "The jackknife and the
 *   bootstrap for general stationary observations", 1989
 */
export function resampledQuantiles(
  { strata, bucketRatio }: QuantileBlocks,
  percents: readonly number[],
  rng: Rng,
): readonly LogQuantile[] {
  const { blocks, first, size } = denseBlocks(strata);
  const width = Math.log(bucketRatio);
  const all = new Float64Array(size);
  for (const block of blocks.flat()) addInto(all, block);
  const places = placesOf(all, percents);
  const seen = places.map((place) => (place + first) * width);
  const count = blocks.flat().length;
  const freedom = count - blocks.length;
  if (freedom < 1) return seen.map((log) => ({ log, variance: Infinity, freedom: 0 }));
  const sums = percents.map(() => ({ sum: 0, squares: 0 }));
  const drawn = new Float64Array(size);
  for (let replicate = 0; replicate < REPLICATES; replicate++) {
    drawn.fill(0);
    for (const stratum of blocks) {
      for (let i = 0; i < stratum.length; i++) {
        const block = stratum[Math.floor(rng.nextFloat() * stratum.length)];
        if (block !== undefined) addInto(drawn, block);
      }
    }
    for (const [i, place] of placesOf(drawn, percents).entries()) {
      const off = (place + first) * width - (seen[i] ?? 0);
      const sum = sums[i];
      if (sum === undefined) continue;
      sum.sum += off;
      sum.squares += off * off;
    }
  }
  return seen.map((log, i) => {
    const { sum, squares } = sums[i] ?? { sum: 0, squares: 0 };
    const seenVariance = (squares - (sum * sum) / REPLICATES) / (REPLICATES - 1);
    const alike = blockInflation(blocks.map((own) => residualsPast(own, places[i] ?? 0)));
    return {
      log,
      variance: (Math.max(0, seenVariance) * count * alike) / freedom,
      freedom: freedom / alike,
    };
  });
}

/** Buckets of a block that are not empty: index less the first of all, and count. */
interface DenseBlock {
  readonly at: Int32Array;
  readonly count: Float64Array;
}

function denseBlocks(strata: QuantileBlocks['strata']) {
  const indexes = strata.flatMap((blocks) => blocks.flatMap((block) => [...block.keys()]));
  const first = indexes.reduce((least, index) => Math.min(least, index), Infinity);
  const last = indexes.reduce((most, index) => Math.max(most, index), -Infinity);
  const blocks = strata.map((own) =>
    own.map((block): DenseBlock => ({
      at: Int32Array.from(block.keys(), (index) => index - first),
      count: Float64Array.from(block.values()),
    })),
  );
  return { blocks, first, size: Math.max(0, last - first + 1) };
}

function addInto(sums: Float64Array, { at, count }: DenseBlock): void {
  for (let i = 0; i < at.length; i++) {
    const place = at[i] ?? 0;
    sums[place] = (sums[place] ?? 0) + (count[i] ?? 0);
  }
}

/** Returns by how much more of each block's calls lie past a place than of all its stratum's. */
function residualsPast(blocks: readonly DenseBlock[], place: number): readonly number[] {
  const sums = blocks.map(({ at, count }) => {
    let calls = 0;
    let past = 0;
    for (let i = 0; i < at.length; i++) {
      calls += count[i] ?? 0;
      if ((at[i] ?? 0) > place) past += count[i] ?? 0;
    }
    return { calls, past };
  });
  const calls = sums.reduce((sum, one) => sum + one.calls, 0);
  const ratio = sums.reduce((sum, one) => sum + one.past, 0) / Math.max(1, calls);
  return sums.map((one) => one.past - ratio * one.calls);
}

/** Returns where each percentile lies, in buckets from the middle of the first; ascending. */
function placesOf(counts: Float64Array, percents: readonly number[]): readonly number[] {
  let total = 0;
  for (const count of counts) total += count;
  let bucket = 0;
  let below = 0;
  return percents.map((percent) => {
    const rank = (percent / 100) * total;
    while (bucket < counts.length - 1 && below + (counts[bucket] ?? 0) < rank) {
      below += counts[bucket++] ?? 0;
    }
    const own = counts[bucket] ?? 0;
    return own === 0 ? bucket : bucket - 0.5 + (rank - below) / own;
  });
}
