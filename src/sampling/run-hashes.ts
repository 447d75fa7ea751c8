import { runHashOf } from '../native/index.ts';

/** Returns the hashes of runs by their ids, as traces that they minted have them. */
export function runHashesOf(runIds: readonly string[]): ReadonlySet<number> {
  return new Set(runIds.map(runHashOf));
}
