import type { HarnessError } from '../core/index.ts';
import { allEntries } from './flow-walk.ts';
import { invalidScenario, type Part, type Path } from './problem.ts';
import type { Scenario } from './scenario.ts';
import { valueAt } from './select.ts';
import { readYaml } from './yaml-source.ts';

/** Something that is wrong with a step, found by who knows what it calls. */
export interface StepProblem {
  readonly step: string;
  /** From the step on. */
  readonly path: Path;
  readonly part: Part;
  /** What happened, the value seen, the value wanted; without the place. */
  readonly message: string;
  /** The fix, one sentence. */
  readonly hint: string;
}

/** Returns the error that lists problems of a scenario's steps, each with its line and column. */
export function invalidSteps({ source }: Scenario, problems: readonly StepProblem[]): HarnessError {
  const yaml = readYaml(source.text);
  const entries = allEntries(yaml.value);
  const located = problems.map(({ step, path, part, message, hint }) => {
    const entry = entries.find(({ value }) => valueAt(value, ['step']) === step);
    const whole = [...(entry?.path ?? []), ...path];
    return { path: whole, part, message, hint, position: yaml.positionOf(whole, part) };
  });
  return invalidScenario(source.file, located);
}
