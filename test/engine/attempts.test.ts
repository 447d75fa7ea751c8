import { describe, expect, it } from 'vitest';
import { CHECK, OK, rngFrom, TIMEOUT, VirtualClock } from '../../src/core/index.ts';
import { Attempts } from '../../src/engine/attempts.ts';
import { newSlot } from '../../src/engine/live-call.ts';
import type { LiveCall } from '../../src/engine/index.ts';
import { runPlan } from '../../src/engine/run-plan.ts';
import { RunSeconds } from '../../src/engine/run-seconds.ts';
import { compileFlows } from '../../src/flow/index.ts';
import { Recorder } from '../../src/record/index.ts';
import { ModelledDriver } from '../../src/simulate/index.ts';
import type { PolicySpec } from '../../src/resilience/index.ts';
import { TestRun } from './test-run.ts';
import { testPhase, testScenario, testStep, testTarget } from './test-scenario.ts';

const MS = 1_000_000;

describe('attempts', () => {
  it('are numbered by their call, with room for as many as a call may have', () => {
    const { attempts, driver } = attemptsOf({ attemptsMax: 3 });
    for (const callSeq of [0, 1, 7]) attempts.make(callOf(callSeq));
    expect(driver().started.map(({ attempt, spanSeq }) => [attempt, spanSeq])).toEqual([
      [0, 0],
      [0, 3],
      [0, 21],
    ]);
    expect(attempts.count).toBe(3);
  });

  it('wait for a connection in their order, and are sent as calls before them end', () => {
    const { attempts, clock, driver, over } = attemptsOf({ connections: 1 });
    for (const callSeq of [0, 1, 2]) attempts.make(callOf(callSeq));
    expect(driver().started).toHaveLength(1);
    clock.advance(30 * MS);
    expect(driver().started.map(({ callSeq, sentNs }) => [callSeq, sentNs / MS])).toEqual([
      [0, 0],
      [1, 10],
      [2, 20],
    ]);
    expect(over).toEqual([0, 1, 2]);
  });

  it('are judged before they are counted, and over after that', () => {
    const { attempts, clock, over } = attemptsOf({
      judge: (call) => {
        if (call.callSeq === 1) call.outcome = CHECK;
      },
    });
    for (const callSeq of [0, 1]) attempts.make(callOf(callSeq));
    clock.advance(10 * MS);
    expect([attempts.finished(OK), attempts.finished(CHECK)]).toEqual([1, 1]);
    expect(over).toEqual([0, 1]);
  });

  it('that wait when the run ends are cancelled without having been sent', async () => {
    const { attempts, driver, over } = attemptsOf({ connections: 1 });
    for (const callSeq of [0, 1]) attempts.make(callOf(callSeq));
    attempts.end();
    await attempts.close();
    expect(driver().started).toHaveLength(1);
    expect(over).toEqual([1, 0]);
  });

  it('may answer after their calls are over where a policy makes several, and nowhere else', () => {
    const plain = attemptsOf({});
    plain.attempts.make(callOf(0));
    expect(plain.attempts.mayOutliveCalls).toBe(false);

    const hedged = attemptsOf({
      attemptsMax: 2,
      policy: {
        name: 'careful',
        hedge: { after: { delayNs: 5 * MS }, extraRatioMax: 1 },
      },
      answerAt: (attempt) => (attempt === 1 ? 1_000 * MS : 10 * MS),
    });
    hedged.attempts.make(callOf(0));
    hedged.clock.advance(20 * MS);
    // The hedge has answered, and the first attempt is on its way still.
    expect([hedged.over, hedged.driver().started.length]).toEqual([[0], 2]);
    expect(hedged.attempts.mayOutliveCalls).toBe(true);
  });

  it('are one for each call of a run, and all end', async () => {
    const run = new TestRun({
      ratePerSec: 20,
      steps: ['a', 'b'],
      answer: ({ seq }, sentNs) => ({ atNs: sentNs + MS, outcome: seq % 3 === 0 ? TIMEOUT : OK }),
    });
    const { attempts, finished } = await run.whole();
    const sent = [...run.driver('a').started, ...run.driver('b').started];
    expect(attempts).toBe(sent.length);
    expect(attempts).toBe(finished.ok + finished.timeout);
    expect(new Set(sent.map(({ spanSeq }) => spanSeq)).size).toBe(sent.length);
  });
});

function callOf(callSeq: number): LiveCall {
  return { ...newSlot(), seq: callSeq, callSeq };
}

interface AttemptsOptions {
  readonly attemptsMax?: number;
  readonly connections?: number;
  readonly judge?: (call: LiveCall) => void;
  /** Of the step; absent for none. */
  readonly policy?: PolicySpec;
  /** How long an attempt takes, by its number in the call; 10 ms where left out. */
  readonly answerAt?: (attempt: number) => number;
}

/**
 * Attempts at one target that takes 10 ms for each; `over` has the numbers of the calls that ended.
 */
function attemptsOf(options: AttemptsOptions): {
  readonly attempts: Attempts;
  readonly clock: VirtualClock;
  readonly driver: () => ModelledDriver;
  readonly over: readonly number[];
} {
  const { attemptsMax = 1, connections = 100, judge, policy, answerAt = () => 10 * MS } = options;
  const clock = new VirtualClock();
  const scenario = testScenario({
    targets: [testTarget()],
    flows: [{ name: 'flow', steps: [testStep(policy && { policy })] }],
    load: [testPhase('steady', { ratePerSec: 1, durationNs: 1_000 * MS })],
  });
  const plan = { ...runPlan(scenario, compileFlows(scenario)), attemptsMax };
  const over: number[] = [];
  let driver: ModelledDriver | undefined;
  const attempts = new Attempts({
    clock,
    plan,
    recorder: new Recorder({
      seed: 1,
      phases: plan.phases,
      targets: ['a'],
      steps: plan.steps.map(({ spec }) => spec),
      keep: scenario.trace.keep,
    }),
    seconds: new RunSeconds(clock, () => undefined),
    driverFor: (_target, events) => {
      driver = new ModelledDriver(clock, events, connections, (call, sentNs) => ({
        atNs: sentNs + answerAt(call.attempt),
      }));
      return driver;
    },
    rngFor: (purpose) => rngFrom(1, purpose),
    phaseIndex: () => 0,
    capture: () => '',
    judge: (call) => {
      judge?.(call);
      return -1;
    },
    over: ({ callSeq }) => over.push(callSeq),
    settled: () => undefined,
  });
  return {
    attempts,
    clock,
    over,
    driver: () => {
      if (driver === undefined) throw new Error('unreachable: the target has a driver');
      return driver;
    },
  };
}
