import { expect, test } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { Breaker, POLICY_PRESETS, TokenBucket } from '../../src/resilience/index.ts';

function preset(name: string): (typeof POLICY_PRESETS)[number] {
  const found = POLICY_PRESETS.find((policy) => policy.name === name);
  if (found === undefined) throw new Error(`no preset ${name}`);
  return found;
}

test('standard opens at 10 failures of 20 and asks again after a minute', () => {
  const { breaker: spec, attemptTimeoutNs } = preset('standard');
  expect(attemptTimeoutNs).toBe(5 * NS_PER_SEC);
  if (spec === undefined) throw new Error('standard has a breaker');
  const breaker = new Breaker(spec);
  for (let i = 0; i < 20; i++) breaker.settled(breaker.allow(0), i >= 10, 1, 0);
  expect(breaker.state(59 * NS_PER_SEC)).toBe('open');
  expect(breaker.state(60 * NS_PER_SEC)).toBe('half-open');
});

test.each([
  ['per-user', 100, 60],
  ['per-address', 10, 1],
  ['per-step', 1_000, 3_600],
] as const)('%s gives %i in %i s, behind as many at once', (name, calls, seconds) => {
  const limit = preset(name).rateLimit;
  if (limit === undefined) throw new Error(`${name} is a limit`);
  const bucket = new TokenBucket(limit.ratePerSec, limit.burst);
  const take = (nowNs: number): number => (bucket.take(nowNs) ? 1 + take(nowNs) : 0);
  expect([take(0), take(seconds * NS_PER_SEC)]).toEqual([calls, calls]);
});
