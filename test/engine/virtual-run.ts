import {
  type CallClock,
  type Clock,
  invariant,
  type Ns,
  NS_PER_SEC,
  type Outcome,
  type SparseHistogram,
  VirtualClock,
  mergeSparse,
} from '../../src/core/index.ts';
import {
  Engine,
  type EngineParts,
  type EngineResult,
  type LiveCall,
  runPlan,
  timerPacer,
} from '../../src/engine/index.ts';
import { compileFlows, type Hooks } from '../../src/flow/index.ts';
import { Recorder, type RecordSlice } from '../../src/record/index.ts';
import type { ArrivalProcess, FlowSpec, PhaseSpec, Scenario } from '../../src/scenario/index.ts';
import { scheduleOf, type Shard, UNSPLIT } from '../../src/schedule/index.ts';
import { type Answer, ModelledDriver } from './modelled-driver.ts';

export interface VirtualRunOptions {
  readonly ratePerSec?: number;
  readonly durationNs?: Ns;
  readonly process?: ArrivalProcess;
  readonly seed?: number;
  readonly connections?: number;
  readonly maxInFlight?: number;
  readonly gracefulStopNs?: Ns;
  /** Targets of the flow's steps, in order; one step against `a` where it is not given. */
  readonly steps?: readonly string[];
  /** Whose flows are compiled and made: its seed, load, flows and targets, in place of those here. */
  readonly scenario?: Scenario;
  readonly hooks?: Hooks;
  /** The whole load, in place of the phases that `ratePerSec` and `durationNs` make. */
  readonly load?: readonly PhaseSpec[];
  /** What makes the calls of saturated phases. */
  readonly saturatorFor?: (clock: Clock) => NonNullable<EngineParts['saturatorFor']>;
  /** More phases of the same load, after the first. */
  readonly phases?: number;
  /** Which of the arrivals are sent; all where it is not given. */
  readonly shard?: Shard;
  /** Makes of the run's clock the one by which the generator is woken, also to read answers. */
  readonly generatorClock?: (clock: Clock) => Clock;
  /** How the server answers; at once and ok where it is not given. */
  readonly answer?: (call: LiveCall, sentNs: Ns) => Answer;
}

/** The engine on a virtual clock against modelled targets, with all that it handed out. */
export class VirtualRun {
  readonly clock = new VirtualClock();
  readonly drivers = new Map<string, ModelledDriver>();
  readonly slices: RecordSlice[] = [];
  readonly engine: Engine;
  /** Why hooks failed, in their order. */
  readonly hookFailures: string[] = [];
  result: EngineResult | undefined;
  readonly #durationNs: Ns;

  constructor(options: VirtualRunOptions) {
    const scenario = options.scenario ?? virtualScenario(options);
    const flows =
      options.scenario &&
      compileFlows(options.scenario, options.hooks ? { hooks: options.hooks } : {});
    const plan = runPlan(scenario, flows);
    const schedule = scheduleOf(scenario);
    this.#durationNs = schedule.durationNs;
    const clock = options.generatorClock?.(this.clock) ?? this.clock;
    this.engine = new Engine({
      clock,
      pacer: timerPacer(clock),
      schedule,
      shard: options.shard ?? UNSPLIT,
      plan,
      recorder: new Recorder({
        seed: scenario.seed,
        phases: plan.phases,
        targets: plan.targets.map((target) => target.name),
        steps: plan.steps.map(({ spec }) => spec),
        keep: { headRatio: 0, errors: false, slowRatio: 0 },
      }),
      driverFor: (target, events) => {
        const answer = options.answer ?? ((_call, sentNs): Answer => ({ atNs: sentNs }));
        const connections = options.connections ?? 1_000_000;
        const driver = new ModelledDriver(clock, events, connections, answer);
        this.drivers.set(target.name, driver);
        return driver;
      },
      ...(flows && { newScope: () => flows.newScope() }),
      onHookFailure: (error) => this.hookFailures.push(error),
      ...(options.saturatorFor && { saturatorFor: options.saturatorFor(clock) }),
      maxInFlight: options.maxInFlight ?? 1_000_000,
      gracefulStopNs: options.gracefulStopNs ?? 30 * NS_PER_SEC,
      onSlice: (slice) => this.slices.push(slice),
    });
    void this.engine.ended.then((result) => {
      this.result = result;
    });
  }

  driver(name = 'a'): ModelledDriver {
    const driver = this.drivers.get(name);
    invariant(driver, `there is a target ${name}`);
    return driver;
  }

  /** Begins, and lets the time pass until the run is over. */
  async whole(): Promise<EngineResult> {
    this.engine.begin();
    this.clock.advance(this.#durationNs + 60 * NS_PER_SEC);
    return this.engine.ended;
  }

  /** Returns a counter, added up over all seconds, phases and steps. */
  counter(name: string): number {
    const counters = this.slices.flatMap((slice) => slice.counters);
    return counters.filter((c) => c.counter === name).reduce((sum, c) => sum + c.value, 0);
  }

  /** Returns the values of one clock over all seconds, steps and phases. */
  histogram(clock: CallClock, outcomes: readonly Outcome[] = ['ok']): SparseHistogram {
    return this.slices
      .flatMap((slice) => slice.histograms)
      .filter((h) => h.clock === clock && outcomes.includes(h.outcome))
      .reduce<SparseHistogram>(mergeSparse, { valueNs: [], count: [] });
  }
}

export function total(histogram: SparseHistogram): number {
  return histogram.count.reduce((sum, count) => sum + count, 0);
}

export function mean(histogram: SparseHistogram): Ns {
  const sum = histogram.valueNs.reduce((s, value, i) => s + value * (histogram.count[i] ?? 0), 0);
  return sum / total(histogram);
}

export function quantile(histogram: SparseHistogram, ratio: number): Ns {
  const rank = Math.max(1, Math.ceil(ratio * total(histogram)));
  let seen = 0;
  const index = histogram.count.findIndex((count) => (seen += count) >= rank);
  return histogram.valueNs[index] ?? 0;
}

function virtualScenario(options: VirtualRunOptions): {
  seed: number;
  load: readonly PhaseSpec[];
  flows: FlowSpec[];
  targets: { name: string; url: string; connections: number; connectTimeoutNs: Ns }[];
} {
  const { ratePerSec = 1, durationNs = NS_PER_SEC, steps = ['a'] } = options;
  const pieces = [{ fromPerSec: ratePerSec, toPerSec: ratePerSec, durationNs }];
  return {
    seed: options.seed ?? 1,
    load:
      options.load ??
      Array.from({ length: options.phases ?? 1 }, (_, i) => ({
        name: `phase ${i}`,
        flow: 'flow',
        arrivals: { process: options.process ?? 'constant', pieces },
        durationNs,
        measure: true,
      })),
    flows: [
      {
        name: 'flow',
        steps: steps.map((target, i) => ({
          name: `step ${i}`,
          target,
          timeoutNs: NS_PER_SEC,
          http: { method: 'GET', path: '/', headers: [], body: '' },
          okStatuses: [],
        })),
      },
    ],
    targets: ['a', 'b', 'not called'].map((name) => ({
      name,
      url: 'http://modelled',
      connections: 1,
      connectTimeoutNs: NS_PER_SEC,
    })),
  };
}
