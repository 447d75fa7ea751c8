import type { AnalyzedSource } from '../../analyze/index.ts';
import {
  baselineValues,
  compareRuns,
  comparisonVerdict,
  differenceText,
  fingerprintDifferences,
  FINE_BUCKET_RATIO,
  loadDifferences,
  type RunDigest,
} from '../../compare/index.ts';
import { NS_PER_MS, rngFrom, type Rng, type RunRecord } from '../../core/index.ts';
import type { BaselineValues, Verdict } from '../../gate/index.ts';
import type { RunReport } from '../../report/index.ts';
import { digestOfRun } from './digest-of-run.ts';

/** What a run is held against. */
export interface Baseline {
  readonly digest: RunDigest;
  /** `run 6b0d…`, `baseline.json`. */
  readonly name: string;
  /** As a command line names it from any folder: the id of a run, or a file. */
  readonly word: string;
}

/** What a run was held against, and is not there any more. */
export interface LostBaseline {
  /** Why, a phrase. */
  readonly lost: string;
}

/** A run beside its baseline. */
export interface HeldAgainst {
  /** For limits that are relative to it. */
  readonly values: BaselineValues;
  /** Returns what `compare` says of the two, the run having this verdict. */
  readonly comparison: (verdict: Verdict) => NonNullable<RunReport['comparison']>;
}

/** As `compare` has them where nothing is said. */
const PERCENTS = [50, 90, 99, 99.9] as const;
const CHANGE_RATIO_MIN = 0.03;
const CHANGE_MIN_NS = 0.1 * NS_PER_MS;
/** The same runs get the same words each time. */
const SEED = 1;

/** Returns a run beside its baseline; undefined for a run without measured calls. */
export async function heldAgainst(
  source: AnalyzedSource,
  run: RunRecord,
  baseline: Baseline,
): Promise<HeldAgainst | undefined> {
  const after = await digestOfRun(source, run, FINE_BUCKET_RATIO);
  if (after === undefined) return undefined;
  const before = baseline.digest;
  const rng = (): Rng => rngFrom(SEED, 'compare');
  return {
    values: baselineValues(before, after, rng),
    comparison: ({ invalid, partial }) => {
      const options = {
        percents: PERCENTS,
        changeRatioMin: CHANGE_RATIO_MIN,
        changeMinNs: CHANGE_MIN_NS,
        rng: rng(),
      };
      const compared = compareRuns(before, after, options);
      const reasons = [...(invalid?.reasons ?? []), ...(partial ? ['it was stopped early'] : [])];
      const made = fingerprintDifferences(before.environment, after.environment);
      return {
        ...compared,
        before: baseline,
        after: { digest: after, name: `run ${after.runId}` },
        verdict: reasons.length > 0 ? 'invalid' : comparisonVerdict(compared),
        invalid: reasons,
        differences: [...loadDifferences(before, after), ...made.map(differenceText)],
        options,
      };
    },
  };
}
