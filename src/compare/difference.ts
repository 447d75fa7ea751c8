import { studentInterval, studentTwoSided } from './student.ts';

/** A value with the variance of its error, which was seen with so many degrees of freedom. */
export interface Estimate {
  readonly value: number;
  readonly variance: number;
  readonly freedom: number;
}

/** After less before, with its 95% interval, and how likely one as large is chance. */
export interface Difference {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  readonly p: number;
}

/**
 * Returns the difference of two independent estimates, by Student's t with the degrees of freedom
 * of Welch and Satterthwaite. Without error the difference is what it is: p is 0, or 1 for none.
 * @see Welch, "The generalization of Student's problem", 1947
 */
export function differenceOf(before: Estimate, after: Estimate): Difference {
  const value = after.value - before.value;
  const variance = before.variance + after.variance;
  if (variance === 0) return { value, lower: value, upper: value, p: value === 0 ? 1 : 0 };
  if (!Number.isFinite(variance)) return { value, lower: -Infinity, upper: Infinity, p: 1 };
  const share = ({ variance: own, freedom }: Estimate): number =>
    own === 0 ? 0 : (own * own) / freedom;
  const freedom = (variance * variance) / (share(before) + share(after));
  const error = Math.sqrt(variance);
  const half = studentInterval(freedom) * error;
  return {
    value,
    lower: value - half,
    upper: value + half,
    p: studentTwoSided(value / error, freedom),
  };
}
