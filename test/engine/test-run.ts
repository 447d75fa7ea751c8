import {
  type CallClock,
  type Ns,
  NS_PER_SEC,
  type Outcome,
  type SparseHistogram,
} from '../../src/core/index.ts';
import type { ArrivalProcess, ReadyPhase, Scenario } from '../../src/scenario/index.ts';
import {
  type ModelledDriver,
  VirtualRun,
  type VirtualRunOptions,
} from '../../src/simulate/index.ts';
import { SliceNumbers } from './slice-numbers.ts';
import { testPhase, testScenario, testStep, testTarget } from './test-scenario.ts';

export interface TestRunOptions extends Omit<VirtualRunOptions, 'scenario'> {
  /** In place of the one that the options below make. */
  readonly scenario?: Scenario;
  readonly ratePerSec?: number;
  readonly durationNs?: Ns;
  readonly process?: ArrivalProcess;
  readonly seed?: number;
  /** Targets of the flow's steps, in order; one step against `a` where it is not given. */
  readonly steps?: readonly string[];
  /** The whole load, in place of the phases that `ratePerSec` and `durationNs` make. */
  readonly load?: readonly ReadyPhase[];
  /** More phases of the same load, after the first. */
  readonly phases?: number;
}

/** A virtual run of a small scenario, with its numbers at hand. */
export class TestRun extends VirtualRun {
  readonly #numbers = new SliceNumbers(this.slices);

  constructor(options: TestRunOptions = {}) {
    super({ ...options, scenario: options.scenario ?? scenarioOf(options) });
  }

  override driver(name = 'a', endpoint = 0): ModelledDriver {
    return super.driver(name, endpoint);
  }

  counter(name: string): number {
    return this.#numbers.counter(name);
  }

  histogram(clock: CallClock, outcomes?: readonly Outcome[]): SparseHistogram {
    return this.#numbers.histogram(clock, outcomes);
  }
}

function scenarioOf(options: TestRunOptions): Scenario {
  const { ratePerSec = 1, durationNs = NS_PER_SEC, process = 'constant', steps = ['a'] } = options;
  const phases = Array.from({ length: options.phases ?? 1 }, (_, i) =>
    testPhase(`phase ${i}`, { ratePerSec, durationNs, process }),
  );
  return testScenario({
    seed: options.seed ?? 1,
    load: options.load ?? phases,
    flows: [
      {
        name: 'flow',
        steps: steps.map((target, i) => testStep({ name: `step ${i}`, target })),
      },
    ],
    targets: ['a', 'b', 'not called'].map((name) => testTarget({ name })),
  });
}
