import type { Path } from './problem.ts';
import { namesIn, select, type Selected } from './select.ts';

/** A flow of the file: one of `flows`, or `setup` or `teardown`. */
export interface FileFlow extends Selected {
  /** '' for setup and teardown. */
  readonly name: string;
}

/** Returns the flows of a file, setup first and teardown last; whatever is not there is left out. */
export function flowsOf(file: unknown): readonly FileFlow[] {
  const flows = (namesIn(file, 'flows') ?? []).flatMap((name) =>
    select(file, ['flows', name]).map((flow) => ({ ...flow, name })),
  );
  const unnamed = (key: string): FileFlow[] =>
    select(file, [key]).map((flow) => ({ ...flow, name: '' }));
  return [...unnamed('setup'), ...flows, ...unnamed('teardown')];
}

/** Returns the entries of a list and of all lists in it, in file order. */
export function entriesIn(list: unknown, path: Path = []): readonly Selected[] {
  return select(list, ['*'], path).flatMap((entry) => [
    entry,
    ...innerLists(entry).flatMap((inner) => entriesIn(inner.value, inner.path)),
  ]);
}

/** Returns the lists of entries that an entry itself holds. */
export function innerLists({ value, path }: Selected): readonly Selected[] {
  return [
    ...select(value, ['parallel', '*'], path),
    ...select(value, ['choose', '*', 'do'], path),
    ...select(value, ['repeat', 'do'], path),
  ];
}

/** Returns all entries of all flows in file order. */
export function allEntries(file: unknown): readonly Selected[] {
  return flowsOf(file).flatMap((flow) => entriesIn(flow.value, flow.path));
}

/** Returns the entries of the flow of that name; none where there is no such flow. */
export function entriesOfFlow(file: unknown, name: string): readonly Selected[] {
  return select(file, ['flows', name]).flatMap(({ value, path }) => entriesIn(value, path));
}
