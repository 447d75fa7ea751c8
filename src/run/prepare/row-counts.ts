import { feedersUsedBy } from '../../scenario/flow-references.ts';
import type { FeederSpec, ScenarioWithFiles } from '../../scenario/index.ts';
import { invalidParts } from '../../scenario/invalid-steps.ts';

/**
 * Returns the scenario with what the numbers of its feeders' rows decide: whose rows end the load.
 * @throws SCENARIO_INVALID where more users than rows are to have one each
 */
export function withRowCounts(
  scenario: ScenarioWithFiles,
  rowCounts: ReadonlyMap<string, number>,
): ScenarioWithFiles {
  const feeders = (scenario.feeders ?? []).map((spec) => ({
    spec,
    rows: rowCounts.get(spec.name) ?? 0,
  }));
  const tooShort = feeders.flatMap(({ spec, rows }) => {
    const users = spec.per === 'user' ? usersWith(spec, scenario) : 0;
    if (users <= rows) return [];
    const path = ['feeders', spec.name, 'per'];
    const message = `${users} users must have a row each, and ${nameOf(spec)} has ${rows}`;
    const hint = `Write users: ${rows}, give it more rows, or remove per: user: a row per arrival.`;
    return [{ path, part: 'value' as const, message, hint }];
  });
  if (tooShort.length > 0) throw invalidParts(scenario, tooShort);
  const [first] = feeders
    .filter(({ spec }) => spec.once === true)
    .toSorted((a, b) => a.rows - b.rows);
  if (!first) return scenario;
  const endsWith = { feeder: first.spec.name, rows: first.rows, of: nameOf(first.spec) };
  return Object.freeze({ ...scenario, endsWith });
}

/** Returns the most users of a phase whose flow uses the feeder. */
function usersWith({ name }: FeederSpec, { flows, load }: ScenarioWithFiles): number {
  const using = new Set(flows.filter((flow) => feedersUsedBy(flow).has(name)).map((f) => f.name));
  return Math.max(0, ...load.map(({ flow, users }) => (using.has(flow) ? (users?.count ?? 0) : 0)));
}

/** For people. */
function nameOf({ name, file }: FeederSpec): string {
  return file === '' ? name : file;
}
