import { allEntries } from './flow-walk.ts';
import { placeText, type Path } from './problem.ts';
import type { Scenario } from './scenario.ts';
import { selectTexts, valueAt } from './select.ts';
import { readYaml } from './yaml-source.ts';

/** A file that a scenario names. */
export interface NamedFile {
  /** As the scenario writes it. */
  readonly path: string;
  /** What it should be, for messages. */
  readonly what: string;
  /** Where it is named. */
  readonly place: string;
}

/** Returns the files with data that a scenario's flows need, each once, in file order. */
export function filesNamedBy({ source }: Scenario): readonly NamedFile[] {
  const yaml = readYaml(source.text);
  const placeOf = (path: Path): string =>
    placeText(source.file, { path, position: yaml.positionOf(path, 'value') });
  const feeders = selectTexts(yaml.value, ['feeders', '*', 'file']).map(({ path, value }) => ({
    path: value,
    what: 'a feeder',
    place: placeOf(path),
  }));
  const schemas = allEntries(yaml.value).flatMap((entry) =>
    selectTexts(entry.value, ['check', 'schema']).map(({ path, value }) => ({
      path: value,
      what: 'a JSON Schema',
      place: placeOf([...entry.path, ...path]),
    })),
  );
  const byPath = new Map([...feeders, ...schemas].toReversed().map((file) => [file.path, file]));
  return [...byPath.values()].toReversed();
}

/** Returns where the step of that name stands in the scenario's file, for messages. */
export function stepPlace({ source }: Scenario, name: string): string {
  const yaml = readYaml(source.text);
  const entry = allEntries(yaml.value).find(({ value }) => valueAt(value, ['step']) === name);
  const path = entry ? [...entry.path, 'step'] : [];
  return placeText(source.file, { path, position: yaml.positionOf(path, 'value') });
}
