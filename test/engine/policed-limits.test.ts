import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, STATUS, TRANSPORT } from '../../src/core/index.ts';
import { countsOf, policedRun, retryOf, sentMs, STEADY, usersPhase } from './policed-run.ts';

const MS = NS_PER_MS;
const FAILS = { outcome: STATUS, status: 503 } as const;

describe('a bulkhead', () => {
  it('lets so many calls be made at once, some wait, and refuses the others', async () => {
    const run = policedRun({
      policy: { bulkhead: { calls: 2, waiting: 1 } },
      phase: usersPhase(4, 4, NS_PER_SEC),
      answer: (_call, sentNs) => ({ atNs: sentNs + 50 * MS }),
    });
    const { finished } = await run.whole();
    expect([finished.ok, finished.rejected]).toEqual([3, 1]);
    expect(sentMs(run)).toEqual([0, 0, 50]);
    expect(run.counter('bulkhead_rejected')).toBe(1);
    // Who waits, waits for the target: the wait is in its response time.
    expect(run.histogram('response').valueNs.at(-1)).toBeCloseTo(100 * MS, -6);
  });

  it('lets all that wait go, one for each that leaves, where none of them is sent', async () => {
    const run = policedRun({
      policy: {
        bulkhead: { calls: 1, waiting: 5_000 },
        breaker: {
          failureRatio: 1,
          volume: 1,
          windowNs: NS_PER_SEC,
          sleepNs: 60 * NS_PER_SEC,
          probes: 1,
        },
      },
      phase: usersPhase(5_001, 5_001, NS_PER_SEC),
      answer: (_call, sentNs) => ({ atNs: sentNs + MS, ...FAILS }),
    });
    const { finished } = await run.whole();
    expect([finished.status, finished.rejected]).toEqual([1, 5_000]);
  });
});

describe('a rate limit', () => {
  it('refuses what is past it, whoever calls', async () => {
    const run = policedRun({
      policy: { rateLimit: { ratePerSec: 10, burst: 5, by: 'all' } },
      ratePerSec: 100,
    });
    const { finished } = await run.whole();
    // The burst, and ten a second.
    expect(finished.ok).toBe(14);
    expect(finished.rejected).toBe(86);
    expect(run.counter('rate_limited')).toBe(86);
  });

  it('is that of each user where it says so', async () => {
    const run = policedRun({
      policy: { rateLimit: { ratePerSec: 1, burst: 2, by: 'user' } },
      phase: usersPhase(3, Infinity, 500 * MS),
      answer: (_call, sentNs) => ({ atNs: sentNs + 10 * MS }),
    });
    expect((await run.whole()).finished.ok).toBe(6);
  });
});

describe('a fallback', () => {
  it('takes the place of a failure, and the flow goes on with what it captured', async () => {
    const run = policedRun({
      policy: { fallback: { status: 200, body: '{"id":"none"}' } },
      step: { captures: [{ name: 'id', from: 'json', path: '$.id' }] },
      ratePerSec: 2,
      answer: ({ seq }, sentNs) =>
        seq === 0 ? { atNs: sentNs + MS, ...FAILS } : { atNs: sentNs + MS, body: '{"id":"7"}' },
    });
    const { finished } = await run.whole();
    expect([finished.fallback, finished.ok]).toEqual([1, 1]);
    expect(run.counter('fallbacks')).toBe(1);
    expect(run.counter('failed_iterations')).toBe(0);
    expect(countsOf(run, 'service')).toEqual({ status: 1, ok: 1 });
    expect(run.slices.flatMap((s) => s.errors)).toEqual([]);
  });

  it('that lacks what the step captures is a failed check', async () => {
    const run = policedRun({
      policy: { fallback: { status: 200, body: '{}' } },
      step: { captures: [{ name: 'id', from: 'json', path: '$.id' }] },
      ratePerSec: 1,
      answer: (_call, sentNs) => ({ atNs: sentNs + MS, ...FAILS }),
    });
    expect((await run.whole()).finished.check).toBe(1);
    const [error] = run.slices.flatMap((s) => s.errors);
    expect(error?.text).toBe('fallback: capture id: $.id found nothing');
  });

  it('is there for a call that was refused', async () => {
    const run = policedRun({
      policy: {
        rateLimit: { ratePerSec: 1, burst: 1, by: 'all' },
        fallback: { status: 200, body: '' },
      },
    });
    const { finished } = await run.whole();
    expect([finished.ok, finished.fallback, finished.rejected]).toEqual([1, 9, 0]);
  });
});

describe('endpoints', () => {
  const target = { endpoints: ['http://b:1', 'http://c:2'] };

  it('get the calls of a target in turn, with a policy and without', async () => {
    for (const policy of [{}, { retry: retryOf(2) }]) {
      const run = policedRun({ policy, target, ratePerSec: 30 });
      await run.whole();
      expect([0, 1, 2].map((i) => run.driver('a', i).started.length)).toEqual([10, 10, 10]);
      expect(run.counter('endpoint b:1')).toBe(10);
    }
  });

  it('other than the one that failed get the retry', async () => {
    const run = policedRun({
      policy: { retry: retryOf(2) },
      target,
      ratePerSec: 30,
      answer: ({ endpoint }, sentNs) => ({ atNs: sentNs + MS, ...(endpoint === 1 && FAILS) }),
    });
    const { finished } = await run.whole();
    expect(finished.ok).toBe(30);
    expect(run.driver('a', 1).started.every(({ attempt }) => attempt === 1)).toBe(true);
  });

  it('that are unreachable fail what waits for them alone', async () => {
    const run = policedRun({
      policy: {},
      target: { endpoints: ['http://b:1'] },
      ratePerSec: 4,
      connections: 1,
      answer: (_call, sentNs) => ({ atNs: sentNs + 900 * MS }),
    });
    run.engine.begin();
    run.clock.advance(800 * MS);
    // Two are on the wire, two wait, one at each.
    run.driver('a', 1).events.unreachable('ECONNREFUSED');
    run.clock.advance(5 * NS_PER_SEC);
    const { finished } = await run.engine.ended;
    expect([finished.ok, finished.transport]).toEqual([3, 1]);
  });

  it('that fail in a row get nothing for a while', async () => {
    const run = policedRun({
      policy: {},
      target: {
        endpoints: ['http://b:1'],
        health: { passive: { outAfter: 3, outForNs: 60 * NS_PER_SEC } },
      },
      ratePerSec: 100,
      answer: ({ endpoint }, sentNs) => ({ atNs: sentNs + MS, ...(endpoint === 1 && FAILS) }),
    });
    const { finished } = await run.whole();
    expect(run.driver('a', 1).started).toHaveLength(3);
    expect([finished.ok, finished.status]).toEqual([97, 3]);
    expect(run.counter('endpoints_out')).toBe(1);
  });

  it('that are checked get nothing while they are not well, and checks are no calls', async () => {
    const run = policedRun({
      policy: {},
      target: {
        endpoints: ['http://b:1'],
        health: {
          active: { path: '/up', everyNs: 100 * MS, timeoutNs: 50 * MS, outAfter: 2, inAfter: 1 },
        },
      },
      ratePerSec: 100,
      durationNs: 2 * NS_PER_SEC,
      checkAnswer: (_target, endpoint, sentNs) => ({
        atNs: sentNs + MS,
        ...(endpoint === 1 && sentNs < NS_PER_SEC && { outcome: TRANSPORT, error: 'reset' }),
      }),
    });
    const { finished, arrivals, attempts } = await run.whole();
    expect([finished.ok, attempts]).toEqual([arrivals, arrivals]);
    const sent = sentMs(run, 1);
    // Out with the second check that failed (150 ms), in again with the first that went well.
    expect(sent.filter((ms) => ms > 152 && ms < 1_050)).toEqual([]);
    expect(sent.filter((ms) => ms > 1_060).length).toBeGreaterThan(40);
    expect(run.counter('health_checks')).toBeGreaterThanOrEqual(38);
    expect(run.counter('failed_health_checks')).toBe(10);
  });
});

describe('a stop of the run', () => {
  it('ends calls that wait for their next attempt as cancelled, once', async () => {
    const run = policedRun({
      policy: { retry: retryOf(3, { backoff: { ...STEADY, baseNs: 10 * NS_PER_SEC } }) },
      answer: (_call, sentNs) => ({ atNs: sentNs + MS, ...FAILS }),
    });
    run.engine.begin();
    run.clock.advance(450 * MS);
    run.engine.stop(0);
    const { finished, arrivals } = await run.engine.ended;
    expect([finished.cancelled, arrivals]).toEqual([5, 5]);
    expect(countsOf(run, 'response')).toEqual({ cancelled: 5 });
    expect(countsOf(run, 'service')).toEqual({ status: 5 });
  });

  it('ends those in the bulkhead, those that were refused, and hedged ones, once each', async () => {
    const run = policedRun({
      policy: {
        bulkhead: { calls: 2, waiting: 2 },
        hedge: { after: { delayNs: 10 * MS }, extraRatioMax: 1 },
        fallback: { status: 200, body: '' },
      },
      phase: usersPhase(6, 6, NS_PER_SEC),
      answer: (_call, sentNs) => ({ atNs: sentNs + 10 * NS_PER_SEC }),
    });
    run.engine.begin();
    run.engine.stop(0);
    const { finished } = await run.engine.ended;
    expect([finished.cancelled, finished.fallback]).toEqual([4, 2]);
    expect(countsOf(run, 'response')).toEqual({ cancelled: 4, fallback: 2 });
  });
});
