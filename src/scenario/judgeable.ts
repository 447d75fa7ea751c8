import type * as z from 'zod';

import type { Path, Problem } from './problem.ts';

/** Lists of which no other part of the file needs an entry. */
const LISTS = ['thresholds', 'faults'] as const;

/** A file without what is misshapen in it. */
export interface Judgeable {
  readonly value: Readonly<Record<string, unknown>>;
  /** Returns a problem of that file as one of the whole file. */
  readonly inWhole: (problem: Problem) => Problem;
}

/**
 * Returns what can still be held against each other where only thresholds and faults are misshapen:
 * the file without those, the others and all the rest. Undefined where anything else is, since
 * parts that hang on it would be blamed for it.
 */
export function judgeable(
  value: unknown,
  issues: readonly Pick<z.core.$ZodIssue, 'path'>[],
): Judgeable | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!issues.every(({ path: [list] }) => LISTS.some((name) => name === list))) return undefined;
  const parts: Record<string, unknown> = { ...value };
  const kept = new Map<string, readonly number[]>();
  for (const name of LISTS) {
    const list = parts[name];
    const bad = issues.flatMap(({ path }) => (path[0] === name ? [path[1]] : []));
    if (!Array.isArray(list) || bad.some((index) => typeof index !== 'number')) {
      if (bad.length > 0) delete parts[name];
      continue;
    }
    const indices = list.map((_, i) => i).filter((i) => !bad.includes(i));
    parts[name] = indices.map((i): unknown => list[i]);
    kept.set(name, indices);
  }
  const whole = (name: string, i: number): number => kept.get(name)?.[i] ?? i;
  const texts = (text: string): string =>
    text.replaceAll(
      /\b(thresholds|faults)\[(\d+)\]/gu,
      (_, name: string, i: string) => `${name}[${whole(name, Number(i))}]`,
    );
  return {
    value: parts,
    inWhole: ({ path, message, hint, ...rest }) => ({
      ...rest,
      path: wholePath(path, whole),
      message: texts(message),
      hint: texts(hint),
    }),
  };
}

function wholePath(path: Path, whole: (name: string, i: number) => number): Path {
  const [name, index, ...rest] = path;
  return typeof name === 'string' && typeof index === 'number'
    ? [name, whole(name, index), ...rest]
    : path;
}
