import { invariant, type Ratio } from '../core/index.ts';
import { binomialAtMost } from './binomial.ts';

/** Between what a proportion lies, each end with 95% probability by itself. */
export interface ProportionBounds {
  /** 0 where none of the tries hit. */
  readonly lower: Ratio;
  /** 1 where all of them did, or there were none. */
  readonly upper: Ratio;
}

const ALPHA = 0.05;
/** Halves the interval below what a double tells apart. */
const HALVINGS = 60;

/**
 * Returns the one-sided 95% bounds of the proportion behind `hits` of `n` independent tries:
 *
 *   lower: the p with P(X >= hits) = 5%        upper: the p with P(X <= hits) = 5%
 *
 * They hold for every n; at the price of being a little wide where n is small. For another
 * probability than 95%, `alpha` is in place of the 5%.
 * @see Clopper, Pearson, "The use of confidence or fiducial limits illustrated in the case of the
 *   binomial", 1934
 */
export function proportionBounds(hits: number, n: number, alpha: Ratio = ALPHA): ProportionBounds {
  invariant(hits >= 0 && hits <= n, `${hits} hits of ${n} tries`);
  return {
    lower: hits === 0 ? 0 : 1 - upperOf(n - hits, n, alpha),
    upper: upperOf(hits, n, alpha),
  };
}

/** P(X <= hits) falls as p rises. */
function upperOf(hits: number, n: number, alpha: Ratio): Ratio {
  if (hits === n) return 1;
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const p = (low + high) / 2;
    if (p > 0 && p < 1 && binomialAtMost(n, p, hits) > alpha) low = p;
    else high = p;
  }
  return high;
}
