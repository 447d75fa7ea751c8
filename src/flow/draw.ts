import { drawAt, mix32 } from '../core/index.ts';
import type { Scope } from './scope.ts';

/** A position in a scenario at which something is drawn. */
export interface DrawSite {
  /** The index of its count of draws in a scope. */
  readonly site: number;
  /** A hash of what is drawn where: sites draw independently of each other. */
  readonly purpose: number;
}

/** Numbers the draw sites and the counters of one flow. */
export class SiteNumbers {
  sites = 0;
  counters = 0;
}

/**
 * Returns the next draw of a site in an iteration: x, 0 <= x < 1, with 53 random bits. It is a
 * function of (seed, purpose, seq, how often the site has drawn in this iteration) alone: the same
 * whichever worker makes the iteration, and however its branches interleave.
 */
export function nextDraw(at: DrawSite, scope: Scope): number {
  const key = drawKey(at, scope);
  const high = drawWord(key, scope, 0) >>> 5;
  return (high * 0x4000000 + (drawWord(key, scope, 1) >>> 6)) / 2 ** 53;
}

/**
 * Returns the key of a site's next draw, and counts it; with {@link drawWord} it gives the bits.
 */
export function drawKey({ site, purpose }: DrawSite, scope: Scope): number {
  const count = scope.draws[site] ?? 0;
  scope.draws[site] = count + 1;
  return mix32(purpose + Math.imul(count, 0x9e3779b1));
}

/** Returns 32 bits of a draw, as a number from 0 to 2^32 - 1; `word` counts from 0. */
export function drawWord(key: number, scope: Scope, word: number): number {
  return drawAt(scope.seed, (key + Math.imul(word, 0x85ebca77)) | 0, scope.seq) * 2 ** 32;
}

/** Returns a whole number from `min` to `max`, each as likely, of a draw x. */
export function between(min: number, max: number, x: number): number {
  return min + Math.floor(x * (max - min + 1));
}
