import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestCallNs, longestWaitsNs, type RetryOn } from '../../src/advise/call-policy.ts';
import { policyOf } from '../../src/advise/retry-advice.ts';
import type { RetryAdvice, RetryReason } from '../../src/advise/index.ts';
import { NS_PER_MS } from '../../src/core/index.ts';

const MS = NS_PER_MS;

describe('how long a call may take', () => {
  const backoff = { baseNs: 10 * MS, capNs: 25 * MS, jitter: 'full' } as const;
  const times = { connectTimeoutNs: 5 * MS, attemptTimeoutNs: 100 * MS, backoff };

  it('is every attempt at its longest and every wait', () => {
    expect(longestWaitsNs(backoff, 4)).toEqual([10 * MS, 20 * MS, 25 * MS]);
    expect(longestCallNs({ ...times, attempts: 4, retryOn: 'transient' })).toBe(455 * MS);
  });

  it('has but one whole attempt where only failed connects are followed by another', () => {
    expect(longestCallNs({ ...times, attempts: 2, retryOn: 'connect' })).toBe(115 * MS);
  });

  it('without retries is that of the attempt', () => {
    expect(longestCallNs({ ...times, attempts: 1, retryOn: 'nothing' })).toBe(100 * MS);
  });
});

describe('a policy', () => {
  it.each<[RetryReason, number, RetryOn]>([
    ['may-help', 2, 'transient'],
    ['not-idempotent', 2, 'connect'],
    ['overload', 1, 'nothing'],
    ['fails-again', 1, 'nothing'],
  ])('for %s has %i attempts on %s', (reason, attempts, retryOn) => {
    expect(policyOf(advice({ reason }), TIMES).policy).toMatchObject({ attempts, retryOn });
  });

  it('adds a third attempt where retries help and two leave too many failures', () => {
    const again = { retried: 400, failedAgain: 40, lower: 0.08, upper: 0.13, verdict: 'helps' };
    const helps = advice({ reason: 'helps', again: again as RetryAdvice['again'] });
    expect(policyOf({ ...helps, failureUpper: 0.02 }, TIMES).policy.attempts).toBe(3);
    const rare = { ...TIMES, cutOffRatio: 0.0001 };
    expect(policyOf({ ...helps, failureUpper: 0.0002 }, rare).policy.attempts).toBe(2);
  });

  it('has a budget of 5% to 20%, three times what fails', () => {
    const ratioOf = (failureUpper: number): number =>
      policyOf(advice({ failureUpper }), TIMES).policy.budget.ratio;
    expect([0, 0.01, 0.02, 0.031, 0.5].map(ratioOf)).toEqual([0.05, 0.05, 0.06, 0.1, 0.2]);
  });

  it('gives up retries that a deadline has no time for, and says so', () => {
    const { policy, reason } = policyOf(advice({}), { ...TIMES, deadlineNs: 150 * MS });
    expect(reason).toBe('deadline');
    expect(policy).toMatchObject({ attempts: 1, retryOn: 'nothing', totalTimeoutNs: 100 * MS });
  });

  it('never lets a call or a part of it pass the deadline', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 1, max: 2_000 }),
        fc.constantFrom<RetryReason>('may-help', 'helps', 'not-idempotent', 'overload'),
        (deadlineMs, attemptMs, connectMs, reason) => {
          const { policy } = policyOf(advice({ reason, failureUpper: 0.3 }), {
            ...TIMES,
            deadlineNs: deadlineMs * MS,
            attemptTimeoutNs: attemptMs * MS,
            connectTimeoutNs: connectMs * MS,
          });
          expect(policy.totalTimeoutNs).toBeLessThanOrEqual(deadlineMs * MS);
          expect(policy.attemptTimeoutNs).toBeLessThanOrEqual(policy.totalTimeoutNs);
          expect(policy.connectTimeoutNs).toBeLessThanOrEqual(policy.totalTimeoutNs);
          if (policy.attempts > 1) {
            expect(longestCallNs(policy)).toBe(policy.totalTimeoutNs);
          } else expect(policy.retryOn).toBe('nothing');
        },
      ),
    );
  });
});

const TIMES = {
  connectTimeoutNs: 5 * MS,
  attemptTimeoutNs: 100 * MS,
  cutOffRatio: 0.001,
  p50Ns: 8 * MS,
  deadlineNs: undefined,
};

function advice(changes: Partial<RetryAdvice>): RetryAdvice {
  return {
    reason: 'may-help',
    idempotence: 'by-method',
    again: { retried: 0, failedAgain: 0, lower: 0, upper: 1, verdict: 'never-seen' },
    failureRatio: 0,
    failureUpper: 0.01,
    ...changes,
  };
}
