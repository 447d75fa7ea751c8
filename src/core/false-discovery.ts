/**
 * Returns the q-value of every p-value, in their order: the share of false discoveries to expect
 * if it and all smaller ones are called discoveries. NaN-free input, 0 to 1; empty for none.
 * @see Benjamini and Hochberg, "Controlling the false discovery rate", 1995
 */
export function qValues(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[b] ?? 0) - (pValues[a] ?? 0));
  const values = pValues.map(() => 1);
  let least = 1;
  order.forEach((index, i) => {
    const rank = pValues.length - i;
    least = Math.min(least, ((pValues[index] ?? 1) * pValues.length) / rank);
    values[index] = least;
  });
  return values;
}
