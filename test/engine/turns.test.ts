import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import type { ReadyPhase, ReadyScenario } from '../../src/scenario/index.ts';
import type { Answer } from '../../src/simulate/index.ts';
import { SIDE_A, turnsOf } from '../../src/schedule/index.ts';
import { TestRun, type TestRunOptions } from './test-run.ts';
import { testPhase, testScenario, testStep, testTarget } from './test-scenario.ts';

const OPEN = testPhase('steady', { ratePerSec: 100, durationNs: 2 * NS_PER_SEC });
const CLOSED: ReadyPhase = {
  name: 'users',
  flow: 'flow',
  durationNs: 2 * NS_PER_SEC,
  measure: true,
  users: { count: 3, iterations: Infinity, think: { minNs: 0, maxNs: 0 } },
};

/** Two versions, each called by a step of its own. */
function versions(phase: ReadyPhase): ReadyScenario {
  return testScenario({
    load: [{ ...phase, flow: 'a', flowOfB: 'b' }],
    flows: ['a', 'b'].map((name) => ({
      name,
      steps: [testStep({ name: `step of ${name}`, target: name })],
    })),
    targets: ['a', 'b'].map((name) => testTarget({ name })),
  });
}

function runOf(phase: ReadyPhase, options: Partial<TestRunOptions> = {}): TestRun {
  return new TestRun({ ...options, scenario: versions(phase) });
}

/** B's answers take a second, A's 5 ms. */
function slowB(call: { readonly stepIndex: number }, sentNs: number): Answer {
  return { atNs: sentNs + (call.stepIndex === 1 ? NS_PER_SEC : 5 * NS_PER_MS) };
}

function counted(run: TestRun, counter: string, step: string): number {
  const of = run.slices.flatMap(({ counters }) => counters);
  return of.reduce((sum, c) => (c.counter === counter && c.step === step ? sum + c.value : sum), 0);
}

describe('two versions that take turns in a phase', () => {
  it('get each arrival whose turn is theirs, counted under their own step', async () => {
    const run = runOf(OPEN);
    await run.whole();
    const turns = turnsOf(1, 'steady');
    const ofA = Array.from({ length: 200 }, (_, i) => i).filter((i) => turns.sideOf(i) === SIDE_A);
    expect(run.driver('a').started.map(({ seq }) => seq)).toEqual(ofA);
    expect(run.driver('b').started).toHaveLength(100);
    expect(counted(run, 'arrivals', 'step of a')).toBe(100);
    expect(counted(run, 'arrivals', 'step of b')).toBe(100);
    expect(counted(run, 'arrivals', '')).toBe(0);
  });

  it('drop nothing for what the other does', async () => {
    const run = runOf(OPEN, { maxInFlight: 5, answer: slowB });
    await run.whole();
    expect(counted(run, 'dropped_arrivals', 'step of a')).toBe(0);
    expect(run.driver('a').started).toHaveLength(100);
    // Five at the start of each second, and all others of it find those under way.
    expect(run.driver('b').started).toHaveLength(10);
    expect(counted(run, 'dropped_arrivals', 'step of b')).toBe(90);
  });

  it.each([1, 3])(
    'are called equally often by users, however slow one is (%i workers)',
    async (count) => {
      const runs = Array.from({ length: count }, (_, index) =>
        runOf(CLOSED, { answer: slowB, shard: { index, count } }),
      );
      await Promise.all(runs.map((run) => run.whole()));
      for (const run of runs) {
        const [a, b] = [run.driver('a').started.length, run.driver('b').started.length];
        expect(a + b).toBeGreaterThan(6);
        expect(Math.abs(a - b)).toBeLessThanOrEqual(2);
      }
    },
  );
});
