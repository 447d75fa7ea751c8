import { type Clock, invariant, type Ns, NS_PER_SEC, VirtualClock } from '../core/index.ts';
import {
  Engine,
  type EngineParts,
  type EngineResult,
  type LiveCall,
  runPlan,
  timerPacer,
} from '../engine/index.ts';
import { compileFlows, type Hooks } from '../flow/index.ts';
import { Recorder, type RecorderOptions, type RecordSlice } from '../record/index.ts';
import { asReady, type ReadyScenario, type Scenario } from '../scenario/index.ts';
import { scheduleOf, type Shard, UNSPLIT } from '../schedule/index.ts';
import { type Answer, ModelledDriver } from './modelled-driver.ts';

export interface VirtualRunOptions {
  /**
   * Its seed, load, flows and targets; connections and the engine's bounds are the options below.
   */
  readonly scenario: Scenario;
  readonly hooks?: Hooks;
  /** Most calls under way at one target; absent: no bound. */
  readonly connections?: number;
  /** Absent: no bound. */
  readonly maxInFlight?: number;
  /** Absent: 30 s. */
  readonly gracefulStopNs?: Ns;
  /** Which of the arrivals are sent; absent: all. */
  readonly shard?: Shard;
  /** The number of the first arrival; absent: 0. */
  readonly firstSeq?: number;
  /** Which calls are kept; absent: none. */
  readonly keep?: RecorderOptions['keep'];
  /** How a target answers; absent: ok, at once. */
  readonly answer?: (call: LiveCall, sentNs: Ns) => Answer;
  /** Makes the calls of saturated phases. */
  readonly saturatorFor?: (clock: Clock) => NonNullable<EngineParts['saturatorFor']>;
  /** Returns the clock by which the generator is woken, also to read answers; absent: the run's. */
  readonly generatorClock?: (clock: Clock) => Clock;
}

/**
 * Modelled targets are not dialled: they need neither certificates nor schemas. Nor are faults
 * made.
 */
function modelled(scenario: Scenario): ReadyScenario {
  const targets = scenario.targets.map(({ tls: _tls, grpc: _grpc, ...target }) => target);
  return asReady({ ...scenario, targets, faults: [] });
}

/** More than any run has at once. */
const UNBOUNDED = 1_000_000;
/** How long a run may last past the end of its schedule. */
const OVERTIME_NS: Ns = 60 * NS_PER_SEC;

/**
 * One run on a virtual clock against modelled targets: schedule, engine, flows and recorder are
 * those of a real run; sockets, threads and waiting are left out. The same scenario, seed and
 * answers give the same run to the last bit.
 */
export class VirtualRun {
  readonly clock = new VirtualClock();
  /** By the name of the target. */
  readonly drivers = new Map<string, ModelledDriver>();
  readonly slices: RecordSlice[] = [];
  readonly engine: Engine;
  /** Why hooks failed, in their order. */
  readonly hookFailures: string[] = [];
  /** Undefined until the run is over. */
  result: EngineResult | undefined;
  readonly #durationNs: Ns;

  constructor(options: VirtualRunOptions) {
    const scenario = modelled(options.scenario);
    const { hooks, connections = UNBOUNDED, saturatorFor } = options;
    const answer = options.answer ?? ((_call, sentNs): Answer => ({ atNs: sentNs }));
    const flows = compileFlows(scenario, hooks ? { hooks } : {});
    const plan = runPlan(scenario, flows);
    const schedule = scheduleOf(scenario);
    this.#durationNs = schedule.durationNs;
    const clock = options.generatorClock?.(this.clock) ?? this.clock;
    this.engine = new Engine({
      clock,
      pacer: timerPacer(clock),
      schedule,
      shard: options.shard ?? UNSPLIT,
      firstSeq: options.firstSeq ?? 0,
      plan,
      recorder: new Recorder({
        seed: scenario.seed,
        phases: plan.phases,
        targets: plan.targets.map((target) => target.name),
        steps: plan.steps.map(({ spec }) => spec),
        keep: options.keep ?? { headRatio: 0, errors: false, slowRatio: 0 },
      }),
      driverFor: (target, events) => {
        const driver = new ModelledDriver(clock, events, connections, answer);
        this.drivers.set(target.name, driver);
        return driver;
      },
      newScope: () => flows.newScope(),
      onHookFailure: (error) => this.hookFailures.push(error),
      ...(saturatorFor && { saturatorFor: saturatorFor(clock) }),
      maxInFlight: options.maxInFlight ?? UNBOUNDED,
      gracefulStopNs: options.gracefulStopNs ?? 30 * NS_PER_SEC,
      onSlice: (slice) => this.slices.push(slice),
    });
    void this.engine.ended.then((result) => {
      this.result = result;
    });
  }

  driver(name: string): ModelledDriver {
    const driver = this.drivers.get(name);
    invariant(driver, `there is a target ${name}`);
    return driver;
  }

  /** Begins, and lets the time pass until the run is over. */
  async whole(): Promise<EngineResult> {
    this.engine.begin();
    this.clock.advance(this.#durationNs + OVERTIME_NS);
    return this.engine.ended;
  }
}
