import { invariant, socketPathOf } from '../core/index.ts';
import type { CompiledFlow, CompiledFlows } from '../flow/index.ts';
import type { RecorderOptions } from '../record/index.ts';
import type { PolicySpec } from '../resilience/index.ts';
import { SIDE_B, type Side } from '../schedule/index.ts';
import type { ReadyScenario, ReadyTarget, ReplayedRequest, StepSpec } from '../scenario/index.ts';

/** One step of one flow, under the number by which calls know it. */
export interface PlannedStep {
  readonly spec: StepSpec;
  /** An index into the plan's targets. */
  readonly targetIndex: number;
  /** The first endpoint of that, an index into the plan's. */
  readonly endpointIndex: number;
  /** What is done about its calls; undefined where each of them is simply sent. */
  readonly policy: PolicySpec | undefined;
}

/** One address of a target. */
export interface PlannedEndpoint {
  /** The target, with the url of the endpoint as its own. */
  readonly target: ReadyTarget;
  readonly targetIndex: number;
  /** Among those of its target, from 0. */
  readonly number: number;
  /** `10.0.0.7:8080`, or the path of a Unix socket. */
  readonly name: string;
}

/** A flow, and where its steps are among those of the plan. */
export interface PlannedFlow {
  readonly firstStep: number;
  readonly compiled: CompiledFlow;
  /**
   * Whether its steps only follow one another, each always the same, and none asks for its user.
   */
  readonly isPlain: boolean;
}

/**
 * A scenario's load in numbers, so that a call carries indices and the hot path looks up no name.
 */
export interface RunPlan {
  readonly phases: readonly string[];
  /** The flow of each phase; of one in which two versions take turns, A's. */
  readonly flows: readonly PlannedFlow[];
  /** B's; undefined for a phase in which none take turns. */
  readonly flowsOfB: readonly (PlannedFlow | undefined)[];
  /** Of each phase that repeats recorded requests, those; undefined for any other. */
  readonly replayed: readonly (readonly ReplayedRequest[] | undefined)[];
  /** The targets that steps call, without those that none calls. */
  readonly targets: readonly ReadyTarget[];
  /** Those of all targets, one target after another. */
  readonly endpoints: readonly PlannedEndpoint[];
  /** The steps of all flows, flow after flow. */
  readonly steps: readonly PlannedStep[];
  /** What endpoints are asked that are checked: steps of no flow, numbered on from the others. */
  readonly checks: readonly PlannedStep[];
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
  const endpoints = targets.flatMap(endpointsOf);
  const steps: PlannedStep[] = [];
  const flows = new Map<string, PlannedFlow>();
  for (const [index, flow] of scenario.flows.entries()) {
    const program = compiled.flows[index];
    invariant(program !== undefined, `the flow '${flow.name}' is compiled`);
    flows.set(flow.name, {
      firstStep: steps.length,
      compiled: program,
      isPlain: program.isPlain && !flow.steps.some((step) => knowsUser(step, targets)),
    });
    for (const spec of flow.steps) steps.push(plannedStep(spec, targets, endpoints));
  }
  return {
    phases: scenario.load.map((phase) => phase.name),
    flows: scenario.load.map((phase) => flowNamed(phase.flow, flows)),
    flowsOfB: scenario.load.map(({ flowOfB }) =>
      flowOfB === undefined ? undefined : flowNamed(flowOfB, flows),
    ),
    replayed: scenario.load.map((phase) => phase.replay?.requests),
    targets,
    endpoints,
    steps,
    checks: targets.flatMap((target, targetIndex) => checksOf(target, targetIndex, endpoints)),
    callsMax: Math.max(
      1,
      ...scenario.flows.map((flow) => flow.steps.length),
      ...compiled.flows.map((flow) => flow.callsMax),
    ),
    attemptsMax: Math.max(1, ...steps.map(({ policy }) => attemptsOf(policy))),
    cookies: scenario.cookies,
    knowsUsers:
      scenario.cookies === 'user' ||
      (scenario.feeders ?? []).some(({ per }) => per === 'user') ||
      scenario.flows.some((flow) => flow.steps.some((step) => knowsUser(step, targets))),
  };
}

/** Returns the flow of an arrival of a phase, by whose turn it is. */
export function flowOf(plan: RunPlan, phaseIndex: number, side: Side): PlannedFlow {
  const flow = side === SIDE_B ? plan.flowsOfB[phaseIndex] : plan.flows[phaseIndex];
  invariant(flow !== undefined, 'every phase has a flow');
  return flow;
}

/** Every call to one of several endpoints has a policy: that it goes to one of them. */
const BALANCED: PolicySpec = { name: '' };

function plannedStep(
  spec: StepSpec,
  targets: readonly ReadyTarget[],
  endpoints: readonly PlannedEndpoint[],
): PlannedStep {
  const targetIndex = targetOf(spec, targets);
  const isBalanced = (targets[targetIndex]?.endpoints ?? []).length > 0;
  return {
    spec,
    targetIndex,
    endpointIndex: firstOf(targetIndex, endpoints),
    policy: spec.policy ?? (isBalanced ? BALANCED : undefined),
  };
}

function firstOf(targetIndex: number, endpoints: readonly PlannedEndpoint[]): number {
  return endpoints.findIndex((endpoint) => endpoint.targetIndex === targetIndex);
}

function endpointsOf(target: ReadyTarget, targetIndex: number): readonly PlannedEndpoint[] {
  return [target.url, ...(target.endpoints ?? [])].map((url, number) => ({
    target: number === 0 ? target : { ...target, url },
    targetIndex,
    number,
    name: socketPathOf(url) ?? URL.parse(url)?.host ?? url,
  }));
}

/** Returns the step by which the endpoints of a target are checked; none where they are not. */
function checksOf(
  target: ReadyTarget,
  targetIndex: number,
  endpoints: readonly PlannedEndpoint[],
): readonly PlannedStep[] {
  const active = target.health?.active;
  if (active === undefined) return [];
  const spec: StepSpec = {
    name: `health of ${target.name}`,
    target: target.name,
    timeoutNs: active.timeoutNs,
    call: {
      protocol: 'http',
      method: 'GET',
      request: { path: active.path, headers: [], body: '' },
    },
    okStatuses: [{ from: 200, to: 299 }],
  };
  return [{ spec, targetIndex, endpointIndex: firstOf(targetIndex, endpoints), policy: undefined }];
}

/** Returns how many attempts a call may have. */
function attemptsOf(policy: PolicySpec | undefined): number {
  return (policy?.retry?.attempts ?? 1) + (policy?.hedge === undefined ? 0 : 1);
}

/** Returns whether it matters to the policy of a step which user calls. */
function knowsUser({ policy, target }: StepSpec, targets: readonly ReadyTarget[]): boolean {
  const balance = targets.find(({ name }) => name === target)?.balance;
  return policy?.rateLimit?.by === 'user' || balance?.by === 'source-hash';
}

/** Returns the names by which a recorder knows what a plan has. */
export function recordedNames({
  phases,
  targets,
  endpoints,
  steps,
}: RunPlan): Pick<RecorderOptions, 'phases' | 'targets' | 'steps' | 'endpoints'> {
  return {
    phases,
    targets: targets.map((target) => target.name),
    steps: steps.map(({ spec }) => spec),
    endpoints: steps.map(({ targetIndex }) => {
      const own = endpoints.filter((endpoint) => endpoint.targetIndex === targetIndex);
      return own.length > 1 ? own.map(({ name }) => name) : [];
    }),
  };
}

function targetOf(step: StepSpec, targets: readonly ReadyTarget[]): number {
  const index = targets.findIndex((target) => target.name === step.target);
  invariant(index >= 0, `the target '${step.target}' of step '${step.name}' exists`);
  return index;
}

function flowNamed(name: string, flows: ReadonlyMap<string, PlannedFlow>): PlannedFlow {
  const flow = flows.get(name);
  invariant(flow !== undefined, `the flow '${name}' exists`);
  return flow;
}
