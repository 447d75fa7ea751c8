import type { Scenario, ThresholdSpec } from '../scenario.ts';
import { sideName, type AbSpec } from './ab-spec.ts';

/**
 * Returns the thresholds of a scenario with two versions: what one says of a step, target or fault
 * of which there are two, it says of B's.
 */
export function thresholdsOnB(
  { thresholds, faults }: Pick<Scenario, 'thresholds' | 'faults'>,
  ab: AbSpec,
  faultsOfBoth: Scenario['faults'],
): readonly ThresholdSpec[] {
  const steps = new Map(ab.steps.map(({ step, b }) => [step, b]));
  const targets = new Map([[ab.target, sideName(ab.target, 'b')]]);
  const isLeft = new Set(faultsOfBoth.map(({ name }) => name));
  const twice = faults.filter(({ name }) => !isLeft.has(name));
  const faultNames = new Map(twice.map(({ name }) => [name, sideName(name, 'b')]));
  return thresholds.map((threshold) => onB(threshold, { steps, targets, faults: faultNames }));
}

/** By the name in the scenario, that on B's side. */
interface NamesOfB {
  readonly steps: ReadonlyMap<string, string>;
  readonly targets: ReadonlyMap<string, string>;
  readonly faults: ReadonlyMap<string, string>;
}

function onB(threshold: ThresholdSpec, names: NamesOfB): ThresholdSpec {
  const { text, step, steps, target, fault, metric } = threshold;
  const subjects = metric === 'connect-errors' ? names.targets : names.steps;
  const ofB = {
    step: subjects.get(step) ?? step,
    ...(steps && { steps: steps.map((one) => names.steps.get(one) ?? one) }),
    ...(target !== undefined && { target: names.targets.get(target) ?? target }),
    ...(fault !== undefined && { fault: names.faults.get(fault) ?? fault }),
  };
  if (ofB.step !== step) return { ...threshold, ...ofB, text: text.replace(step, () => ofB.step) };
  const isOfB =
    steps?.some((one) => names.steps.has(one)) === true ||
    ofB.target !== target ||
    ofB.fault !== fault;
  return isOfB ? { ...threshold, ...ofB, text: `${text} (B)` } : threshold;
}
