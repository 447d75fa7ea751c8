import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  countOf,
  type HistogramSlice,
  NS_PER_MS,
  NS_PER_SEC,
  OK,
  OUTCOMES,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../../src/core/index.ts';
import type { PolicySpec } from '../../src/resilience/index.ts';
import type { FlowNode, ReadyTarget } from '../../src/scenario/index.ts';
import { ON_ALL, policedRun, usersPhase } from './policed-run.ts';
import type { TestRun } from './test-run.ts';
import { testPhase } from './test-scenario.ts';

const MS = NS_PER_MS;
const RUNS = Number(process.env['CALLGAUGE_FUZZ_COUNT'] ?? 60);

const ms = (from: number, to: number): fc.Arbitrary<number> =>
  fc.integer({ min: from, max: to }).map((value) => value * MS);

const policy: fc.Arbitrary<Omit<PolicySpec, 'name'>> = fc.record(
  {
    totalTimeoutNs: ms(1, 120),
    idempotent: fc.boolean(),
    retry: fc.record(
      {
        attempts: fc.integer({ min: 2, max: 4 }),
        on: fc.constant(ON_ALL),
        backoff: fc.record({
          baseNs: ms(0, 20),
          capNs: ms(1, 50),
          jitter: fc.constantFrom('full', 'equal', 'none'),
        }),
        budget: fc.record({
          ratio: fc.constantFrom(0, 0.2, 1),
          minPerSec: fc.constantFrom(0, 10),
          ttlNs: fc.constant(NS_PER_SEC),
        }),
        otherEndpoint: fc.boolean(),
      },
      { requiredKeys: ['attempts', 'on', 'backoff', 'otherEndpoint'] },
    ),
    hedge: fc.record({
      after: fc.oneof(
        ms(1, 40).map((delayNs) => ({ delayNs })),
        fc.constant({ quantile: 0.9 }),
      ),
      extraRatioMax: fc.constantFrom(0.1, 1),
    }),
    breaker: fc.record({
      failureRatio: fc.constantFrom(0.3, 1),
      volume: fc.integer({ min: 1, max: 10 }),
      windowNs: ms(50, 500),
      sleepNs: ms(10, 200),
      probes: fc.integer({ min: 1, max: 3 }),
    }),
    bulkhead: fc.record({
      calls: fc.integer({ min: 1, max: 5 }),
      waiting: fc.integer({ min: 0, max: 5 }),
    }),
    rateLimit: fc.record({
      ratePerSec: fc.integer({ min: 1, max: 200 }),
      burst: fc.integer({ min: 1, max: 20 }),
      by: fc.constantFrom('all', 'user', 'address', 'step'),
    }),
    fallback: fc.constantFrom({ status: 200, body: '{"id":1}' }, { status: 200, body: '' }),
  },
  { requiredKeys: [] },
);

const target: fc.Arbitrary<Partial<ReadyTarget>> = fc.record(
  {
    endpoints: fc.constantFrom<readonly string[]>(['http://b:1'], ['http://b:1', 'http://c:2']),
    balance: fc.constantFrom({ by: 'least-connections' }, { by: 'source-hash' }, { by: 'random' }),
    health: fc.record({ passive: fc.constant({ outAfter: 2, outForNs: 100 * MS }) }),
  },
  { requiredKeys: [] },
);

const scene = fc.record({
  policy,
  target,
  users: fc.boolean(),
  captures: fc.boolean(),
  parallel: fc.boolean(),
  connections: fc.integer({ min: 1, max: 6 }),
  canCancel: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  /** What the n-th attempt comes to, by n modulo their number. */
  ends: fc.array(
    fc.record({
      tookMs: fc.integer({ min: 1, max: 80 }),
      outcome: fc.constantFrom(OK, OK, STATUS, TIMEOUT, TRANSPORT),
    }),
    { minLength: 1, maxLength: 7 },
  ),
  unreachableMs: fc.option(fc.integer({ min: 1, max: 400 })),
  stop: fc.option(
    fc.record({ atMs: fc.integer({ min: 1, max: 700 }), graceMs: fc.integer({ min: 0, max: 60 }) }),
  ),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

const SINGLE: readonly FlowNode[] = [{ kind: 'step', step: 0 }];
const PARALLEL: readonly FlowNode[] = [{ kind: 'parallel', branches: [SINGLE, SINGLE] }];

function runOf(drawn: Scene): TestRun {
  let sent = 0;
  const run = policedRun({
    policy: drawn.policy,
    target: drawn.target,
    seed: drawn.seed,
    connections: drawn.connections,
    step: drawn.captures ? { captures: [{ name: 'id', from: 'json', path: '$.id' }] } : {},
    ...(drawn.parallel && { flow: { body: PARALLEL } }),
    keep: { headRatio: 1, errors: true, slowRatio: 0 },
    phase: drawn.users
      ? usersPhase(8, Infinity, 500 * MS)
      : testPhase('open', { ratePerSec: 200, durationNs: 500 * MS, process: 'poisson' }),
    gracefulStopNs: 200 * MS,
    answer: (_call, sentNs) => {
      const { tookMs = 1, outcome = OK } = drawn.ends[sent++ % drawn.ends.length] ?? {};
      const status = outcome === STATUS ? { status: 503 } : {};
      return { atNs: sentNs + tookMs * MS, outcome, ...status, body: '{"id":7}' };
    },
  });
  if (!drawn.canCancel) {
    for (const driver of run.drivers.values()) driver.cancel = () => undefined;
  }
  return run;
}

async function carryOut(drawn: Scene): Promise<TestRun> {
  const run = runOf(drawn);
  run.engine.begin();
  const { unreachableMs, stop } = drawn;
  const events = [
    {
      atMs: unreachableMs ?? Infinity,
      does: () => run.driver().events.unreachable('ECONNREFUSED'),
    },
    { atMs: stop?.atMs ?? Infinity, does: () => run.engine.stop((stop?.graceMs ?? 0) * MS) },
  ].toSorted((a, b) => a.atMs - b.atMs);
  for (const { atMs, does } of events) {
    if (atMs === Infinity) continue;
    run.clock.advance(Math.max(0, atMs * MS - run.clock.nowNs()));
    if (run.result === undefined && !run.driver().isClosed) does();
  }
  run.clock.advance(60 * NS_PER_SEC);
  await run.engine.ended;
  return run;
}

const total = (slices: readonly HistogramSlice[]): number =>
  slices.reduce((sum, slice) => sum + countOf(slice), 0);

it('every call is recorded once, and every attempt once, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(scene, async (drawn) => {
      const run = await carryOut(drawn);
      const result = await run.engine.ended;
      const histograms = run.slices.flatMap((slice) => slice.histograms);
      const of = (clock: string): readonly HistogramSlice[] =>
        histograms.filter((h) => h.clock === clock);
      const drivers = [...run.drivers.values()];
      const sent = drivers.flatMap((driver) => driver.started);
      // Calls: by the result, by both of their clocks, and, of flows of one step, by the arrivals.
      const { dropped, ...ended } = result.finished;
      const calls = Object.values(ended).reduce((sum, count) => sum + count, 0);
      expect(total(of('response'))).toBe(calls);
      expect(total(of('corrected'))).toBe(calls);
      if (!drawn.parallel) expect(calls + dropped).toBe(result.arrivals);
      for (const outcome of OUTCOMES) {
        if (outcome === 'dropped') continue;
        const counted = of('response').filter((h) => h.outcome === outcome);
        expect(total(counted)).toBe(result.finished[outcome]);
      }
      // Attempts: those that were sent are in the service clock, and all of them are counted.
      expect(total(of('service'))).toBe(sent.length);
      expect(result.attempts).toBe(run.counter('attempts'));
      expect(result.attempts).toBeGreaterThanOrEqual(sent.length);
      const others = run.counter('retries') + run.counter('hedges');
      const first = result.attempts - others;
      expect(first).toBeLessThanOrEqual(calls);
      // Spans: one of each attempt, and of each call that made none; no id twice.
      const kept = run.slices.flatMap((slice) => slice.kept);
      const ids = new Set(kept.map(({ spanSeq }) => spanSeq));
      expect(ids.size).toBe(kept.length);
      expect(kept.length).toBe(result.attempts + (calls - first));
      expect(new Set(sent.map(({ spanSeq }) => spanSeq)).size).toBe(sent.length);
      // No time is below 0.
      for (const span of kept) {
        expect(span.endNs).toBeGreaterThanOrEqual(span.sentNs);
        expect(span.sentNs).toBeGreaterThanOrEqual(span.intendedNs);
      }
      expect(drivers.every((driver) => driver.isClosed)).toBe(true);
    }),
    { numRuns: RUNS },
  );
});

it('the same seed gives the same run', async () => {
  await fc.assert(
    fc.asyncProperty(scene, async (drawn) => {
      const [one, two] = [await carryOut(drawn), await carryOut(drawn)];
      expect(two.slices).toEqual(one.slices);
    }),
    { numRuns: Math.ceil(RUNS / 10) },
  );
});
