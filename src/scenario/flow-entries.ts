import type { EntryFile } from './file/flow.ts';
import type { ScenarioFile } from './file/scenario-file.ts';
import type { Path } from './problem.ts';
import { ownValue } from './select.ts';

/** A flow of a valid file: one of `flows`, or `setup` or `teardown`. */
export interface FlowAt {
  readonly path: Path;
  /** '' for setup and teardown. */
  readonly name: string;
  readonly entries: readonly EntryAt[];
}

/** An entry of a flow, with the path to it. */
export interface EntryAt {
  readonly path: Path;
  readonly entry: EntryFile;
}

/** Returns the flows of a valid file, setup first and teardown last. */
export function flowsIn({ setup, flows, teardown }: ScenarioFile): readonly FlowAt[] {
  const unnamed = (key: string, list: readonly EntryFile[] | undefined): FlowAt[] =>
    list === undefined ? [] : [{ path: [key], name: '', entries: entriesAt(list, [key]) }];
  return [
    ...unnamed('setup', setup),
    ...Object.entries(flows).map(([name, list]) => {
      const path = ['flows', name];
      return { path, name, entries: entriesAt(list, path) };
    }),
    ...unnamed('teardown', teardown),
  ];
}

/** Returns the lists of entries that an entry itself holds. */
export function innerLists({ entry, path }: EntryAt): readonly (readonly EntryAt[])[] {
  const { parallel = [], choose = [], repeat } = entry;
  return [
    ...parallel.map((list, i) => entriesAt(list, [...path, 'parallel', i])),
    ...choose.map((choice, i) => entriesAt(choice.do, [...path, 'choose', i, 'do'])),
    ...(repeat ? [entriesAt(repeat.do, [...path, 'repeat', 'do'])] : []),
  ];
}

/** Returns entries and those of all lists in them, in file order. */
export function withInner(entries: readonly EntryAt[]): readonly EntryAt[] {
  return entries.flatMap((at) => [at, ...innerLists(at).flatMap(withInner)]);
}

/** Every check asks for them, some for each of many names: a valid file does not change. */
const ENTRIES = new WeakMap<ScenarioFile, readonly EntryAt[]>();
const ENTRIES_OF_FLOW = new WeakMap<readonly EntryFile[], readonly EntryAt[]>();

/** Returns all entries of all flows in file order. */
export function allEntriesIn(file: ScenarioFile): readonly EntryAt[] {
  const known = ENTRIES.get(file);
  if (known) return known;
  const entries = flowsIn(file).flatMap((flow) => withInner(flow.entries));
  ENTRIES.set(file, entries);
  return entries;
}

/** Returns the entries of the flow that a phase uses: the first where it names none. */
export function entriesOfPhase(
  { flow }: { readonly flow?: string | undefined },
  file: ScenarioFile,
): readonly EntryAt[] {
  const name = flow ?? Object.keys(file.flows)[0] ?? '';
  const list = ownValue(file.flows, name) ?? [];
  const known = ENTRIES_OF_FLOW.get(list);
  if (known) return known;
  const entries = withInner(entriesAt(list, ['flows', name]));
  ENTRIES_OF_FLOW.set(list, entries);
  return entries;
}

/** Returns the file with the target of each step: the only one, where a step names none. */
export function withTargets(file: ScenarioFile): ScenarioFile {
  const [target, ...others] = Object.keys(file.targets);
  if (target === undefined || others.length > 0) return file;
  const { flows, setup, teardown } = file;
  const given = (list: readonly EntryFile[]): EntryFile[] =>
    list.map((entry) => withTarget(entry, target));
  return {
    ...file,
    flows: Object.fromEntries(Object.entries(flows).map(([name, list]) => [name, given(list)])),
    ...(setup && { setup: given(setup) }),
    ...(teardown && { teardown: given(teardown) }),
  };
}

function withTarget(entry: EntryFile, target: string): EntryFile {
  const given = (list: readonly EntryFile[]): EntryFile[] =>
    list.map((inner) => withTarget(inner, target));
  const { step, parallel, choose, repeat } = entry;
  return {
    ...entry,
    ...(step !== undefined && { target: entry.target ?? target }),
    ...(parallel && { parallel: parallel.map(given) }),
    ...(choose && { choose: choose.map((way) => ({ ...way, do: given(way.do) })) }),
    ...(repeat && { repeat: { ...repeat, do: given(repeat.do) } }),
  };
}

function entriesAt(list: readonly EntryFile[], path: Path): readonly EntryAt[] {
  return list.map((entry, i) => ({ entry, path: [...path, i] }));
}
