import type { HarnessError } from '../core/index.ts';
import { allEntries } from './flow-walk.ts';
import { invalidScenario, type Part, type Path, type Problem } from './problem.ts';
import type { Scenario } from './scenario.ts';
import { valueAt } from './select.ts';
import { readYaml } from './yaml-source.ts';

/** Something that is wrong with a step, found by who knows what it calls. */
export interface StepProblem {
  readonly step: string;
  /** From the step on. */
  readonly path: Path;
  readonly part: Part;
  /** What happened, the value seen, the value wanted; without the location. */
  readonly message: string;
  /** The fix, one sentence. */
  readonly hint: string;
}

/** Returns the error that lists problems of a scenario's file, each with its line and column. */
export function invalidParts(
  { source }: Pick<Scenario, 'source'>,
  problems: readonly Problem[],
): HarnessError {
  const yaml = readYaml(source.text);
  const located = problems.map((problem) => ({
    ...problem,
    position: yaml.positionOf(problem.path, problem.part),
  }));
  return invalidScenario(source.file, located);
}

/** Returns the error that lists problems of a scenario's steps, each with its line and column. */
export function invalidSteps(
  { source }: Pick<Scenario, 'source'>,
  problems: readonly StepProblem[],
): HarnessError {
  const entries = allEntries(readYaml(source.text).value);
  const parts = problems.map(({ step, path, part, message, hint }) => {
    const entry = entries.find(({ value }) => valueAt(value, ['step']) === step);
    return { path: [...(entry?.path ?? []), ...path], part, message, hint };
  });
  return invalidParts({ source }, parts);
}
