import type { Series } from './series.ts';

/**
 * Returns how far blocks of traces, one after another in time, are off their mean ratio r = S / C,
 * squared; 0 for fewer than three traces:
 *
 *   Σ over blocks k of (Σ over traces t of k of (s_t - r c_t))^2 * K / (K - 1)
 *
 * n traces make K = n^(2/3) blocks, so that both their number and their length grow. A burst that
 * makes many traces in a row slow is one thing that happened, not as many as it has traces.
 * `counts` has the counts where the series itself has not; both have their traces in the order of
 * time.
 * @see Politis, Romano and Wolf, "Subsampling", 1999, on the length of blocks
 */
export function blockSquares(series: Series, counts: Series): number {
  const n = counts.traces.length;
  const blocks = Math.floor(n ** (2 / 3));
  if (blocks < 2 || counts.count === 0) return 0;
  const ratio = series.sum / counts.count;
  const off = new Float64Array(blocks);
  let at = 0;
  for (let i = 0; i < n; i++) {
    const isCounted = series.traces[at] === counts.traces[i];
    const sum = isCounted ? (series.sums[at++] ?? 0) : 0;
    const block = Math.floor((i * blocks) / n);
    off[block] = (off[block] ?? 0) + sum - ratio * (counts.counts[i] ?? 0);
  }
  const squares = off.reduce((all, one) => all + one * one, 0);
  return (squares * blocks) / (blocks - 1);
}
