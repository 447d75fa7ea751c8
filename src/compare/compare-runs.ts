import { tailRatioOf } from '../analyze/index.ts';
import { formatCount, qValues, type Ns, type Ratio, type Rng } from '../core/index.ts';
import { blockQuantiles, type BlocksOfRun } from './block-quantiles.ts';
import {
  percentileRow,
  shareRow,
  type PercentileChange,
  type PercentileRow,
  type RowLimits,
  type ShareChange,
  type ShareRow,
} from './comparison-rows.ts';
import { differenceOf, type Estimate } from './difference.ts';
import type { LogQuantile } from './resampled-quantiles.ts';
import type { CallBlock, RunDigest, StepDigest } from './run-digest.ts';
import { callsWithoutFailure, shareDifference } from './share-difference.ts';
import { droppedShares, errorShares, type ShareBlock } from './shares.ts';

export interface RunComparison {
  /** What all rows are judged by. */
  readonly limits: RowLimits;
  /** Errors and dropped arrivals, before times. */
  readonly shares: readonly ShareRow[];
  readonly percentiles: readonly PercentileRow[];
  /** Steps and phases that one of the two has not: they are not compared. */
  readonly missing: readonly string[];
}

export interface CompareOptions {
  /** Ascending. */
  readonly percents: readonly number[];
  /** A change counts that is larger than both. */
  readonly changeRatioMin: Ratio;
  readonly changeMinNs: Ns;
  readonly rng: Rng;
}

const FALSE_DISCOVERY_RATIO = 0.01;
/** A share of errors or drops counts from a tenth of a percentage point on. */
const SHARE_CHANGE_MIN: Ratio = 0.001;
/** A percentile is worth a gate with so many calls past it. */
const CALLS_PAST_MIN = 100;
/** Fewer blocks than this, beyond those of strata, show too little of how they vary. */
export const FREEDOM_MIN = 4;
/** Alike blocks count as fewer, so that no number of seconds is promised to be enough. */
const FEW_BLOCKS = 'too few seconds, or too alike';

/**
 * Returns what the calls of two runs differ in: per step the percentiles of the response time, the
 * share of errors, and the share of dropped arrivals, over the phases that both have. Intervals are
 * by blocks of time, and hold for these two runs: what differs from run to run, a block of neither
 * shows.
 *
 * A row has changed where its q-value (Benjamini and Hochberg, over all judged rows) is 1% at most;
 * it is a regression or an improvement where the change is as large as the least that counts, too.
 */
export function compareRuns(
  before: RunDigest,
  after: RunDigest,
  options: CompareOptions,
): RunComparison {
  const phases = new Set(
    before.phases.flatMap(({ name }) =>
      after.phases.some((phase) => phase.name === name) ? [name] : [],
    ),
  );
  const [was, is] = [blocksOfBoth(before, after), blocksOfBoth(after, before)];
  const steps = [...was.keys()].filter((step) => is.has(step));
  const times = steps.flatMap((step) => {
    const sides = [
      { blocks: was.get(step) ?? [], bucketRatio: before.bucketRatio },
      { blocks: is.get(step) ?? [], bucketRatio: after.bucketRatio },
    ] as const;
    return percentilesOf(step, sides, options);
  });
  const shares = [
    ...steps.map((step) => errorChange(step, was.get(step) ?? [], is.get(step) ?? [])),
    droppedOf(before, after, phases),
  ];
  const judged = [...shares, ...times].filter(({ unjudged }) => unjudged === '');
  const q = qValues(judged.map(({ difference }) => difference.p));
  const qOf = new Map<unknown, number>(judged.map((row, i) => [row, q[i] ?? 1]));
  const limits = {
    falseDiscoveryRatio: FALSE_DISCOVERY_RATIO,
    changeRatioMin: options.changeRatioMin,
    changeMinNs: options.changeMinNs,
    shareChangeMin: SHARE_CHANGE_MIN,
  };
  return {
    limits,
    shares: shares.map((row) => shareRow(row, qOf.get(row) ?? 1, limits)),
    percentiles: times.map((row) => percentileRow(row, qOf.get(row) ?? 1, limits)),
    missing: missingOf(before, after),
  };
}

function percentilesOf(
  step: string,
  sides: readonly [BlocksOfRun, BlocksOfRun],
  { percents, rng }: CompareOptions,
): readonly PercentileChange[] {
  const [before, after] = sides.map((side) => blockQuantiles(side, percents, rng));
  const fewest = Math.min(before?.n ?? 0, after?.n ?? 0);
  return percents.flatMap((percent, i) => {
    const [was, is] = [before?.quantiles[i], after?.quantiles[i]];
    if (was === undefined || is === undefined) return [];
    return [
      {
        step,
        percent,
        beforeNs: Math.exp(was.log),
        afterNs: Math.exp(is.log),
        difference: differenceOf(estimateOf(was), estimateOf(is)),
        differenceNs: differenceOf(timeOf(was), timeOf(is)),
        unjudged:
          was.isCutOff || is.isCutOff
            ? 'calls were cut off below it'
            : unjudgedFor(fewest, percent, Math.min(was.freedom, is.freedom)),
      },
    ];
  });
}

function unjudgedFor(calls: number, percent: number, freedom: number): string {
  const needed = callsToCompare(percent);
  if (calls < needed) return wanting(needed);
  return freedom < FREEDOM_MIN ? FEW_BLOCKS : '';
}

function wanting(calls: number): string {
  return `wants ${formatCount(calls)} calls in each`;
}

/** Returns how many calls a percentile wants in each run to be worth a gate. */
export function callsToCompare(percent: number): number {
  return Math.ceil(CALLS_PAST_MIN / Math.min(tailRatioOf(percent), percent / 100));
}

function estimateOf({ log, variance, freedom }: LogQuantile): Estimate {
  return { value: log, variance, freedom };
}

/** The delta method: the standard error of a time is that of its logarithm times the time. */
export function timeOf({ log, variance, freedom }: LogQuantile): Estimate {
  const value = Math.exp(log);
  return { value, variance: value * value * variance, freedom };
}

function errorChange(
  step: string,
  before: readonly CallBlock[],
  after: readonly CallBlock[],
): ShareChange {
  const [was, is] = [errorShares(before), errorShares(after)];
  const change = sharePair('errors', step, was, is);
  const needed = callsWithoutFailure(SHARE_CHANGE_MIN);
  const isSilent = was.value === 0 && is.value === 0 && Math.min(was.n, is.n) < needed;
  return {
    ...change,
    difference: shareDifference(was, is, 1),
    unjudged: change.unjudged === '' && isSilent ? wanting(needed) : change.unjudged,
  };
}

function droppedOf(before: RunDigest, after: RunDigest, phases: ReadonlySet<string>): ShareChange {
  const [was, is] = [before, after].map((digest) =>
    droppedShares(digest.phases.filter(({ name }) => phases.has(name))),
  );
  return sharePair('dropped', '', was ?? NOTHING, is ?? NOTHING);
}

const NOTHING: ShareBlock = { value: 0, variance: Infinity, freedom: 0, n: 0 };

function sharePair(
  kind: ShareChange['kind'],
  step: string,
  before: ShareBlock,
  after: ShareBlock,
): ShareChange {
  const none = before.n === 0 || after.n === 0;
  const freedom = Math.min(before.freedom, after.freedom);
  const few = freedom < FREEDOM_MIN ? FEW_BLOCKS : '';
  const what = kind === 'dropped' ? 'no arrivals were counted' : 'no call ended';
  const unjudged = none ? what : few;
  return {
    ...{ kind, step, unjudged },
    before: before.value,
    after: after.value,
    difference: differenceOf(before, after),
  };
}

function blocksBySteps(steps: readonly StepDigest[]): ReadonlyMap<string, readonly CallBlock[]> {
  const bySteps = Map.groupBy(steps, ({ step }) => step);
  return new Map(
    [...bySteps].map(([step, own]) => [
      step,
      own.flatMap(({ phase, blocks }) =>
        blocks.map((block) => ({ ...block, stretch: `${phase} ${block.stretch}` })),
      ),
    ]),
  );
}

/** Returns the calls of a run by step, of the phases in which the other run has that step too. */
function blocksOfBoth(
  digest: RunDigest,
  other: RunDigest,
): ReadonlyMap<string, readonly CallBlock[]> {
  return blocksBySteps(digest.steps.filter((one) => hasStep(other, one)));
}

/** Returns whether a run has calls of a step in a phase. */
export function hasStep(
  { steps }: RunDigest,
  { step, phase }: Omit<StepDigest, 'blocks'>,
): boolean {
  return steps.some((one) => one.step === step && one.phase === phase);
}

/** Phases and steps that one of the two has not, and of what both have, steps of a phase. */
function missingOf(before: RunDigest, after: RunDigest): readonly string[] {
  const names = (digest: RunDigest, other: RunDigest): readonly string[] => [
    ...digest.phases.map(({ name }) => `phase ${name}`),
    ...new Set(digest.steps.map(({ step }) => `step ${step}`)),
    ...digest.steps
      .filter(({ step }) => other.steps.some((one) => one.step === step))
      .filter(({ phase }) => other.phases.some(({ name }) => name === phase))
      .map(({ step, phase }) => `step ${step} of phase ${phase}`),
  ];
  const [was, is] = [names(before, after), names(after, before)];
  return [
    ...was.filter((name) => !is.includes(name)).map((name) => `${name} is only in the first`),
    ...is.filter((name) => !was.includes(name)).map((name) => `${name} is only in the second`),
  ];
}
