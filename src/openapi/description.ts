import { HarnessError } from '../core/index.ts';
import { locationText, type Path } from '../scenario/problem.ts';
import { readYaml } from '../scenario/yaml-source.ts';
import { isMap, textOf, type JsonMap } from './json-map.ts';
import { References } from './references.ts';

/** The versions that are read; of 3.2 what 3.1 has. */
export type Dialect = '2.0' | '3.0' | '3.1';

/** An OpenAPI description whose parts can be looked up. */
export interface Description {
  /** As the user named it. */
  readonly name: string;
  readonly dialect: Dialect;
  readonly root: JsonMap;
  readonly references: References;
  readonly title: string;
}

/** Larger YAML takes more time than anybody waits; JSON is read a hundred times as fast. */
const YAML_BYTES_MAX = 16 * 2 ** 20;

/**
 * Returns the description in a text, JSON or YAML.
 * @throws DESCRIPTION_UNREADABLE for what is neither, or no OpenAPI of a version that is read, with
 *   the place
 */
export function readDescription(text: string, name: string): Description {
  const root = valueOf(text, name);
  if (!isMap(root)) throw unreadable(text, name, [], `must be a map, got ${kindOf(root)}`);
  const dialect = dialectOf(root);
  if (dialect === undefined) {
    const key = 'swagger' in root && !('openapi' in root) ? 'swagger' : 'openapi';
    const got = key in root ? kindOf(root[key]) : 'nothing';
    const message = `${key} must be ${key === 'swagger' ? '2.0' : '3.0.x or 3.1.x'}, got ${got}`;
    throw unreadable(text, name, key in root ? [key] : [], message);
  }
  if (!isMap(root['paths'])) {
    const message = `paths must be a map of paths, got ${kindOf(root['paths'])}`;
    throw unreadable(text, name, 'paths' in root ? ['paths'] : [], message);
  }
  const info = root['info'];
  const title = isMap(info) ? (textOf(info['title']) ?? name) : name;
  return { name, dialect, root, references: new References(root), title };
}

function dialectOf({ swagger, openapi }: JsonMap): Dialect | undefined {
  if (openapi === undefined && (swagger === '2.0' || swagger === 2)) return '2.0';
  const [, minor] = /^3\.([012])(?:\.\d+)?$/u.exec(String(openapi)) ?? [];
  if (minor === undefined) return undefined;
  return minor === '0' ? '3.0' : '3.1';
}

function valueOf(text: string, name: string): unknown {
  if (/^\s*[{[]/u.test(text)) {
    const value = parsedJson(text);
    if (value !== undefined) return value;
  }
  refuseLong(text, name);
  const source = readYaml(text);
  const [problem] = source.problems;
  if (problem === undefined) return source.value;
  throw new HarnessError(
    'DESCRIPTION_UNREADABLE',
    `${problem.message} (${locationText(name, problem)})`,
    { hint: problem.hint },
  );
}

/** Undefined for what is no JSON; YAML says why, or reads it. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refuseLong(text: string, name: string): void {
  if (text.length <= YAML_BYTES_MAX) return;
  throw new HarnessError(
    'DESCRIPTION_UNREADABLE',
    `YAML must be ${YAML_BYTES_MAX / 2 ** 20} MiB at most, and ${name} is larger`,
    { hint: 'Name the description as JSON.' },
  );
}

function unreadable(text: string, name: string, path: Path, message: string): HarnessError {
  // The positions of a large file are not worth their time.
  const part = path.length === 0 ? 'value' : 'key';
  const position =
    text.length > 2 ** 20 ? { line: 1, column: 1 } : readYaml(text).positionOf(path, part);
  return new HarnessError(
    'DESCRIPTION_UNREADABLE',
    `${message} (${locationText(name, { path, position })})`,
    { hint: 'Name an OpenAPI 3.0 or 3.1 or Swagger 2.0 file, or the URL of one.' },
  );
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a map';
  const text = JSON.stringify(value) ?? '';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
