import { counted } from './counted.ts';

/** One of the things that are wrong with a file. */
export interface FileProblem {
  /** As the user named it. */
  readonly file: string;
  /** What happened, the value seen, the value wanted; without the location. */
  readonly message: string;
  /** The fix, one sentence. */
  readonly hint: string;
  /** The way to the value: keys of maps and indices of lists, from the outside in. */
  readonly path: readonly (string | number)[];
  /** Both counted from 1. */
  readonly position: { readonly line: number; readonly column: number };
}

/** More problems of one file than these are counted, not listed. */
export const PROBLEMS_LISTED_MAX = 20;

/** Returns the last line of a list that was cut short. */
export function moreProblemsText(count: number): string {
  return `and ${counted(count, 'more problem')}`;
}

/** Returns a path as people write it: `load[1].arrivals.rate`; '' for the whole file. */
export function pathText(path: FileProblem['path']): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`))
    .join('');
}
