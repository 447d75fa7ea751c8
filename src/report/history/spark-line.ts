const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** Between the last value of one level and the first of the next. */
const CHANGE_MARK = '│';

/**
 * Returns a line of bars, one for each value, from the least to the greatest of them; in the middle
 * where all are equal. A mark stands before each index where the level changed.
 */
export function sparkLine(values: readonly number[], changes: readonly number[] = []): string {
  const least = Math.min(...values);
  const most = Math.max(...values);
  return values
    .map((value, i) => {
      const place = most === least ? 0.5 : (value - least) / (most - least);
      const bar = BARS[Math.min(BARS.length - 1, Math.floor(place * BARS.length))] ?? BARS[0];
      return changes.includes(i) ? CHANGE_MARK + bar : bar;
    })
    .join('');
}
