import { capacityProblems } from './checks/capacity-checks.ts';
import { faultProblems } from './checks/fault-checks.ts';
import { feederProblems } from './checks/feeder-checks.ts';
import { flowProblems } from './checks/flow-checks.ts';
import { loadProblems } from './checks/load-checks.ts';
import { nameProblems } from './checks/name-checks.ts';
import { policyProblems } from './checks/policy-checks.ts';
import { propagationProblems } from './checks/propagation-checks.ts';
import { protocolProblems } from './checks/protocol-checks.ts';
import { saturateProblems } from './checks/saturate-checks.ts';
import { gateProblems } from './checks/gate-checks.ts';
import { thresholdProblems } from './checks/threshold-checks.ts';
import { usersProblems } from './checks/users-checks.ts';
import { deepFreeze } from './deep-freeze.ts';
import { scenarioFile, type ScenarioFile } from './file/scenario-file.ts';
import { withTargets } from './flow-entries.ts';
import { scenarioFromFile } from './from-file.ts';
import { judgeable } from './judgeable.ts';
import { invalidScenario, type LocatedProblem, type Problem } from './problem.ts';
import type { Scenario } from './scenario.ts';
import { select, valueAt } from './select.ts';
import { SCENARIO_HINT, shapeProblems } from './shape-problems.ts';
import { readYaml } from './yaml-source.ts';

/**
 * Returns the scenario of a YAML text, deeply frozen. `file` is its name for messages.
 *
 *     text ─► YAML ─► shape (each value by itself), names ─► one part against another
 *               └─────────┴───────── problems ─────────────────────┴──► all, in file order
 *
 * Parts are held against each other once every value has the right shape, but for thresholds and
 * faults: those that have not are left out there.
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
  const shape = isReadable ? scenarioFile.safeParse(yaml.value, ONE_PARSE) : undefined;
  const read = shape?.success ? withTargets(shape.data) : undefined;
  if (shape) {
    if (!shape.success) report(shapeProblems(shape.error.issues, yaml.value));
    report(nameProblems(yaml.value));
    if (read) report(problemsAcross(read, yaml.value));
    else if (shape.error) report(problemsOfRest(yaml.value, shape.error.issues));
  } else if (located.length === 0) {
    report([EMPTY]);
  }
  if (located.length > 0 || !read) throw invalidScenario(file, located);
  return deepFreeze(scenarioFromFile(read, { file, text }));
}

/** Returns what is wrong between the parts of a file whose thresholds or faults are misshapen. */
function problemsOfRest(
  value: unknown,
  issues: Parameters<typeof judgeable>[1],
): readonly Problem[] {
  const rest = judgeable(value, issues);
  if (rest === undefined) return [];
  const shape = scenarioFile.safeParse(rest.value, ONE_PARSE);
  if (!shape.success) return [];
  return problemsAcross(withTargets(shape.data), rest.value).map(rest.inWhole);
}

/** Returns what is wrong between the parts of a file that are each good by themselves. */
function problemsAcross(file: ScenarioFile, written: unknown): Problem[] {
  return [
    ...flowProblems(file),
    ...feederProblems(file),
    ...protocolProblems(file),
    ...propagationProblems(file),
    ...policyProblems(file),
    ...loadProblems(file),
    ...faultProblems(file, written),
    ...usersProblems(file),
    ...saturateProblems(file, written),
    ...inTheirTexts(written, (texts) => thresholdProblems(file, texts)),
    ...gateProblems(file),
    ...capacityProblems(file, written),
  ];
}

/** Returns problems of thresholds, placed in their texts: one with options has it under a key. */
function inTheirTexts(
  written: unknown,
  problemsOf: (texts: readonly string[]) => Problem[],
): Problem[] {
  const entries = select(written, ['thresholds', '*']).map(({ value }) => value);
  const texts = entries.map((entry) => valueAt(entry, ['threshold']) ?? entry);
  return problemsOf(texts.map(String)).map((problem) => {
    const [, index] = problem.path;
    const isText = typeof index !== 'number' || entries[index] === texts[index];
    return isText ? problem : { ...problem, path: [...problem.path, 'threshold'] };
  });
}

/** Without code that zod would compile for each map: one parse does not earn its cost back. */
const ONE_PARSE = { jitless: true };

const EMPTY: Problem = {
  path: [],
  part: 'value',
  message: 'the file is empty',
  hint: SCENARIO_HINT,
};
