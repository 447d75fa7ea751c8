import type { Path } from './problem.ts';
import { namesIn, select, type Selected } from './select.ts';

/**
 * Returns the entries of all flows of a file that may be wrong, in file order: those of the setup
 * first, those of the teardown last. Of a valid file `flow-entries.ts` has them with their types.
 */
export function allEntries(file: unknown): readonly Selected[] {
  const flows = (namesIn(file, 'flows') ?? []).map((name) => ['flows', name]);
  return [['setup'], ...flows, ['teardown']]
    .flatMap((path) => select(file, path))
    .flatMap(({ value, path }) => entriesIn(value, path));
}

/** Returns the entries of a list and of all lists in it, in file order. */
function entriesIn(list: unknown, path: Path): readonly Selected[] {
  return select(list, ['*'], path).flatMap((entry) => [
    entry,
    ...innerLists(entry).flatMap((inner) => entriesIn(inner.value, inner.path)),
  ]);
}

function innerLists({ value, path }: Selected): readonly Selected[] {
  return [
    ...select(value, ['parallel', '*'], path),
    ...select(value, ['choose', '*', 'do'], path),
    ...select(value, ['repeat', 'do'], path),
  ];
}
