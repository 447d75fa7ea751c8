import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, OK, STATUS, TIMEOUT, TRANSPORT } from '../../src/core/index.ts';
import type { Answer } from '../../src/simulate/index.ts';
import {
  countsOf,
  ON_ALL,
  policedRun,
  retryOf,
  sentMs,
  STEADY,
  usersPhase,
} from './policed-run.ts';

const MS = NS_PER_MS;
const FAILS = { outcome: STATUS, status: 503 } as const;

describe('a retry', () => {
  it('comes after its wait, and the call has the times of all of it', async () => {
    const run = policedRun({
      policy: { retry: retryOf(3) },
      ratePerSec: 1,
      answer: ({ attempt }, sentNs) => ({ atNs: sentNs + 5 * MS, ...(attempt < 3 && FAILS) }),
    });
    const { finished, attempts } = await run.whole();
    // 5 ms, a wait of 10, 5 ms, a wait of 20, 5 ms.
    expect(sentMs(run)).toEqual([0, 15, 40]);
    expect(finished.ok).toBe(1);
    expect(attempts).toBe(3);
    expect(countsOf(run, 'service')).toEqual({ status: 2, ok: 1 });
    expect(countsOf(run, 'response')).toEqual({ ok: 1 });
    expect(run.histogram('response').valueNs[0]).toBeCloseTo(45 * MS, -5);
    expect([run.counter('attempts'), run.counter('retries')]).toEqual([3, 2]);
    expect(run.counter('failed_retries')).toBe(1);
    expect([run.counter('status 503'), run.counter('status 200')]).toEqual([2, 1]);
  });

  it('is not made after the last attempt, nor of what it is not for', async () => {
    const run = policedRun({
      policy: { retry: retryOf(2) },
      ratePerSec: 2,
      answer: ({ seq }, sentNs) =>
        seq === 0
          ? { atNs: sentNs + MS, ...FAILS }
          : { atNs: sentNs + MS, outcome: STATUS, status: 404 },
    });
    const { finished } = await run.whole();
    expect(finished.status).toBe(2);
    expect(run.driver().started.map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
    ]);
  });

  it('is made of a call that must not be made twice only where nothing was sent', async () => {
    const run = policedRun({
      policy: { retry: retryOf(2) },
      step: {
        call: { protocol: 'http', method: 'POST', request: { path: '/', headers: [], body: '' } },
      },
      ratePerSec: 2,
      target: { connections: 1 },
      answer: (_call, sentNs) => ({ atNs: sentNs + 700 * MS, outcome: TRANSPORT, error: 'reset' }),
      connections: 1,
    });
    run.engine.begin();
    run.clock.advance(600 * MS);
    // The first is on the wire, the second waits: only that one knows that nothing was sent.
    run.driver().events.unreachable('ECONNREFUSED');
    run.clock.advance(5 * NS_PER_SEC);
    const { finished } = await run.engine.ended;
    expect(finished.transport).toBe(2);
    expect(run.driver().started.map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('stops where the budget is spent', async () => {
    const run = policedRun({
      policy: {
        retry: retryOf(3, { budget: { ratio: 0.2, minPerSec: 0, ttlNs: 10 * NS_PER_SEC } }),
      },
      ratePerSec: 100,
      answer: (_call, sentNs) => ({ atNs: sentNs + MS, ...FAILS }),
    });
    const { finished, attempts } = await run.whole();
    expect(finished.status).toBe(100);
    expect(attempts - 100).toBe(20);
    expect([run.counter('retries'), run.counter('failed_retries')]).toEqual([20, 20]);
    expect(run.counter('retries_denied')).toBeGreaterThan(60);
  });

  it('has the same waits for the same seed, and others for another', async () => {
    const jittered = (seed: number): ReturnType<typeof policedRun> =>
      policedRun({
        policy: { retry: retryOf(3, { backoff: { ...STEADY, jitter: 'full' } }) },
        seed,
        answer: (_call, sentNs) => ({ atNs: sentNs + MS, ...FAILS }),
      });
    const [first, again, other] = [jittered(1), jittered(1), jittered(2)];
    for (const run of [first, again, other]) await run.whole();
    expect(sentMs(again)).toEqual(sentMs(first));
    expect(sentMs(other)).not.toEqual(sentMs(first));
  });

  it('has a number of its own in the trace, whichever of them answers', async () => {
    const run = policedRun({
      policy: { retry: retryOf(3) },
      ratePerSec: 2,
      keep: { headRatio: 1, errors: true, slowRatio: 0 },
      answer: ({ attempt }, sentNs) => ({ atNs: sentNs + MS, ...(attempt === 1 && FAILS) }),
    });
    await run.whole();
    const kept = run.slices.flatMap((slice) => slice.kept);
    expect(kept.map((k) => [k.seq, k.spanSeq, k.attempt, k.outcome, k.callOutcome])).toEqual([
      [0, 0, 1, 'status', 'ok'],
      [0, 1, 2, 'ok', 'ok'],
      [1, 3, 1, 'status', 'ok'],
      [1, 4, 2, 'ok', 'ok'],
    ]);
  });
});

describe('a total timeout', () => {
  it('ends a wait before the next attempt', async () => {
    const run = policedRun({
      policy: { totalTimeoutNs: 30 * MS, retry: retryOf(3) },
      ratePerSec: 1,
      answer: (_call, sentNs) => ({ atNs: sentNs + 5 * MS, ...FAILS }),
    });
    await run.whole();
    // 5 ms, a wait of 10, 5 ms, and 10 of a wait of 20.
    expect(sentMs(run)).toEqual([0, 15]);
    expect(countsOf(run, 'response')).toEqual({ timeout: 1 });
    expect(run.histogram('response', ['timeout']).valueNs[0]).toBeCloseTo(30 * MS, -5);
    expect(run.slices.flatMap((s) => s.errors).map(({ text }) => text)).toEqual(['total timeout']);
  });

  it('ends an attempt, and one that waits for a connection', async () => {
    const run = policedRun({
      policy: { totalTimeoutNs: 30 * MS },
      ratePerSec: 2,
      connections: 1,
      answer: (_call, sentNs) => ({ atNs: sentNs + 10 * NS_PER_SEC, outcome: TIMEOUT }),
      phase: usersPhase(2, 2, NS_PER_SEC),
    });
    const { finished, attempts } = await run.whole();
    expect([finished.timeout, attempts]).toEqual([2, 2]);
    expect(countsOf(run, 'service')).toEqual({ timeout: 1 });
    const ended = run.histogram('response', ['timeout']);
    expect(ended.valueNs.every((ns) => Math.abs(ns - 30 * MS) < 0.1 * MS)).toBe(true);
  });
});

describe('a hedge', () => {
  const slow = ({ attempt }: { attempt: number }, sentNs: number): Answer => ({
    atNs: sentNs + (attempt === 1 ? 100 : 5) * MS,
  });
  const hedge = { after: { delayNs: 20 * MS }, extraRatioMax: 1 } as const;

  it('answers in place of the first attempt, which is given up', async () => {
    const run = policedRun({ policy: { hedge }, answer: slow });
    const { finished, attempts } = await run.whole();
    expect(finished.ok).toBe(10);
    // One call pays for one hedge.
    expect(attempts).toBe(20);
    expect(countsOf(run, 'service')).toEqual({ ok: 10, cancelled: 10 });
    expect([run.counter('hedges'), run.counter('hedge_wins')]).toEqual([10, 10]);
    expect(run.histogram('response').valueNs.every((ns) => Math.abs(ns - 25 * MS) < MS)).toBe(true);
  });

  it('is given up where the first attempt answers after all', async () => {
    const run = policedRun({
      policy: { hedge },
      answer: ({ attempt }, sentNs) => ({ atNs: sentNs + (attempt === 1 ? 30 : 50) * MS }),
    });
    const { finished } = await run.whole();
    expect(finished.ok).toBe(10);
    expect([run.counter('hedges'), run.counter('hedge_wins')]).toEqual([10, 0]);
    expect(countsOf(run, 'service')).toEqual({ ok: 10, cancelled: 10 });
    expect(run.histogram('response').valueNs.every((ns) => Math.abs(ns - 30 * MS) < MS)).toBe(true);
  });

  it('lets the first attempt count from its first request where that was sent on', async () => {
    const run = policedRun({
      policy: { hedge },
      step: {
        call: {
          protocol: 'http',
          method: 'GET',
          request: { path: '/', headers: [], body: '' },
          redirects: 1,
        },
      },
      answer: ({ attempt, redirects }, sentNs) => {
        if (attempt === 2) return { atNs: sentNs + 5 * MS };
        if (redirects === 1) return { atNs: sentNs + 100 * MS };
        const fields = [['location', '/next']] as const;
        return { atNs: sentNs + 10 * MS, status: 302, fields };
      },
    });
    const { finished } = await run.whole();
    expect(finished.ok).toBe(10);
    expect(countsOf(run, 'service')).toEqual({ ok: 10, cancelled: 10 });
    const givenUp = run.histogram('service', ['cancelled']).valueNs;
    expect(givenUp.every((ns) => Math.abs(ns - 25 * MS) < MS)).toBe(true);
  });

  it('is not made of an attempt that waits for a connection: nothing of it is late', async () => {
    const run = policedRun({
      policy: { hedge },
      connections: 1,
      answer: (_call, sentNs) => ({ atNs: sentNs + 10 * MS }),
      phase: usersPhase(5, 5, NS_PER_SEC),
    });
    const { finished } = await run.whole();
    // The last of them waits for 40 ms.
    expect(sentMs(run).map(Math.round)).toEqual([0, 10, 20, 30, 40]);
    expect([finished.ok, run.counter('hedges')]).toEqual([5, 0]);
  });

  it('counts from when the attempt was sent, not from when it was made', async () => {
    const run = policedRun({
      policy: { hedge },
      connections: 2,
      answer: ({ seq, attempt }, sentNs) => ({
        atNs: sentNs + (attempt === 2 ? 5 : seq === 2 ? 100 : 15) * MS,
      }),
      phase: usersPhase(3, 3, NS_PER_SEC),
    });
    await run.whole();
    // Two at once, the third when these are answered, and its hedge 20 ms later.
    expect(sentMs(run).map(Math.round)).toEqual([0, 0, 15, 35]);
    expect(run.counter('hedges')).toBe(1);
  });

  it('is made of a share of the calls only', async () => {
    const run = policedRun({
      policy: { hedge: { ...hedge, extraRatioMax: 0.05 } },
      ratePerSec: 100,
      answer: slow,
    });
    await run.whole();
    expect(run.counter('hedges')).toBe(5);
    expect(run.counter('hedges_denied')).toBe(95);
  });

  it('that fails leaves the call to the first attempt, and both failed to a retry', async () => {
    const run = policedRun({
      policy: { hedge, retry: retryOf(2) },
      ratePerSec: 2,
      answer: ({ seq, attempt }, sentNs) => {
        if (attempt === 2) return { atNs: sentNs + MS, ...FAILS };
        if (attempt === 1) return { atNs: sentNs + 50 * MS, ...(seq === 1 && FAILS) };
        return { atNs: sentNs + MS };
      },
    });
    const { finished } = await run.whole();
    expect(finished.ok).toBe(2);
    expect(run.driver().started.map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
  });

  it('that nobody can cancel goes on, and is recorded when it ends', async () => {
    const run = policedRun({ policy: { hedge }, answer: slow });
    run.driver().cancel = () => undefined;
    const { finished } = await run.whole();
    expect(finished.ok).toBe(10);
    expect(countsOf(run, 'response')).toEqual({ ok: 10 });
    // The run is over with its calls: it does not wait for what nobody waits for.
    expect(countsOf(run, 'service')).toEqual({ ok: 19, cancelled: 1 });
  });
});

describe('a breaker', () => {
  const breaker = {
    failureRatio: 0.5,
    volume: 4,
    windowNs: 10 * NS_PER_SEC,
    sleepNs: 300 * MS,
    probes: 1,
  };

  it('that refuses a retry leaves it in the budget for another', async () => {
    const backoff = { baseNs: 200 * MS, capNs: 200 * MS, jitter: 'none' } as const;
    // One retry in all.
    const budget = { ratio: 0, minPerSec: 1, ttlNs: NS_PER_SEC };
    const run = policedRun({
      policy: { retry: retryOf(2, { backoff, budget }), breaker: { ...breaker, volume: 2 } },
      durationNs: 700 * MS,
      answer: ({ seq, attempt }, sentNs) => ({
        atNs: sentNs + MS,
        ...((sentNs < 450 * MS || (seq === 6 && attempt === 1)) && FAILS),
      }),
    });
    await run.whole();
    // It opens between the first failure and its retry, and is closed by the probe at 500 ms.
    expect(sentMs(run)).toEqual([0, 100, 500, 600, 801]);
    expect([run.counter('retries'), run.counter('retries_denied')]).toEqual([1, 0]);
  });

  it('refuses calls while it is open, lets a probe go, and closes', async () => {
    const run = policedRun({
      policy: { breaker },
      ratePerSec: 20,
      answer: (_call, sentNs) => ({ atNs: sentNs + MS, ...(sentNs < 400 * MS && FAILS) }),
    });
    const { finished, attempts } = await run.whole();
    // Four fail (0, 50, 100, 150 ms), open to 451; a probe at 500 goes well.
    expect(sentMs(run).slice(0, 5)).toEqual([0, 50, 100, 150, 500]);
    expect([finished.status, finished.rejected, finished.ok]).toEqual([4, 6, 10]);
    expect(attempts).toBe(14);
    expect([run.counter('breaker_rejected'), run.counter('breaker_opened')]).toEqual([6, 1]);
    expect(run.counter('breaker_open_ns')).toBe(300 * MS);
    const errors = run.slices.flatMap((s) => s.errors);
    expect(errors.map(({ outcome, text, count }) => [outcome, text, count])).toContainEqual([
      'rejected',
      'circuit breaker open',
      6,
    ]);
  });

  it('that opens ends the retries of a call with the failure that it had', async () => {
    const run = policedRun({
      policy: { breaker, retry: retryOf(10) },
      ratePerSec: 1,
      answer: (_call, sentNs) => ({ atNs: sentNs + MS, ...FAILS }),
    });
    const { finished, attempts } = await run.whole();
    expect([finished.status, attempts]).toEqual([1, 4]);
    expect(run.counter('breaker_rejected')).toBe(1);
  });

  it('that refuses a user who calls at once lets the time go on', async () => {
    const run = policedRun({
      policy: { breaker: { ...breaker, sleepNs: 10 * NS_PER_SEC } },
      phase: usersPhase(1, Infinity, 100 * MS),
      answer: (_call, sentNs) => ({ atNs: sentNs + MS, ...FAILS }),
    });
    const { finished } = await run.whole();
    expect(finished.status).toBe(4);
    expect(finished.rejected).toBeGreaterThan(50);
    expect(finished.rejected).toBeLessThanOrEqual(96);
  });
});

it('a call whose answer fails a check is not made again, whatever its status', async () => {
  const made = (statuses: readonly number[]): ReturnType<typeof policedRun> =>
    policedRun({
      policy: { retry: retryOf(2, { on: { ...ON_ALL, statuses } }) },
      step: { checks: { headers: [], body: { equals: 'yes' }, json: [] } },
      ratePerSec: 1,
      answer: (_call, sentNs) => ({ atNs: sentNs + MS, outcome: OK, status: 202, body: 'no' }),
    });
  for (const run of [made([503]), made([202])]) {
    expect((await run.whole()).finished.check).toBe(1);
    expect(run.driver().started).toHaveLength(1);
  }
});
