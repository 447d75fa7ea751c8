import { capacityProblems } from './checks/capacity-checks.ts';
import { faultProblems } from './checks/fault-checks.ts';
import { flowProblems } from './checks/flow-checks.ts';
import { grpcProblems } from './checks/grpc-checks.ts';
import { loadProblems } from './checks/load-checks.ts';
import { nameProblems } from './checks/name-checks.ts';
import { saturateProblems } from './checks/saturate-checks.ts';
import { thresholdProblems } from './checks/threshold-checks.ts';
import { usersProblems } from './checks/users-checks.ts';
import { viaProblems } from './checks/via-checks.ts';
import { deepFreeze } from './deep-freeze.ts';
import { scenarioFile } from './file/scenario-file.ts';
import { scenarioFromFile } from './from-file.ts';
import { invalidScenario, type LocatedProblem, type Problem } from './problem.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIO_HINT, shapeProblems } from './shape-problems.ts';
import { readYaml } from './yaml-source.ts';

/**
 * Returns the scenario of a YAML text, deeply frozen. `file` is its name for messages.
 *
 *     text ─► YAML ─► shape (each value by itself) ─► names, load, thresholds (one against another)
 *               └────────────┴────────── problems ─────────────┴──► all of them, in file order
 *
 * @throws SCENARIO_INVALID which lists every problem with its line and column.
 */
export function parseScenario(text: string, file: string): Scenario {
  const yaml = readYaml(text);
  const located: LocatedProblem[] = [...yaml.problems];
  const report = (problems: readonly Problem[]): void => {
    for (const problem of problems) {
      located.push({ ...problem, position: yaml.positionOf(problem.path, problem.part) });
    }
  };
  const isReadable = yaml.value !== undefined && yaml.value !== null;
  const shape = isReadable ? scenarioFile.safeParse(yaml.value) : undefined;
  if (shape) {
    if (!shape.success) report(shapeProblems(shape.error.issues, yaml.value));
    report(nameProblems(yaml.value));
    report(flowProblems(yaml.value));
    report(grpcProblems(yaml.value));
    report(viaProblems(yaml.value));
    report(loadProblems(yaml.value));
    report(faultProblems(yaml.value));
    report(usersProblems(yaml.value));
    report(saturateProblems(yaml.value));
    report(thresholdProblems(yaml.value));
    report(capacityProblems(yaml.value));
  } else if (located.length === 0) {
    report([EMPTY]);
  }
  if (located.length > 0 || !shape?.success) throw invalidScenario(file, located);
  return deepFreeze(scenarioFromFile(shape.data, { file, text }));
}

const EMPTY: Problem = {
  path: [],
  part: 'value',
  message: 'the file is empty',
  hint: SCENARIO_HINT,
};
