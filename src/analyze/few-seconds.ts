import type { Ratio } from '../core/index.ts';

/** The 97.5% quantile of Student's t, by degrees of freedom, from 2. */
const STUDENT = [4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228] as const;
const NORMAL = 1.96;

/** What chi-squared passes with a probability: at 1 and 2 degrees of freedom, and the normal z. */
interface LowerTail {
  readonly few: readonly [one: number, two: number];
  readonly z: number;
}

const LOWER_TAILS = {
  95: { few: [0.00393, 0.1026], z: 1.645 },
  80: { few: [0.0642, 0.4463], z: 0.8416 },
} as const satisfies Record<number, LowerTail>;

/**
 * Returns by how much a design effect that was estimated with so many degrees of freedom is raised,
 * so that an interval of the normal law holds as one of Student's t: (t / 1.96)^2. Falls from 4.8
 * at 2 to 1. Below 2 it stays that of 2: one second beside another says next to nothing, and what
 * may be assumed then is said by the queue (effective-sample-size.ts).
 */
export function studentFactor(freedom: number): Ratio {
  const t = STUDENT[Math.max(0, Math.floor(freedom) - 2)] ?? NORMAL * (1 + 1.21 / freedom);
  return (t / NORMAL) ** 2;
}

/**
 * Returns how many times the variance that was seen with so many degrees of freedom the true one is
 * at most, with 80% or 95% probability: f / chi-squared. 1.3 and 1.6 at 29; 3.0 and 8.7 at 3;
 * Infinity below 1. By Wilson and Hilferty's approximation from 3 on.
 */
export function varianceFactor(freedom: number, probabilityPercent: 80 | 95): Ratio {
  const whole = Math.floor(freedom);
  if (whole < 1) return Infinity;
  const { few, z } = LOWER_TAILS[probabilityPercent];
  const known = few[whole - 1];
  if (known !== undefined) return whole / known;
  const spread = 2 / (9 * whole);
  return 1 / (1 - spread - z * Math.sqrt(spread)) ** 3;
}
