import {
  type Clock,
  formatDuration,
  type Ms,
  type Ns,
  NS_PER_SEC,
  type Outcome,
  rngFrom,
  statusText,
} from '../core/index.ts';
import {
  Engine,
  type EngineParts,
  recordedNames,
  type RunPlan,
  runPlan,
  timerPacer,
} from '../engine/index.ts';
import type { CompiledFlow, Scope } from '../flow/index.ts';
import { type BesideLoad, type KeptCall, Recorder } from '../record/index.ts';
import type { FlowSpec, ReadyScenario } from '../scenario/index.ts';
import { scheduleOf, UNSPLIT } from '../schedule/index.ts';

/** The longest that a setup or a teardown may take as a whole. */
export const SETUP_TEARDOWN_NS_MAX = 300 * NS_PER_SEC;

/** The most calls of a setup or a teardown whose spans are stored. */
const CALLS_KEPT_MAX = 10_000;

/**
 * Returns what makes the drivers of a plan, for calls that are timed by a clock. The numbers of
 * their ids begin at `firstSeq`.
 */
export type DriversFor = (
  plan: RunPlan,
  clock: Clock,
  firstSeq: number,
) => EngineParts['driverFor'];

/** Calls of a setup or a teardown that are over. */
export interface CallsBesideLoad {
  /** By the numbers of the run; instants in ns since `originEpochMs`. */
  readonly calls: readonly KeptCall[];
  readonly originEpochMs: Ms;
  /** Further calls, which found no room. */
  readonly dropped: number;
}

export interface SingleFlowParts {
  readonly scenario: ReadyScenario;
  readonly spec: FlowSpec;
  readonly kind: BesideLoad;
  /** Added to the numbers of its arrival and its calls. */
  readonly firstSeq: number;
  readonly flow: CompiledFlow;
  /** What the flow captures goes into it. */
  readonly scope: Scope;
  /** Its origin is the start of the flow. */
  readonly clock: Clock;
  readonly driversFor: DriversFor;
  /** How long it may take; then it is cancelled, and has failed. */
  readonly maxNs: Ns;
  /** Called with its calls, second by second. */
  readonly onCalls: (calls: CallsBesideLoad) => void;
}

/** A flow that runs once, beside the load. */
export interface SingleFlowRun {
  /** Ends it; a call under way is cancelled. */
  stop(): void;
  /** Resolves to '' where every call and hook went well, else to why not: `login: status 500`. */
  readonly ended: Promise<string>;
}

/**
 * Runs a flow once, as one iteration of one user, with its own engine, connections and recorder:
 * its calls are in no result.
 */
export function runSingleFlow({
  scenario,
  spec,
  kind,
  firstSeq,
  flow,
  scope,
  clock,
  driversFor,
  maxNs,
  onCalls,
}: SingleFlowParts): SingleFlowRun {
  const load = [
    {
      name: spec.name,
      flow: spec.name,
      users: { count: 1, iterations: 1, think: { minNs: 0, maxNs: 0 } },
      durationNs: maxNs,
      measure: false,
    },
  ];
  const plan = runPlan({ targets: scenario.targets, flows: [spec], load }, { flows: [flow] });
  let failure = '';
  const failed = (reason: string): void => {
    if (failure === '') failure = reason;
  };
  let room = CALLS_KEPT_MAX;
  const recorder = new Recorder({
    seed: scenario.seed,
    ...recordedNames(plan),
    keep: { headRatio: 1, errors: true, slowRatio: 0 },
  });
  const engine = new Engine({
    clock,
    pacer: timerPacer(clock),
    plan,
    schedule: scheduleOf({ seed: scenario.seed, load }),
    shard: UNSPLIT,
    recorder,
    driverFor: driversFor(plan, clock, firstSeq),
    rngFor: (purpose) => rngFrom(scenario.seed, `${purpose} of ${spec.name}`),
    newScope: () => scope,
    onHookFailure: failed,
    maxInFlight: 1,
    gracefulStopNs: 0,
    onSecond: (second) => {
      const { kept, counters } = recorder.takeSlice(second);
      // An attempt that failed is none of a call that another attempt, or its policy, has answered.
      const failures = kept.filter(
        ({ outcome, callOutcome = outcome }) => !isAnswered(callOutcome),
      );
      for (const call of failures) failed(failureText(call, spec));
      const calls = kept.slice(0, room).map((call) => ({
        ...call,
        ...{ seq: call.seq + firstSeq, spanSeq: call.spanSeq + firstSeq },
        ...{ phase: '', kept: kind },
      }));
      room -= calls.length;
      const unkept = counters.filter(({ counter }) => counter === 'dropped_spans');
      const dropped = unkept.reduce((sum, { value }) => sum + value, kept.length - calls.length);
      if (kept.length + dropped > 0)
        onCalls({ calls, originEpochMs: clock.originEpochMs, dropped });
    },
  });
  engine.begin();
  return {
    stop: () => engine.stop(0),
    ended: engine.ended.then(({ stopped, endedNs }) => {
      if (!stopped && endedNs >= maxNs) return `not over within ${formatDuration(maxNs)}`;
      return stopped && failure === '' ? 'cancelled' : failure;
    }),
  };
}

function isAnswered(outcome: Outcome): boolean {
  return outcome === 'ok' || outcome === 'fallback';
}

function failureText({ step, outcome, status, error }: KeptCall, { steps }: FlowSpec): string {
  const names = steps.find(({ name }) => name === step)?.statusNames;
  if (outcome === 'status') return `${step}: status ${statusText(status, names)}`;
  return `${step}: ${error === '' ? outcome : error}`;
}
