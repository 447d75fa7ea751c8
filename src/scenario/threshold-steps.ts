import type { EntryFile } from './file/flow.ts';
import type { ScenarioFile } from './file/scenario-file.ts';
import { allEntriesIn } from './flow-entries.ts';
import { EVERY_STEP, type TagSelector, type ThresholdSpec } from './threshold-spec.ts';

/** Returns the steps of flows that a threshold means, in file order. */
export function stepsMeant(
  { step, target, tag }: Pick<ThresholdSpec, 'step' | 'target' | 'tag'>,
  file: ScenarioFile,
): readonly EntryFile[] {
  return stepEntries(file).filter(
    (entry) =>
      (step === EVERY_STEP || entry.step === step) &&
      (target === undefined || entry.target === target) &&
      (tag === undefined || hasTag(entry, tag)),
  );
}

/** Returns whether a step has a tag of this name, and of this value where one is wanted. */
export function hasTag({ tags = {} }: EntryFile, { name, value }: TagSelector): boolean {
  return Object.hasOwn(tags, name) && (value === undefined || tags[name] === value);
}

/** Returns the names of all tags of steps. */
export function tagNames(file: ScenarioFile): readonly string[] {
  return [...new Set(stepEntries(file).flatMap(({ tags = {} }) => Object.keys(tags)))];
}

function stepEntries(file: ScenarioFile): readonly EntryFile[] {
  return allEntriesIn(file).flatMap(({ entry, path }) =>
    path[0] === 'flows' && entry.step !== undefined ? [entry] : [],
  );
}
