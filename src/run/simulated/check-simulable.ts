import { HarnessError } from '../../core/index.ts';
import { placeInFile } from '../../scenario/named-files.ts';
import { locationText } from '../../scenario/problem.ts';
import type { Scenario, StepSpec } from '../../scenario/index.ts';
import { stepLocation } from '../../scenario/index.ts';
import type { PlannedTarget, StoredPlan } from '../stored/index.ts';
import type { MeasuredRun } from './measured-run.ts';

interface Checked {
  readonly scenario: Scenario;
  readonly measured: MeasuredRun;
  /** Of the run. */
  readonly plan: StoredPlan;
  /** Of the scenario. */
  readonly ownPlan: StoredPlan;
}

const NO_MODEL =
  'its rate follows from how fast the target answers, which a recording does not tell';

/**
 * Makes sure that targets can answer a scenario as they did in a run.
 * @throws USAGE_INVALID for a scenario that cannot be simulated; RUN_UNSUITABLE for a run as which
 *   its targets cannot answer
 */
export function checkSimulable(checked: Checked): void {
  checkLoad(checked);
  checkRun(checked);
  for (const step of calledSteps(checked.scenario)) checkStep(step, checked);
}

/** Returns the steps of the flows that the load calls. */
export function calledSteps({ load, flows }: Scenario): readonly StepSpec[] {
  const called = new Set(load.map(({ flow }) => flow));
  return flows.filter(({ name }) => called.has(name)).flatMap(({ steps }) => steps);
}

function checkLoad({ scenario }: Checked): void {
  for (const [index, phase] of scenario.load.entries()) {
    const kind = phase.saturate ? 'saturate' : phase.capacity ? 'capacity' : '';
    if (kind === '') continue;
    const place = locationText(scenario.source.file, placeInFile(scenario, ['load', index]));
    throw new HarnessError(
      'USAGE_INVALID',
      `a simulation needs phases with arrivals, users or a replay, got ${kind} in phase ${phase.name}: ${NO_MODEL} (${place})`,
      { hint: 'Give the phase a rate: arrivals: { rate: 200/s }.' },
    );
  }
}

function checkRun({ scenario, measured: { run, numbers }, plan }: Checked): void {
  const refuse = (seen: string, wanted: string, hint: string): never => {
    throw unsuitable(`run ${run.runId} ${seen}; a simulation needs ${wanted}`, hint);
  };
  const hint = `Name another run of ${scenario.name}: --as RUN; callgauge runs lists them.`;
  if (run.status === 'running') refuse('goes on', 'one that is over', 'Wait for its end.');
  if (plan.ab) refuse('measures two versions of a target', 'one that measures one', hint);
  const kind = plan.load.find(({ capacity, saturate }) => capacity ?? saturate);
  if (kind) {
    refuse(`has a phase with ${kind.capacity ? 'capacity' : 'saturate'}`, 'one with rates', hint);
  }
  if (numbers.histograms.length === 0) {
    refuse('has no histograms by second', 'them', hint);
  }
}

function checkStep(step: StepSpec, checked: Checked): void {
  const { scenario, measured, plan, ownPlan } = checked;
  const { run, numbers, streaming, connectErrors } = measured;
  const place = stepLocation(scenario, step.name);
  const refuse = (seen: string, hint: string): never => {
    throw unsuitable(`${seen} (${place})`, hint);
  };
  const name = `step ${step.name}`;
  const own = numbers.histograms.find((one) => one.step === step.name);
  if (own === undefined) {
    const steps = [...new Set(numbers.histograms.map((one) => one.step))].filter(Boolean);
    refuse(
      `${name} was not called in run ${run.runId}, so that nobody knows how it is answered`,
      `It called ${steps.slice(0, 8).join(', ')}. Name the step as there, or run the scenario once.`,
    );
  } else if (own.target !== step.target) {
    refuse(
      `${name} calls target ${step.target}, and called ${own.target} in run ${run.runId}`,
      'Another target answers otherwise: run the scenario against it.',
    );
  }
  const before = plan.targets.find((target) => target.name === step.target);
  const now = ownPlan.targets.find((target) => target.name === step.target);
  if (before && now && placeOf(before) !== placeOf(now)) {
    refuse(
      `target ${step.target} of ${name} is ${placeOf(now)}, and was ${placeOf(before)} in run ${run.runId}`,
      'Another target answers otherwise: name it as it was, or run the scenario against it.',
    );
  }
  const [wanted, were] = [ownPlan.okStatuses.get(step.name), plan.okStatuses.get(step.name)];
  if (were !== undefined && wanted !== were) {
    refuse(
      `${name} accepts ${wanted}, and accepted ${were} in run ${run.runId}, by which its answers are stored`,
      'Let it accept what it accepted, or run the scenario.',
    );
  }
  if (streaming.has(step.name)) {
    refuse(
      `${name} streams messages, whose times a simulation has no model of`,
      'Simulate without the step, or run the scenario.',
    );
  }
  const isUnconnected = connectErrors.some(({ target }) => target === step.target);
  if (numbers.policed.has(step.name) && isUnconnected) {
    refuse(
      `${name} had a policy in run ${run.runId}, and connections to ${step.target} that could not be opened: which attempts met them is not stored`,
      'Name a run in which the step has no policy: --as RUN.',
    );
  }
}

function placeOf({ protocol, url, endpoints = [] }: PlannedTarget): string {
  return `${[url, ...endpoints].join(', ')} over ${protocol}`;
}

function unsuitable(message: string, hint: string): HarnessError {
  return new HarnessError('RUN_UNSUITABLE', message, { hint });
}
