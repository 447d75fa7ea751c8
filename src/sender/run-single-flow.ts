import { type Clock, formatDuration, type Ns, NS_PER_SEC, statusText } from '../core/index.ts';
import { Engine, type EngineParts, type RunPlan, runPlan, timerPacer } from '../engine/index.ts';
import type { CompiledFlow, Scope } from '../flow/index.ts';
import { type KeptCall, Recorder } from '../record/index.ts';
import type { FlowSpec, ReadyScenario } from '../scenario/index.ts';
import { scheduleOf, UNSPLIT } from '../schedule/index.ts';

/** The longest that a setup or a teardown may take as a whole. */
export const SETUP_TEARDOWN_NS_MAX = 300 * NS_PER_SEC;

/** Returns what makes the drivers of a plan, for calls that are timed by a clock. */
export type DriversFor = (plan: RunPlan, clock: Clock) => EngineParts['driverFor'];

export interface SingleFlowParts {
  readonly scenario: ReadyScenario;
  readonly spec: FlowSpec;
  readonly flow: CompiledFlow;
  /** What the flow captures goes into it. */
  readonly scope: Scope;
  /** Its origin is the start of the flow. */
  readonly clock: Clock;
  readonly driversFor: DriversFor;
  /** How long it may take; then it is cancelled, and has failed. */
  readonly maxNs: Ns;
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
  flow,
  scope,
  clock,
  driversFor,
  maxNs,
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
  const engine = new Engine({
    clock,
    pacer: timerPacer(clock),
    plan,
    schedule: scheduleOf({ seed: scenario.seed, load }),
    shard: UNSPLIT,
    recorder: new Recorder({
      seed: scenario.seed,
      phases: plan.phases,
      targets: plan.targets.map((target) => target.name),
      steps: plan.steps.map(({ spec: step }) => step),
      keep: { headRatio: 0, errors: true, slowRatio: 0 },
    }),
    driverFor: driversFor(plan, clock),
    newScope: () => scope,
    onHookFailure: failed,
    maxInFlight: 1,
    gracefulStopNs: 0,
    onSlice: ({ kept }) => {
      for (const call of kept) failed(failureText(call, spec));
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

function failureText({ step, outcome, status, error }: KeptCall, { steps }: FlowSpec): string {
  const names = steps.find(({ name }) => name === step)?.statusNames;
  if (outcome === 'status') return `${step}: status ${statusText(status, names)}`;
  return `${step}: ${error === '' ? outcome : error}`;
}
