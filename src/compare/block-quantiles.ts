import type { Rng } from '../core/index.ts';
import type { BucketCounts } from './log-buckets.ts';
import { resampledQuantiles, type LogQuantile } from './resampled-quantiles.ts';
import { responseOf, type CallBlock } from './run-digest.ts';

/** Calls of one run, and the buckets that their times are in. */
export interface BlocksOfRun {
  readonly blocks: readonly CallBlock[];
  readonly bucketRatio: number;
}

/** Percentiles of the response time, with what they rest on. */
export interface BlockQuantiles {
  /** Answered calls, and those that were cut off. */
  readonly n: number;
  /** In the order of the percents; none without calls. */
  readonly quantiles: readonly BlockQuantile[];
}

export interface BlockQuantile extends LogQuantile {
  /** Whether calls were cut off below it, or in its bucket. */
  readonly isCutOff: boolean;
}

/** Returns percentiles of the calls of one run, by blocks of time; `percents` ascend. */
export function blockQuantiles(
  { blocks, bucketRatio }: BlocksOfRun,
  percents: readonly number[],
  rng: Rng,
): BlockQuantiles {
  const { all, cutOff } = responseOf(blocks);
  const n = totalOf(all);
  if (n === 0) return { n, quantiles: [] };
  const strata = [...Map.groupBy(blocks, ({ stretch }) => stretch).values()];
  const found = resampledQuantiles(
    { strata: strata.map((own) => own.map(({ response }) => response)), bucketRatio },
    percents,
    rng,
  );
  const width = Math.log(bucketRatio);
  const lowest = Math.min(...cutOff.keys());
  return {
    n,
    quantiles: found.map((one) => ({ ...one, isCutOff: lowest * width <= one.log + width })),
  };
}

function totalOf(counts: BucketCounts): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
