import {
  type CallClock,
  countOf,
  type Ns,
  NS_PER_MS,
  NS_PER_SEC,
  type Outcome,
  OUTCOMES,
} from '../../src/core/index.ts';
import type { BackoffSpec, PolicySpec, RetryOn, RetrySpec } from '../../src/resilience/index.ts';
import type { FlowSpec, ReadyPhase, ReadyTarget, StepSpec } from '../../src/scenario/index.ts';
import { TestRun, type TestRunOptions } from './test-run.ts';
import { testPhase, testScenario, testStep, testTarget } from './test-scenario.ts';

const MS = NS_PER_MS;

export const ON_ALL: RetryOn = { connect: true, reset: true, timeout: true, statuses: [503] };

/** Waits of 10, 20, 40 ms. */
export const STEADY: BackoffSpec = { baseNs: 10 * MS, capNs: 1_000 * MS, jitter: 'none' };

export function retryOf(attempts: number, parts: Partial<RetrySpec> = {}): RetrySpec {
  return { attempts, on: ON_ALL, backoff: STEADY, otherEndpoint: true, ...parts };
}

export interface PolicedOptions extends Omit<TestRunOptions, 'scenario' | 'load'> {
  /** Of every step. */
  readonly policy: Omit<PolicySpec, 'name'>;
  readonly step?: Partial<StepSpec>;
  readonly target?: Partial<ReadyTarget>;
  readonly flow?: Partial<FlowSpec>;
  readonly phase?: ReadyPhase;
}

/**
 * A virtual run of one step with a policy, 10 calls a second for a second where nothing is said.
 */
export function policedRun(options: PolicedOptions): TestRun {
  const { policy, step, target, flow, ratePerSec = 10, durationNs = NS_PER_SEC, ...rest } = options;
  const okStatuses = [{ from: 200, to: 299 }];
  const steps = [testStep({ okStatuses, policy: { name: 'careful', ...policy }, ...step })];
  return new TestRun({
    ...rest,
    scenario: testScenario({
      seed: options.seed ?? 1,
      targets: [testTarget({ connections: 100, ...target })],
      flows: [{ name: 'flow', steps, ...flow }],
      load: [options.phase ?? testPhase('steady', { ratePerSec, durationNs, process: 'constant' })],
    }),
  });
}

/** Returns a users' phase of the flow. */
export function usersPhase(count: number, iterations: number, durationNs: Ns): ReadyPhase {
  return {
    name: 'users',
    flow: 'flow',
    users: { count, iterations, think: { minNs: 0, maxNs: 0 } },
    durationNs,
    measure: true,
  };
}

/** Returns how many values of a clock there are, by outcome; without those that have none. */
export function countsOf(run: TestRun, clock: CallClock): Partial<Record<Outcome, number>> {
  const counts = OUTCOMES.map(
    (outcome) => [outcome, countOf(run.histogram(clock, [outcome]))] as const,
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** Returns when the attempts at an endpoint were sent, in ms. */
export function sentMs(run: TestRun, endpoint = 0): readonly number[] {
  return run.driver('a', endpoint).started.map(({ sentNs }) => sentNs / MS);
}
