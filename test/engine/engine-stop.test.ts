import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countOf,
  NS_PER_MS,
  NS_PER_SEC,
  OK,
  OUTCOMES,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../../src/core/index.ts';
import { quantile } from './slice-numbers.ts';
import { TestRun } from './test-run.ts';

const MS = NS_PER_MS;
const SEC = NS_PER_SEC;
const NONE = {
  ok: 0,
  status: 0,
  timeout: 0,
  transport: 0,
  cancelled: 0,
  dropped: 0,
  check: 0,
  rejected: 0,
  fallback: 0,
};

/** 10 arrivals a second, each answered after 300 ms, on two connections. */
const busy = (): TestRun =>
  new TestRun({
    ratePerSec: 10,
    durationNs: 10 * SEC,
    connections: 2,
    gracefulStopNs: 400 * MS,
    answer: (_call, sentNs) => ({ atNs: sentNs + 300 * MS }),
  });

describe('the end of the schedule', () => {
  it('gives calls under way the graceful stop, and cancels what is left then', async () => {
    const run = busy();
    const result = await run.whole();
    expect(result.stopped).toBe(false);
    expect(result.arrivals).toBe(100);
    expect(result.endedNs).toBe(10_400 * MS);
    // Two at a time, each 300 ms: 2 ended at 0.3 s, 2 more near each 0.3 s, until 10.4 s.
    expect(result.finished.ok).toBe(68);
    expect(result.finished.cancelled).toBe(32);
    expect(run.driver().isClosed).toBe(true);
  });

  it('censors what it cancels at that moment: waiting calls have no service time', async () => {
    const run = busy();
    const { endedNs, finished } = await run.whole();
    const response = run.histogram('response', ['cancelled']);
    expect(countOf(response)).toBe(finished.cancelled);
    expect(quantile(response, 0) / (endedNs - 9_900 * MS)).toBeCloseTo(1, 3);
    expect(countOf(run.histogram('service', ['cancelled']))).toBe(2);
  });
});

describe('stop', () => {
  it('lets no more arrivals go and ends when the calls under way are over', async () => {
    const run = busy();
    run.engine.begin();
    run.clock.advance(250 * MS);
    run.engine.stop(10 * SEC);
    run.clock.advance(10 * SEC);
    const result = await run.engine.ended;
    expect(result).toMatchObject({ arrivals: 3, finished: { ...NONE, ok: 3 }, stopped: true });
    expect(result.endedNs).toBe(600 * MS);
  });

  it('cancels what is not over within the grace', async () => {
    const run = busy();
    run.engine.begin();
    run.clock.advance(250 * MS);
    run.engine.stop(100 * MS);
    run.clock.advance(100 * MS);
    const result = await run.engine.ended;
    expect(result).toMatchObject({ finished: { ...NONE, ok: 1, cancelled: 2 }, endedNs: 350 * MS });
  });

  it('without grace cancels at once', async () => {
    const run = busy();
    run.engine.begin();
    run.clock.advance(250 * MS);
    run.engine.stop(0);
    const result = await run.engine.ended;
    expect(result).toMatchObject({ finished: { ...NONE, cancelled: 3 }, endedNs: 250 * MS });
  });

  it('a second time can only shorten what is left', async () => {
    const run = busy();
    run.engine.begin();
    run.clock.advance(250 * MS);
    run.engine.stop(200 * MS);
    run.engine.stop(60 * SEC);
    run.clock.advance(10 * MS);
    run.engine.stop(20 * MS);
    run.clock.advance(60 * SEC);
    expect((await run.engine.ended).endedNs).toBe(280 * MS);
  });

  it('before the beginning ends a run without arrivals, and a later beginning does nothing', async () => {
    const run = busy();
    run.engine.stop(0);
    const result = await run.engine.ended;
    run.engine.begin();
    run.clock.advance(SEC);
    expect(result).toMatchObject({ arrivals: 0, finished: NONE, stopped: true });
    expect(run.driver().started).toEqual([]);
  });

  it('after the end does nothing', async () => {
    const run = busy();
    const result = await run.whole();
    run.engine.stop(0);
    expect(await run.engine.ended).toEqual(result);
    expect(result.stopped).toBe(false);
  });
});

describe('nothing is lost', () => {
  const outcome = fc.constantFrom(OK, OK, OK, STATUS, TIMEOUT, TRANSPORT);

  it('for any load, target, bound and moment of stopping', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          ratePerSec: fc.integer({ min: 1, max: 200 }),
          process: fc.constantFrom('constant' as const, 'poisson' as const),
          seed: fc.nat(),
          connections: fc.integer({ min: 0, max: 5 }),
          maxInFlight: fc.integer({ min: 1, max: 20 }),
          gracefulStopNs: fc.integer({ min: 0, max: 300 }).map((ms) => ms * MS),
          steps: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 }),
          phases: fc.integer({ min: 1, max: 3 }),
        }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), outcome), { minLength: 1 }),
        fc.option(fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 500 }))),
        fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 3 }),
        async (options, answers, stop, unreachableAt) => {
          let answered = 0;
          const run = new TestRun({
            ...options,
            durationNs: 700 * MS,
            answer: (_call, sentNs) => {
              const [tookMs, how] = answers[answered++ % answers.length] ?? [0, OK];
              return { atNs: sentNs + tookMs * MS, outcome: how };
            },
          });
          for (const atMs of unreachableAt) {
            run.clock.after(atMs * MS, () => {
              if (run.result === undefined) run.driver(options.steps[0]).events.unreachable('gone');
            });
          }
          if (stop) run.clock.after(stop[0] * MS, () => run.engine.stop(stop[1] * MS));
          const result = await run.whole();
          checkSums(run, result, options.steps.length);
          expect(run.slices.map((s) => s.second)).toEqual(run.slices.map((_, i) => i));
        },
      ),
      { numRuns: 300 },
    );
  });
});

function checkSums(
  run: TestRun,
  result: Awaited<ReturnType<TestRun['whole']>>,
  steps: number,
): void {
  const { ok, status, timeout, transport, cancelled, dropped, check } = result.finished;
  const calls = ok + status + timeout + transport + cancelled + check;
  expect(calls + result.abandonedSteps + dropped * steps).toBe(result.arrivals * steps);

  // What the slices hold, added up, says the same as the result.
  const counters = run.slices.flatMap((slice) => slice.counters);
  const sum = (name: string): number =>
    counters.filter((c) => c.counter === name).reduce((n, c) => n + c.value, 0);
  expect(sum('arrivals')).toBe(result.arrivals);
  expect(sum('dropped_arrivals')).toBe(dropped);
  expect(sum('abandoned_steps')).toBe(result.abandonedSteps);
  for (const name of OUTCOMES.slice(0, 5)) {
    expect(countOf(run.histogram('response', [name]))).toBe(result.finished[name]);
  }
  expect(countOf(run.histogram('lag'))).toBe(result.arrivals);
}
