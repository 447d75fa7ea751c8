import { invariant } from '../core/index.ts';
import type { CompiledFlow, CompiledFlows } from '../flow/index.ts';
import type {
  FlowSpec,
  ReplayedRequest,
  Scenario,
  StepSpec,
  TargetSpec,
} from '../scenario/index.ts';

/** One step of one flow, under the number by which calls know it. */
export interface PlannedStep {
  readonly spec: StepSpec;
  /** An index into the plan's targets. */
  readonly targetIndex: number;
}

/** A flow's stretch of the plan's steps. */
export interface PlannedFlow {
  readonly firstStep: number;
  readonly lastStep: number;
  /** Undefined where the steps follow one another, each always the same: then they need no program. */
  readonly compiled: CompiledFlow | undefined;
}

/** A scenario's load in numbers, so that a call carries indices and the hot path looks up no name. */
export interface RunPlan {
  readonly phases: readonly string[];
  /** The flow of each phase. */
  readonly flows: readonly PlannedFlow[];
  /** Of each phase that repeats recorded requests, those; undefined for any other. */
  readonly replayed: readonly (readonly ReplayedRequest[] | undefined)[];
  /** The targets that steps call, without those that none calls. */
  readonly targets: readonly TargetSpec[];
  /** The steps of all flows, flow after flow. */
  readonly steps: readonly PlannedStep[];
  /**
   * Most calls of one iteration. Call k of arrival `seq` is number seq * callsMax + k of the run: unique,
   * and the same however calls of different arrivals interleave.
   */
  readonly callsMax: number;
}

/** Returns the plan of a scenario; without `compiled`, its flows are taken for steps in a row. */
export function runPlan(
  scenario: Pick<Scenario, 'targets' | 'flows' | 'load'>,
  compiled?: Pick<CompiledFlows, 'flows'>,
): RunPlan {
  const called = new Set(scenario.flows.flatMap((flow) => flow.steps.map((step) => step.target)));
  const targets = scenario.targets.filter((target) => called.has(target.name));
  const steps: PlannedStep[] = [];
  const flows = new Map<string, PlannedFlow>();
  for (const [index, flow] of scenario.flows.entries()) {
    const program = compiled?.flows[index];
    flows.set(flow.name, {
      firstStep: steps.length,
      lastStep: steps.length + flow.steps.length - 1,
      compiled: program?.isPlain === false ? program : undefined,
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
      ...(compiled?.flows ?? []).map((flow) => flow.callsMax),
    ),
  };
}

function targetOf(step: StepSpec, targets: readonly TargetSpec[]): number {
  const index = targets.findIndex((target) => target.name === step.target);
  invariant(index >= 0, `the target '${step.target}' of step '${step.name}' exists`);
  return index;
}

function flowOf(name: string, flows: ReadonlyMap<string, PlannedFlow>): PlannedFlow {
  const flow = flows.get(name);
  invariant(flow !== undefined, `the flow '${name}' exists`);
  return flow;
}
