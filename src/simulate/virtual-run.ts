import {
  type Clock,
  invariant,
  type Ns,
  NS_PER_SEC,
  rngFrom,
  VirtualClock,
} from '../core/index.ts';
import {
  Engine,
  type EngineParts,
  type EngineResult,
  type LiveCall,
  recordedNames,
  runPlan,
  timerPacer,
} from '../engine/index.ts';
import { compileFlows, type Hooks } from '../flow/index.ts';
import { Recorder, type RecorderOptions, type RecordSlice } from '../record/index.ts';
import { asReady, type ReadyScenario, type Scenario, type TargetSpec } from '../scenario/index.ts';
import { scheduleOf, type Shard, UNSPLIT } from '../schedule/index.ts';
import { type Answer, ModelledDriver } from './modelled-driver.ts';

export interface VirtualRunOptions {
  /**
   * Its seed, load, flows and targets; connections and the engine's bounds are the options below.
   */
  readonly scenario: Scenario;
  readonly hooks?: Hooks;
  /** Most calls under way at one endpoint, of all targets or of each; absent: no bound. */
  readonly connections?: number | ((target: TargetSpec) => number);
  /** Whether drivers keep what they were to send; absent: yes. */
  readonly keepsStarted?: boolean;
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
  /** How an endpoint answers when it is checked; absent: ok, at once. */
  readonly checkAnswer?: (target: string, endpoint: number, sentNs: Ns) => Answer;
  /** Hears of every second once it has ended. */
  readonly onSlice?: (slice: RecordSlice) => void;
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

function driverName(target: string, endpoint: number): string {
  return endpoint === 0 ? target : `${target} ${endpoint}`;
}

function checkAnswer(
  { checkAnswer: answer }: VirtualRunOptions,
  target: string,
  endpoint: number,
): (call: LiveCall, sentNs: Ns) => Answer {
  return (_call, sentNs) => answer?.(target, endpoint, sentNs) ?? { atNs: sentNs };
}

/** More than any run has at once. */
const UNBOUNDED = 1_000_000;
/** How long a run may last past the end of its schedule, and of what it leaves calls to finish. */
const OVERTIME_NS: Ns = 30 * NS_PER_SEC;

/**
 * One run on a virtual clock against modelled targets: schedule, engine, flows and recorder are
 * those of a real run; sockets, threads and waiting are left out. The same scenario, seed and
 * answers give the same run to the last bit.
 */
export class VirtualRun {
  readonly clock = new VirtualClock();
  /** By the name of the target, and the number of an endpoint behind it from the second on. */
  readonly drivers = new Map<string, ModelledDriver>();
  readonly slices: RecordSlice[] = [];
  readonly engine: Engine;
  /** Why hooks failed, in their order. */
  readonly hookFailures: string[] = [];
  /** Undefined until the run is over. */
  result: EngineResult | undefined;
  readonly #latestNs: Ns;

  constructor(options: VirtualRunOptions) {
    const scenario = modelled(options.scenario);
    const { hooks, connections = UNBOUNDED, keepsStarted, saturatorFor } = options;
    const gracefulStopNs = options.gracefulStopNs ?? 30 * NS_PER_SEC;
    const answer = options.answer ?? ((_call, sentNs): Answer => ({ atNs: sentNs }));
    const flows = compileFlows(scenario, hooks ? { hooks } : {});
    const plan = runPlan(scenario, flows);
    const schedule = scheduleOf(scenario);
    this.#latestNs = schedule.durationNs + gracefulStopNs + OVERTIME_NS;
    const clock = options.generatorClock?.(this.clock) ?? this.clock;
    const recorder = new Recorder({
      seed: scenario.seed,
      ...recordedNames(plan),
      keep: options.keep ?? { headRatio: 0, errors: false, slowRatio: 0 },
    });
    this.engine = new Engine({
      clock,
      pacer: timerPacer(clock),
      schedule,
      shard: options.shard ?? UNSPLIT,
      firstSeq: options.firstSeq ?? 0,
      plan,
      recorder,
      driverFor: (target, events, { endpoint, isCheck }) => {
        const answers = isCheck === true ? checkAnswer(options, target.name, endpoint) : answer;
        const most = typeof connections === 'number' ? connections : connections(target);
        const driver = new ModelledDriver(clock, events, most, answers, keepsStarted);
        if (isCheck !== true) this.drivers.set(driverName(target.name, endpoint), driver);
        return driver;
      },
      rngFor: (purpose) => rngFrom(scenario.seed, `${purpose} ${options.shard?.index ?? 0}`),
      newScope: () => flows.newScope(),
      onHookFailure: (error) => this.hookFailures.push(error),
      ...(saturatorFor && { saturatorFor: saturatorFor(clock) }),
      maxInFlight: options.maxInFlight ?? UNBOUNDED,
      gracefulStopNs,
      onSecond: (second) => {
        const slice = recorder.takeSlice(second);
        this.slices.push(slice);
        options.onSlice?.(slice);
      },
    });
    void this.engine.ended.then((result) => {
      this.result = result;
    });
  }

  driver(name: string, endpoint = 0): ModelledDriver {
    const driver = this.drivers.get(driverName(name, endpoint));
    invariant(driver, `there is a target ${name}`);
    return driver;
  }

  /** Begins, and lets the time pass until the run is over. */
  async whole(): Promise<EngineResult> {
    this.engine.begin();
    this.clock.advance(this.#latestNs);
    return this.engine.ended;
  }
}
