import type { Verification } from '../../verify/index.ts';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const VERIFICATION_VERSION = 1;

/**
 * Returns a verification as JSON text, indented by two, with a line end. Ends of intervals that are
 * open are null. `docs/reference/tune.md` says what each field means.
 */
export function renderVerificationJson(verification: Verification): string {
  const { scenario, recommendedBy, verdict, invalid, before, after, ...rest } = verification;
  const { differences, steps, limits, shares, percentiles, unverified } = rest;
  const whole = {
    version: VERIFICATION_VERSION,
    ...{ scenario, verdict, recommendedBy, before, after, invalid, differences },
    steps: steps.map((one) => ({
      ...{ step: one.step, target: one.target, policy: one.policy, verdict: one.verdict },
      parts: one.parts.map(({ part, verdict: own, promise, seen, decidedBy }) => ({
        ...{ part, verdict: own, promise, seen },
        decidedBy: decidedBy === '' ? null : decidedBy,
      })),
      ...{ before: one.before, after: one.after, falseTimeouts: one.falseTimeouts },
      connects: one.connects,
    })),
    ...{ limits, shares, percentiles, unverified },
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
