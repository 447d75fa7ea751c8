import { stringify } from 'yaml';
import { HarnessError } from '../core/index.ts';
import { parseScenario } from '../scenario/parse-scenario.ts';
import type { FirstPlan, FirstStep } from './first-plan.ts';
import { stepEntry, targetsOf } from './step-entry.ts';

/** A step that no scenario takes, and why. */
export interface InvalidStep {
  readonly step: FirstStep;
  readonly reason: string;
}

/** Returns the steps of a plan that a scenario takes, and the others. */
export function validSteps(plan: Omit<FirstPlan, 'ratePerSec'>): {
  readonly valid: readonly FirstStep[];
  readonly invalid: readonly InvalidStep[];
} {
  if (problemOf(plan, plan.steps) === undefined) return { valid: plan.steps, invalid: [] };
  const invalid: InvalidStep[] = [];
  const valid = plan.steps.filter((step) => {
    const reason = problemOf(plan, [step]);
    if (reason !== undefined) invalid.push({ step, reason });
    return reason === undefined;
  });
  return { valid, invalid };
}

function problemOf(
  plan: Omit<FirstPlan, 'ratePerSec'>,
  steps: readonly FirstStep[],
): string | undefined {
  const used = new Set(steps.map(({ target }) => target));
  const text = stringify(
    {
      name: plan.name,
      targets: targetsOf({ targets: plan.targets.filter(({ name }) => used.has(name)) }),
      flows: { calls: steps.map((step) => ({ ...stepEntry(step, plan), target: step.target })) },
      load: [{ phase: 'steady', arrivals: { rate: '1/s' }, for: '1s' }],
    },
    { aliasDuplicateObjects: false, lineWidth: 0 },
  );
  try {
    parseScenario(text, 'callgauge init');
    return undefined;
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return error.problems[0]?.message ?? error.message;
  }
}
