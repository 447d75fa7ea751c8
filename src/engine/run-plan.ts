import { invariant } from '../core/index.ts';
import type { CompiledFlow, CompiledFlows } from '../flow/index.ts';
import type {
  FlowSpec,
  ReadyScenario,
  ReadyTarget,
  ReplayedRequest,
  StepSpec,
} from '../scenario/index.ts';

/** One step of one flow, under the number by which calls know it. */
export interface PlannedStep {
  readonly spec: StepSpec;
  /** An index into the plan's targets. */
  readonly targetIndex: number;
}

/** A flow, and where its steps are among those of the plan. */
export interface PlannedFlow {
  readonly firstStep: number;
  readonly compiled: CompiledFlow;
}

/**
 * A scenario's load in numbers, so that a call carries indices and the hot path looks up no name.
 */
export interface RunPlan {
  readonly phases: readonly string[];
  /** The flow of each phase. */
  readonly flows: readonly PlannedFlow[];
  /** Of each phase that repeats recorded requests, those; undefined for any other. */
  readonly replayed: readonly (readonly ReplayedRequest[] | undefined)[];
  /** The targets that steps call, without those that none calls. */
  readonly targets: readonly ReadyTarget[];
  /** The steps of all flows, flow after flow. */
  readonly steps: readonly PlannedStep[];
  /**
   * Most calls of one iteration, and most attempts of one call. Call k of arrival `seq` is number c
   * = seq * callsMax + k of the run, and its attempt a, from 1, number c * attemptsMax + a - 1:
   * unique, and the same however the calls of different arrivals interleave.
   */
  readonly callsMax: number;
  readonly attemptsMax: number;
  /** Whose cookies are kept together; undefined where none are. */
  readonly cookies: ReadyScenario['cookies'];
  /** Whether iterations are told which user makes them: for its cookies, or its row of a feeder. */
  readonly knowsUsers: boolean;
}

/** Returns the plan of a scenario and its flows, compiled in their order. */
export function runPlan(
  scenario: Pick<ReadyScenario, 'targets' | 'flows' | 'load' | 'cookies' | 'feeders'>,
  compiled: Pick<CompiledFlows, 'flows'>,
): RunPlan {
  const called = new Set(scenario.flows.flatMap((flow) => flow.steps.map((step) => step.target)));
  const targets = scenario.targets.filter((target) => called.has(target.name));
  const steps: PlannedStep[] = [];
  const flows = new Map<string, PlannedFlow>();
  for (const [index, flow] of scenario.flows.entries()) {
    const program = compiled.flows[index];
    invariant(program !== undefined, `the flow '${flow.name}' is compiled`);
    flows.set(flow.name, {
      firstStep: steps.length,
      compiled: program,
    });
    for (const spec of flow.steps) steps.push({ spec, targetIndex: targetOf(spec, targets) });
  }
  return {
    phases: scenario.load.map((phase) => phase.name),
    flows: scenario.load.map((phase) => flowOf(phase.flow, flows)),
    replayed: scenario.load.map((phase) => phase.replay?.requests),
    targets,
    steps,
    callsMax: Math.max(
      1,
      ...scenario.flows.map((flow: FlowSpec) => flow.steps.length),
      ...compiled.flows.map((flow) => flow.callsMax),
    ),
    attemptsMax: 1,
    cookies: scenario.cookies,
    knowsUsers:
      scenario.cookies === 'user' || (scenario.feeders ?? []).some(({ per }) => per === 'user'),
  };
}

function targetOf(step: StepSpec, targets: readonly ReadyTarget[]): number {
  const index = targets.findIndex((target) => target.name === step.target);
  invariant(index >= 0, `the target '${step.target}' of step '${step.name}' exists`);
  return index;
}

function flowOf(name: string, flows: ReadonlyMap<string, PlannedFlow>): PlannedFlow {
  const flow = flows.get(name);
  invariant(flow !== undefined, `the flow '${name}' exists`);
  return flow;
}
