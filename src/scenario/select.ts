import type { Path } from './problem.ts';

/** A value of the file, with the way to it. */
export interface Selected {
  readonly path: Path;
  readonly value: unknown;
}

/**
 * Returns the values that a pattern leads to, in file order: `*` stands for every key of a map and
 * every item of a list, any other step for that key. Steps that lead nowhere select nothing, so
 * that a file that is wrong at one location can still be read at the others.
 */
export function select(value: unknown, pattern: readonly string[], from: Path = []): Selected[] {
  const [step, ...rest] = pattern;
  if (step === undefined) return [{ path: from, value }];
  if (step !== '*') {
    if (!isMap(value) || !Object.hasOwn(value, step)) return [];
    return select(value[step], rest, [...from, step]);
  }
  return entriesOf(value).flatMap(([key, inner]) => select(inner, rest, [...from, key]));
}

/** Returns the values of a pattern that are texts. */
export function selectTexts(
  value: unknown,
  pattern: readonly string[],
): { readonly path: Path; readonly value: string }[] {
  return select(value, pattern).flatMap(({ path, value: text }) =>
    typeof text === 'string' ? [{ path, value: text }] : [],
  );
}

/** Returns the keys of the map at a key of the file; undefined where there is no map. */
export function namesIn(file: unknown, key: string): readonly string[] | undefined {
  const [section] = select(file, [key]);
  return isMap(section?.value) ? Object.keys(section.value) : undefined;
}

/** Returns the keys of the map at a path; none where there is no map. */
export function namesAt(value: unknown, path: Path): readonly string[] {
  const map = valueAt(value, path);
  return isMap(map) ? Object.keys(map) : [];
}

/** Returns the value at a path, undefined where it leads nowhere. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(entryOf, value);
}

function entryOf(holder: unknown, step: string | number): unknown {
  if (Array.isArray(holder))
    return typeof step === 'number' ? (holder[step] as unknown) : undefined;
  return isMap(holder) && typeof step === 'string' ? ownValue(holder, step) : undefined;
}

/** Returns the value of a key that the map itself has: `constructor` is no name of every map. */
export function ownValue<T>(map: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function entriesOf(value: unknown): (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return value.map((item: unknown, i) => [i, item]);
  return isMap(value) ? Object.entries(value) : [];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
