import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  countOf,
  NS_PER_MS,
  OK,
  OUTCOMES,
  type OutcomeCode,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../../src/core/index.ts';
import type { Hook } from '../../src/flow/index.ts';
import type { PhaseSpec, Scenario } from '../../src/scenario/index.ts';
import { flowTree, type FlowTree } from '../flow/flow-tree.ts';
import { flowScenario } from './flow-scenario.ts';
import { TestRun } from './test-run.ts';

const MS = NS_PER_MS;

interface Given {
  readonly load: 'arrivals' | 'users';
  readonly count: number;
  readonly connections: number;
  readonly maxInFlight: number;
  readonly gracefulStopMs: number;
}

/**
 * A scenario of one flow, each of whose steps wants `ok` in its answer; the first step comes first.
 */
function scenarioOf({ nodes, steps }: FlowTree, { load, count }: Given): Scenario {
  const base = flowScenario({
    flow: '- { step: s, target: a, http: { path: "/${iteration.number}" }, check: { body: ok } }',
    more: 'hooks: hooks.ts',
  });
  const [first] = base.flows[0]?.steps ?? [];
  if (first === undefined) throw new Error('the flow has a step');
  // A user whose flow makes no call would iterate again and again while the virtual time stands.
  const list = Array.from({ length: steps + 1 }, (_, i) => ({
    ...first,
    name: `s${i}`,
    target: i % 3 === 2 ? 'b' : 'a',
  }));
  const durationNs = 300 * MS;
  const phase = { name: 'p', flow: 'f', durationNs, measure: true };
  const pieces = [{ fromPerSec: 10 * count, toPerSec: 10 * count, durationNs }];
  const users = { count, iterations: Infinity, think: { minNs: 0, maxNs: 0 } };
  const loaded: PhaseSpec =
    load === 'users'
      ? { ...phase, users }
      : { ...phase, arrivals: { process: 'poisson' as const, pieces } };
  const body = [{ kind: 'step' as const, step: steps }, ...nodes];
  return { ...base, load: [loaded], flows: [{ name: 'f', steps: list, body }] };
}

it('law: each call of a flow is finished once, and each iteration is over once', async () => {
  const outcome = fc.constantFrom<OutcomeCode>(OK, OK, OK, OK, OK, STATUS, TIMEOUT, TRANSPORT);
  const answer = fc.tuple(
    fc.integer({ min: 1, max: 120 }),
    outcome,
    fc.constantFrom('ok', 'ok', 'ok', 'no'),
  );
  await fc.assert(
    fc.asyncProperty(
      flowTree(60 * MS),
      fc.record<Given>({
        load: fc.constantFrom('arrivals' as const, 'users' as const),
        count: fc.integer({ min: 1, max: 6 }),
        connections: fc.integer({ min: 0, max: 4 }),
        maxInFlight: fc.integer({ min: 1, max: 10 }),
        gracefulStopMs: fc.integer({ min: 0, max: 300 }),
      }),
      fc.array(answer, { minLength: 1 }),
      fc.constantFrom<Hook>(
        () => undefined,
        () => Promise.resolve(),
        () => Promise.reject(new Error('no')),
        () => new Promise<void>(() => undefined),
      ),
      fc.option(fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 300 }))),
      async (tree, given, answers, hook, stop) => {
        let answered = 0;
        const run = new TestRun({
          scenario: scenarioOf(tree, given),
          hooks: new Map([
            ['x', hook],
            ['y', () => undefined],
          ]),
          connections: given.connections,
          maxInFlight: given.maxInFlight,
          gracefulStopNs: given.gracefulStopMs * MS,
          answer: (_call, sentNs) => {
            const [tookMs, how, body] = answers[answered++ % answers.length] ?? [1, OK, 'ok'];
            return { atNs: sentNs + tookMs * MS, outcome: how, body };
          },
        });
        if (stop) run.clock.after(stop[0] * MS, () => run.engine.stop(stop[1] * MS));
        run.engine.begin();
        // Between steps of the time, so that promises of hooks are heard of as it goes on.
        for (let ms = 0; ms < 700; ms += 20) {
          run.clock.advance(20 * MS);
          await Promise.resolve();
          await Promise.resolve();
        }
        // It holds that nothing is in flight: the engine refuses to end otherwise.
        const { finished, arrivals } = await run.engine.ended;

        const started = [...run.drivers.values()].flatMap((driver) => driver.started);
        const spans = started.map(({ spanSeq }) => spanSeq);
        expect(new Set(spans).size).toBe(spans.length);
        for (const name of OUTCOMES) {
          if (name === 'dropped') continue;
          expect(countOf(run.histogram('response', [name]))).toBe(finished[name]);
        }
        // Of all that were sent each is in one of them; what was never sent was cancelled.
        const { ok, status, check, timeout, transport, cancelled, dropped } = finished;
        const sent = countOf(run.histogram('service', OUTCOMES));
        expect(sent).toBe(started.length);
        expect(ok + status + check + timeout + transport + cancelled).toBeGreaterThanOrEqual(sent);
        expect(run.counter('arrivals')).toBe(arrivals);
        expect(run.counter('dropped_arrivals')).toBe(dropped);
        const failures = status + check + timeout + transport + cancelled;
        expect(run.counter('failed_iterations')).toBeLessThanOrEqual(arrivals - dropped);
        if (failures === 0 && run.hookFailures.length === 0) {
          expect(run.counter('failed_iterations')).toBe(0);
        }
        expect(run.counter('failed_hooks')).toBe(run.hookFailures.length);
      },
    ),
    { numRuns: 300 },
  );
});
