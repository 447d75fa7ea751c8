import type { Ms } from '../../src/core/index.ts';
import { sortedQuantile } from '../statistics/sample-quantile.ts';
import type { Percentiles } from './peer.ts';

/** Returns the percentiles of every single time that a tool wrote down; NaN of none. */
export function samplePercentiles(samplesMs: readonly Ms[]): Percentiles {
  const ascending = Float64Array.from(samplesMs).sort();
  const at = (ratio: number): Ms =>
    ascending.length === 0 ? Number.NaN : sortedQuantile(ascending, ratio);
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999) };
}
