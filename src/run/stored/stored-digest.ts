import type { RunSource } from '../../analyze/index.ts';
import { FILE_BUCKET_RATIO, type RunDigest } from '../../compare/index.ts';
import { HarnessError, runNotFound } from '../../core/index.ts';
import { digestOfRun } from './digest-of-run.ts';
import { findRunId } from './find-run.ts';
import { reportOf, type ReportedStore } from './stored-report.ts';

/** Where runs are compared: a store is one. */
export interface ComparedStore extends ReportedStore {
  readonly source: ReportedStore['source'] & RunSource;
}

/** A stored run to be compared, and why it must not be believed. */
export interface StoredDigest {
  readonly digest: RunDigest;
  /** What the generator did to the results; empty for a run that is valid. */
  readonly invalid: readonly string[];
  /** Whether it was stopped early. */
  readonly partial: boolean;
  /** Whether a threshold that failed ended it. */
  readonly isAborted: boolean;
}

/**
 * Returns a stored run as another is compared with it.
 * @throws RUN_NOT_FOUND; USAGE_INVALID for a word that fits several; RUN_UNSUITABLE for a search
 *   for a capacity, and for a run without measured calls
 */
export async function storedDigest(
  store: ComparedStore,
  word: string,
  bucketRatio: number,
): Promise<StoredDigest> {
  const { source } = store;
  const report = await reportOf(store, await findRunId(source, word), (text) => text);
  const { run } = report.analysis;
  if (report.capacity !== undefined) {
    throw new HarnessError(
      'RUN_UNSUITABLE',
      `run ${run.runId} searched for a capacity: its rates are those that the search tried`,
      { hint: 'Name a run of a load at a rate.' },
    );
  }
  const found = await source.run(run.runId);
  if (found === undefined) throw runNotFound(run.runId);
  const digest = await digestOfRun(source, found, bucketRatio);
  if (digest === undefined) {
    throw new HarnessError('RUN_UNSUITABLE', `run ${run.runId} measured no call`, {
      hint: 'Name a run with a measured phase.',
    });
  }
  return {
    digest,
    invalid: report.verdict.invalid?.reasons ?? [],
    partial: report.analysis.partial,
    isAborted: run.loadEnd?.kind === 'failed',
  };
}

/** Returns why others are not compared with a run, a phrase; undefined for one that is fit. */
export function whyNoBaseline({
  invalid,
  partial,
  isAborted,
}: Omit<StoredDigest, 'digest'>): string | undefined {
  if (invalid[0] !== undefined) return `it is invalid: ${invalid[0]}`;
  if (partial) return 'it was stopped early';
  return isAborted ? 'a threshold that failed ended it early' : undefined;
}

/**
 * Returns a stored run as a baseline that others are compared with.
 * @throws as {@link storedDigest}; RUN_UNSUITABLE for a run that ended early or is invalid
 */
export async function baselineOf(store: ComparedStore, word: string): Promise<RunDigest> {
  const { digest, ...stored } = await storedDigest(store, word, FILE_BUCKET_RATIO);
  const reason = whyNoBaseline(stored);
  if (reason === undefined) return digest;
  throw new HarnessError('RUN_UNSUITABLE', `run ${digest.runId} is no baseline: ${reason}`, {
    hint: 'Take a run that ended by itself and is valid as the baseline: callgauge runs lists them.',
  });
}
