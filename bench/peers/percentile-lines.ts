import type { Percentiles } from './peer.ts';

/**
 * Returns what lines such as `percentile 99.9 1234` tell, in microseconds. `ratio` is what stands
 * for the whole in their first number: 100 for per cent, 1 for a share.
 */
export function percentileLines(
  output: string,
  { ratio }: { readonly ratio: 1 | 100 },
): Percentiles {
  const found = new Map<number, number>();
  for (const [, rank, us] of output.matchAll(/^percentile ([\d.]+) ([\d.]+)$/gmu)) {
    found.set(Math.round((Number(rank) * 1_000) / ratio), Number(us) / 1_000);
  }
  return {
    p50Ms: found.get(500) ?? Number.NaN,
    p99Ms: found.get(990) ?? Number.NaN,
    p999Ms: found.get(999) ?? Number.NaN,
  };
}
