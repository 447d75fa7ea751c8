import { resolve } from 'node:path';
import {
  compareRuns,
  comparisonVerdict,
  differenceText,
  fingerprintDifferences,
  FINE_BUCKET_RATIO,
  loadDifferences,
  readBaseline,
  type CompareOptions,
  type ComparisonVerdict,
  type RunComparison,
  type RunDigest,
} from '../../compare/index.ts';
import { errorText, HarnessError, invariant, readAtMost } from '../../core/index.ts';
import { isBaselineFile } from './baseline-word.ts';
import type { Baseline } from './held-against.ts';
import {
  storedDigest,
  whyNoBaseline,
  type ComparedStore,
  type StoredDigest,
} from './stored-digest.ts';

/** Two runs held against each other. */
export interface ComparedRuns extends RunComparison {
  readonly before: ComparedSide;
  readonly after: ComparedSide;
  readonly verdict: ComparisonVerdict;
  /** Why it is invalid; empty for a valid one. */
  readonly invalid: readonly string[];
  /** In what the two were made otherwise, beside what was changed on purpose. */
  readonly differences: readonly string[];
  readonly options: CompareOptions;
}

export interface ComparedSide {
  readonly digest: RunDigest;
  /** `run 6b0d…`, `baseline.json`. */
  readonly name: string;
}

const BASELINE_BYTES_MAX = 64 * 2 ** 20;

/**
 * Compares two runs, each a stored one or a baseline file.
 * @param store undefined where both are files
 * @throws RUN_NOT_FOUND, RUN_UNSUITABLE, BASELINE_UNREADABLE, USAGE_INVALID
 */
export async function comparisonOf(
  store: ComparedStore | undefined,
  words: readonly [before: string, after: string],
  options: CompareOptions,
): Promise<ComparedRuns> {
  const [before, after] = [await sideOf(store, words[0]), await sideOf(store, words[1])];
  const invalid = [before, after].flatMap(({ name, invalid: reasons, partial }) => [
    ...reasons.map((reason) => `${name}: ${reason}`),
    ...(partial ? [`${name} was stopped early`] : []),
  ]);
  const comparison = compareRuns(before.digest, after.digest, options);
  return {
    ...comparison,
    before,
    after,
    verdict: invalid.length > 0 ? 'invalid' : comparisonVerdict(comparison),
    invalid,
    differences: [
      ...loadDifferences(before.digest, after.digest),
      ...fingerprintDifferences(before.digest.environment, after.digest.environment).map(
        differenceText,
      ),
    ],
    options,
  };
}

/**
 * Returns what a run is held against: a stored run, or a baseline file.
 * @throws as {@link comparisonOf}; RUN_UNSUITABLE for a run that ended early or is invalid
 */
export async function baselineFor(store: ComparedStore, word: string): Promise<Baseline> {
  const { digest, name, ...stored } = await sideOf(store, word);
  const reason = whyNoBaseline(stored);
  if (reason === undefined) {
    return { digest, name, word: isBaselineFile(word) ? resolve(word) : digest.runId };
  }
  throw new HarnessError('RUN_UNSUITABLE', `${name} is no baseline: ${reason}`, {
    hint: 'Take a run that ended by itself and is valid: callgauge runs lists them.',
  });
}

async function sideOf(
  store: ComparedStore | undefined,
  word: string,
): Promise<StoredDigest & ComparedSide> {
  if (isBaselineFile(word)) {
    return {
      digest: baselineFile(word),
      invalid: [],
      partial: false,
      isAborted: false,
      name: word,
    };
  }
  invariant(store !== undefined, `no store was given to read ${word} in`);
  const found = await storedDigest(store, word, FINE_BUCKET_RATIO);
  return { ...found, name: `run ${found.digest.runId}` };
}

/**
 * Reads a baseline file.
 * @throws BASELINE_UNREADABLE
 */
export function baselineFile(file: string): RunDigest {
  let text: string;
  try {
    text = readAtMost(file, BASELINE_BYTES_MAX).toString('utf8');
  } catch (error) {
    throw new HarnessError(
      'BASELINE_UNREADABLE',
      `the baseline cannot be read: ${errorText(error)} (${file})`,
      { hint: `Make it: callgauge baseline RUN > ${file}. A run is named by its id or "latest".` },
    );
  }
  return readBaseline(text, file);
}
