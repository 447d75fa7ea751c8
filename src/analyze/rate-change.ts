/** So many seconds together are compared with the rate before. */
const BLOCK_SECONDS = 5;
/** What may be chance: so many standard deviations of Poisson arrivals. */
const SIGMAS = 4;
/** A smaller change does not count. */
const CHANGE_MIN = 0.1;

/**
 * Returns whether the arrivals per second of some seconds, in their order, are not all at the rate
 * of those before: blocks of 5 of them are compared, and one that is off by more than 10% and by
 * more than 4 standard deviations of Poisson arrivals has changed. False without seconds before.
 */
export function rateChanges(before: readonly number[], after: readonly number[]): boolean {
  const perSec = total(before) / before.length;
  if (before.length === 0 || perSec === 0) return false;
  return [...blocksOf(before), ...blocksOf(after)].some((block) => {
    const expected = perSec * block.length;
    const sigma = Math.sqrt(expected * (1 + block.length / before.length));
    const off = Math.abs(total(block) - expected);
    return off > SIGMAS * sigma && off > CHANGE_MIN * expected;
  });
}

function blocksOf(seconds: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(seconds.length / BLOCK_SECONDS);
  return Array.from({ length: count }, (_, i) =>
    seconds.slice(i * BLOCK_SECONDS, (i + 1) * BLOCK_SECONDS),
  );
}

function total(seconds: readonly number[]): number {
  return seconds.reduce((sum, count) => sum + count, 0);
}
