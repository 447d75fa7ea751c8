import { allEntries } from './flow-walk.ts';
import { locationText, type Path, type Position } from './problem.ts';
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
  readonly location: string;
  /** Whether it is sent as it is, whatever bytes it has. */
  readonly isBody: boolean;
}

/** Where an entry of a flow names a file that is sent. */
const BODY_FILES = [
  ['http', 'body', 'file'],
  ['http', 'multipart', '*', 'file'],
  ['http', 'multipart', '*', '*', 'file'],
];

/** Returns the files with data that a scenario's flows need, each once, in file order. */
export function filesNamedBy({ source }: Scenario): readonly NamedFile[] {
  const yaml = readYaml(source.text);
  const locationOf = (path: Path): string =>
    locationText(source.file, { path, position: yaml.positionOf(path, 'value') });
  const feeders = selectTexts(yaml.value, ['feeders', '*', 'file']).map(({ path, value }) => ({
    path: value,
    what: 'a feeder',
    location: locationOf(path),
    isBody: false,
  }));
  const schemas = allEntries(yaml.value).flatMap((entry) =>
    selectTexts(entry.value, ['check', 'schema']).map(({ path, value }) => ({
      path: value,
      what: 'a JSON Schema',
      location: locationOf([...entry.path, ...path]),
      isBody: false,
    })),
  );
  const bodies = allEntries(yaml.value).flatMap((entry) =>
    BODY_FILES.flatMap((pattern) => selectTexts(entry.value, pattern)).map(({ path, value }) => ({
      path: value,
      what: 'a body',
      location: locationOf([...entry.path, ...path]),
      isBody: true,
    })),
  );
  const byUse = [...feeders, ...schemas, ...bodies].map(
    (file) => [`${file.isBody}:${file.path}`, file] as const,
  );
  return [...new Map(byUse.toReversed()).values()].toReversed();
}

/** Returns where a phase names a list to replay, for messages. */
export function replayLocation({ source }: Pick<Scenario, 'source'>, file: string): string {
  const yaml = readYaml(source.text);
  const found = selectTexts(yaml.value, ['load', '*', 'replay', 'file']).find(
    ({ value }) => value === file,
  );
  const path = found?.path ?? [];
  return locationText(source.file, { path, position: yaml.positionOf(path, 'value') });
}

/** Returns where in its file a scenario has the value at a path. */
export function placeInFile({ source }: Pick<Scenario, 'source'>, path: Path): FilePlace {
  const position = readYaml(source.text).positionOf(path, 'value');
  return { file: source.file, path, position };
}

/** A place in a scenario's file. */
export interface FilePlace {
  readonly file: string;
  readonly path: Path;
  readonly position: Position;
}

/** Returns the location of the step of that name in the scenario's file, for messages. */
export function stepLocation({ source }: Scenario, name: string): string {
  const yaml = readYaml(source.text);
  const entry = allEntries(yaml.value).find(({ value }) => valueAt(value, ['step']) === name);
  const path = entry ? [...entry.path, 'step'] : [];
  return locationText(source.file, { path, position: yaml.positionOf(path, 'value') });
}
