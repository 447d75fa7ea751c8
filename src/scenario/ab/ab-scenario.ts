import { didYouMean, HarnessError } from '../../core/index.ts';
import { deepFreeze } from '../deep-freeze.ts';
import type { FlowSpec, StepSpec } from '../flow-spec.ts';
import { namesText } from '../problem.ts';
import type { ScenarioWithFiles } from '../ready-scenario.ts';
import type { PhaseSpec, Scenario, TargetSpec } from '../scenario.ts';
import { AB_SIDES, sideName, type AbSide, type AbSpec, type AbStep } from './ab-spec.ts';
import { thresholdsOnB } from './thresholds-on-b.ts';
import { withVersions, type AbVersions } from './ab-versions.ts';

/** What is asked of an A/B run of a scenario. */
export interface AbRequest {
  /** The target of which there are two versions; undefined for the only one that is called. */
  readonly target: string | undefined;
  readonly versions: AbVersions;
  /** How the versions are called in reports. */
  readonly texts: AbSpec['versions'];
  readonly limits: AbSpec['limits'];
}

/**
 * Returns the scenario that measures two versions of one of its targets in one run. The target, and
 * each flow that calls it, stand twice in it, under the names of {@link sideName}; a phase of such
 * a flow is one phase still, in which arrivals go to one or the other by their turn. Everything
 * else of the run, the calls that the flow makes to other targets too, is as the scenario has it.
 * Thresholds on what stands twice are on B.
 *
 * @throws USAGE_INVALID for a target or a version that cannot be measured so
 */
export function abScenario(scenario: ScenarioWithFiles, request: AbRequest): ScenarioWithFiles {
  const target = targetOf(scenario, request.target);
  const calling = scenario.flows.filter((flow) => calls(flow, target));
  checkMeasurable(scenario, target, calling);
  const steps = calling.flatMap((flow) => flow.steps.map((step) => abStep(step, target)));
  const { texts, limits } = request;
  const ab: AbSpec = { target: target.name, versions: texts, steps, limits };
  const system = withVersions(scenario, target, request.versions);
  return deepFreeze({
    ...scenario,
    ...system,
    ab,
    flows: scenario.flows.flatMap((flow) =>
      calling.includes(flow) ? AB_SIDES.map((side) => flowOn(flow, target, side)) : [flow],
    ),
    load: scenario.load.map((phase) => inTurns(phase, calling)),
    thresholds: thresholdsOnB(scenario, ab, system.faults),
  });
}

function targetOf(scenario: Scenario, name: string | undefined): TargetSpec {
  const called = new Set(scenario.flows.flatMap(({ steps }) => steps.map((step) => step.target)));
  const candidates = scenario.targets.filter((target) => called.has(target.name));
  const names = candidates.map((target) => target.name);
  const [only] = candidates;
  if (name === undefined && only !== undefined && candidates.length === 1) return only;
  const hint = `Name one of the targets that the flows call: --target ${namesText(names, ' or ')}.`;
  if (name === undefined) {
    throw usageError(`--target is missing: the scenario calls ${names.length} targets`, hint);
  }
  const target = candidates.find((one) => one.name === name);
  if (target !== undefined) return target;
  throw usageError(
    `--target must be a target that a flow calls, got ${name}${didYouMean(name, names)}`,
    hint,
  );
}

function calls({ steps }: FlowSpec, target: TargetSpec): boolean {
  return steps.some((step) => step.target === target.name);
}

function checkMeasurable(
  scenario: Scenario,
  target: TargetSpec,
  calling: readonly FlowSpec[],
): void {
  const { name } = target;
  const phases = scenario.load.filter((phase) => calling.some((flow) => flow.name === phase.flow));
  const odd = scenario.load.find(
    (phase) => phase.capacity !== undefined || (phases.includes(phase) && phase.saturate),
  );
  if (odd !== undefined) {
    const what = odd.capacity ? 'searches for a capacity' : 'saturates its target';
    throw usageError(
      `the phase ${odd.name} ${what}: there are no arrivals that two versions could share`,
      'Give it arrivals, a rate say, or users.',
    );
  }
  const beside = [scenario.setup, scenario.teardown].find((flow) => flow && calls(flow, target));
  if (beside !== undefined) {
    throw usageError(
      `${beside.name} calls ${name}, which is two versions here, and is made once`,
      `Call another target there, or move its steps into the flow.`,
    );
  }
  if (phases.some(({ measure }) => measure)) return;
  throw usageError(`no measured phase calls ${name}`, 'Give a phase a flow that calls it.');
}

function abStep({ name, target }: StepSpec, { name: judged }: TargetSpec): AbStep {
  const [a, b] = [sideName(name, 'a'), sideName(name, 'b')];
  return { step: name, a, b, isJudged: target === judged };
}

function flowOn(flow: FlowSpec, target: TargetSpec, side: AbSide): FlowSpec {
  return {
    ...flow,
    name: sideName(flow.name, side),
    steps: flow.steps.map((step) => ({
      ...step,
      name: sideName(step.name, side),
      ...(step.target === target.name && { target: sideName(target.name, side) }),
      ...(step.policy && { policy: { ...step.policy, name: sideName(step.policy.name, side) } }),
    })),
  };
}

function inTurns(phase: PhaseSpec, calling: readonly FlowSpec[]): PhaseSpec {
  if (!calling.some((flow) => flow.name === phase.flow)) return phase;
  const { flow } = phase;
  return { ...phase, flow: sideName(flow, 'a'), flowOfB: sideName(flow, 'b') };
}

function usageError(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
