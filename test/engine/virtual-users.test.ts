import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countOf,
  type Ns,
  NS_PER_MS,
  NS_PER_SEC,
  OK,
  OUTCOMES,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../../src/core/index.ts';
import type { LiveCall } from '../../src/engine/index.ts';
import type { ReadyPhase, UsersSpec } from '../../src/scenario/index.ts';
import { quantile } from './slice-numbers.ts';
import { TestRun, type TestRunOptions } from './test-run.ts';

const MS = NS_PER_MS;
const SEC = NS_PER_SEC;

function closed(
  count: number,
  ms: number,
  rest: { iterations?: number; thinkMs?: readonly [min: number, max: number] } = {},
  name = 'closed',
): ReadyPhase {
  const [minMs, maxMs] = rest.thinkMs ?? [0, 0];
  const users: UsersSpec = {
    count,
    iterations: rest.iterations ?? Infinity,
    think: { minNs: minMs * MS, maxNs: maxMs * MS },
  };
  return { name, flow: 'flow', users, durationNs: ms * MS, measure: true };
}

function open(ratePerSec: number, ms: number, name = 'open'): ReadyPhase {
  const durationNs = ms * MS;
  const pieces = [{ fromPerSec: ratePerSec, toPerSec: ratePerSec, durationNs }];
  const arrivals = { process: 'constant', pieces } as const;
  return { name, flow: 'flow', arrivals, durationNs, measure: true };
}

/** A run against servers that take `serviceMs`, watching how many calls are under way at once. */
function runOf(
  load: readonly ReadyPhase[],
  serviceMs: number | ((call: LiveCall) => number),
  options: Omit<TestRunOptions, 'load' | 'answer'> = {},
): { run: TestRun; inFlightMax: (phaseIndex?: number) => number } {
  const spans: { phaseIndex: number; fromNs: Ns; toNs: Ns }[] = [];
  const run = new TestRun({
    ...options,
    load,
    answer: (call, sentNs) => {
      const ms = typeof serviceMs === 'number' ? serviceMs : serviceMs(call);
      spans.push({ phaseIndex: call.phaseIndex, fromNs: sentNs, toNs: sentNs + ms * MS });
      return { atNs: sentNs + ms * MS };
    },
  });
  const inFlightMax = (phaseIndex?: number): number => {
    const starts = spans.filter((s) => phaseIndex === undefined || s.phaseIndex === phaseIndex);
    const inFlightAt = (ns: Ns): number =>
      spans.filter((s) => s.fromNs <= ns && ns < s.toNs).length;
    return Math.max(0, ...starts.map((s) => inFlightAt(s.fromNs)));
  };
  return { run, inFlightMax };
}

describe('virtual users', () => {
  it.each([
    [1, 10, 0, 1_000],
    [10, 20, 0, 1_000],
    [7, 30, 70, 2_000],
    [50, 5, 45, 1_000],
  ])('%i of them, service %i ms, think %i ms: N / (S + Z) a second', async (n, s, z, ms) => {
    const { run, inFlightMax } = runOf([closed(n, ms, { thinkMs: [z, z] })], s);
    const { finished, arrivals } = await run.whole();
    expect(arrivals).toBe((n * ms) / (s + z));
    expect(finished).toMatchObject({ ok: arrivals, dropped: 0, cancelled: 0 });
    expect(inFlightMax()).toBe(n);
  });

  it('has no lag, and a response time of the service and the wait for a connection', async () => {
    const { run } = runOf([closed(4, 1_000)], 10, { connections: 2 });
    await run.whole();
    expect(quantile(run.histogram('lag'), 1)).toBe(1);
    expect(quantile(run.histogram('service'), 1) / (10 * MS)).toBeCloseTo(1, 3);
    // Two of the four wait for the other two, always.
    expect(quantile(run.histogram('response'), 0.5) / (20 * MS)).toBeCloseTo(1, 3);
  });

  it('hides a freeze of the target from the percentiles: what an open load is for', async () => {
    const freeze = { fromNs: 400 * MS, toNs: 600 * MS };
    const run = new TestRun({
      load: [closed(2, 1_000)],
      answer: (_call, sentNs) => ({
        atNs: sentNs >= freeze.fromNs && sentNs < freeze.toNs ? freeze.toNs : sentNs + MS,
      }),
    });
    const { arrivals } = await run.whole();
    expect(arrivals).toBeGreaterThan(1_500);
    expect(quantile(run.histogram('response'), 0.99)).toBeLessThan(1.01 * MS);
  });

  it('make as many iterations as are asked for, and the run is over then', async () => {
    const { run } = runOf([closed(3, 60_000, { iterations: 10 })], 100);
    const result = await run.whole();
    expect(result).toMatchObject({ arrivals: 10, endedNs: 400 * MS, stopped: false });
    expect(result.phases).toMatchObject([{ fromNs: 0, toNs: 400 * MS, model: 'closed' }]);
  });

  it('are bounded by the time where that is over before the iterations', async () => {
    const { run } = runOf([closed(3, 1_000, { iterations: 1_000 })], 100);
    const result = await run.whole();
    expect(result).toMatchObject({ arrivals: 30, phases: [{ toNs: SEC }] });
  });

  it('go on with the next closed phase as their iterations end, never more than N at once', async () => {
    const load = [closed(8, 1_000), closed(8, 1_000, {}, 'more'), closed(3, 1_000, {}, 'fewer')];
    const { run, inFlightMax } = runOf(load, (call) => 70 + (call.seq % 13) * 10);
    const { arrivals } = await run.whole();
    expect(inFlightMax()).toBe(8);
    expect(run.driver().started.map((c) => c.seq)).toEqual(
      Array.from({ length: arrivals }, (_, k) => k),
    );
    const ofLast = run.driver().started.filter((c) => c.phaseIndex === 2);
    expect(ofLast.length).toBeGreaterThan(3);
  });

  it('take turns with open phases, numbered on and on', async () => {
    const load = [open(100, 500), closed(5, 500), open(100, 500, 'again')];
    const { run } = runOf(load, 50);
    const result = await run.whole();
    const { started } = run.driver();
    expect(started.map((c) => c.seq)).toEqual(started.map((_, k) => k));
    const perPhase = [0, 1, 2].map((i) => started.filter((c) => c.phaseIndex === i).length);
    expect(perPhase).toEqual([50, 50, 50]);
    expect(result.finished.ok).toBe(150);
    expect(result.endedNs).toBe(1_540 * MS);
  });

  it('draw their pauses by the seed, between the two bounds', async () => {
    const pauses = async (seed: number): Promise<Ns[]> => {
      const { run } = runOf([closed(1, 60_000, { thinkMs: [50, 150] })], 10, { seed });
      await run.whole();
      const sent = run.driver().started.map((c) => c.sentNs);
      return sent.slice(1).map((ns, i) => ns - (sent[i] ?? 0) - 10 * MS);
    };
    const [one, same, other] = await Promise.all([pauses(1), pauses(1), pauses(2)]);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
    expect(Math.min(...one)).toBeGreaterThanOrEqual(50 * MS);
    expect(Math.max(...one)).toBeLessThanOrEqual(150 * MS);
    const mean = one.reduce((sum, ns) => sum + ns, 0) / one.length;
    expect(mean / (100 * MS)).toBeCloseTo(1, 1);
  });

  it('are cancelled, each counted, where the thread begins only after the end of the run', async () => {
    const { run } = runOf([closed(3, 100)], 1_000, { gracefulStopNs: 0 });
    run.clock.advance(150 * MS);
    const { arrivals, finished, stopped } = await run.whole();
    expect([arrivals, finished.cancelled, stopped]).toEqual([3, 3, false]);
  });

  it('begin nothing after a stop, and get the grace for what is under way', async () => {
    const { run } = runOf([closed(4, 10_000, { thinkMs: [0, 20] })], 100);
    run.engine.begin();
    run.clock.advance(1_050 * MS);
    const before = run.driver().started.length;
    run.engine.stop(SEC);
    run.clock.advance(SEC);
    const result = await run.engine.ended;
    expect(run.driver().started).toHaveLength(before);
    expect(result).toMatchObject({ stopped: true, arrivals: before });
    expect(result.finished).toMatchObject({ ok: before, cancelled: 0 });
  });
});

describe('nothing is lost', () => {
  const outcome = fc.constantFrom(OK, OK, OK, STATUS, TIMEOUT, TRANSPORT);
  const phase = fc.oneof(
    fc.record({ rate: fc.integer({ min: 1, max: 100 }) }),
    fc.record({
      users: fc.integer({ min: 1, max: 6 }),
      iterations: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      thinkMs: fc.constantFrom([0, 0], [30, 30], [0, 80]) as fc.Arbitrary<[number, number]>,
    }),
  );

  it('for any mix of open and closed phases, target and moment of stopping', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(phase, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), outcome), { minLength: 1 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }),
        fc.option(fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 500 }))),
        async (phases, answers, connections, steps, stop) => {
          const load = phases.map((p, i) => {
            if ('rate' in p) return open(p.rate, 500, `phase ${i}`);
            const { users, iterations = Infinity, thinkMs } = p;
            return closed(users, 500, { iterations, thinkMs }, `phase ${i}`);
          });
          let answered = 0;
          const run = new TestRun({
            load,
            connections,
            steps,
            gracefulStopNs: 200 * MS,
            answer: (_call, sentNs) => {
              const [tookMs, how] = answers[answered++ % answers.length] ?? [0, OK];
              return { atNs: sentNs + tookMs * MS, outcome: how };
            },
          });
          if (stop) run.clock.after(stop[0] * MS, () => run.engine.stop(stop[1] * MS));
          const result = await run.whole();
          const calls = OUTCOMES.slice(0, 5).reduce((sum, o) => sum + result.finished[o], 0);
          const { arrivals, abandonedSteps, finished } = result;
          expect(calls + abandonedSteps + finished.dropped * steps.length).toBe(
            arrivals * steps.length,
          );
          expect(countOf(run.histogram('lag'))).toBe(arrivals);
          expect(run.slices.map((s) => s.second)).toEqual(run.slices.map((_, i) => i));
          checkIterations(run, load);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** No closed phase makes more iterations than it was asked for. */
function checkIterations(run: TestRun, load: readonly ReadyPhase[]): void {
  for (const [phaseIndex, phase] of load.entries()) {
    const made = run.slices
      .flatMap((slice) => slice.counters)
      .filter((c) => c.counter === 'arrivals' && c.phase === load[phaseIndex]?.name)
      .reduce((sum, c) => sum + c.value, 0);
    expect(made).toBeLessThanOrEqual(phase.users?.iterations ?? Infinity);
  }
}
