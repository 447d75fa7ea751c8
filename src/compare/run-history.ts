import {
  proportionBounds,
  REPORTED_PERCENTS,
  type CallSummary,
  type StepAnalysis,
} from '../analyze/index.ts';
import type { Ms, Ratio, RunRecord } from '../core/index.ts';
import { findChangePoints, type ChangePoint } from './change-points.ts';

/** What a history is of, by its name: `p99`, `errors`, `rate`. */
export interface Measure {
  readonly name: string;
  readonly unit: 'ns' | 'ratio' | 'perSec';
  readonly worse: 'higher' | 'lower';
  /** Smaller changes of it are none, in its unit. */
  readonly changeMin: number;
  /** Returns its value in a run; undefined where the sample is too small. */
  readonly of: (calls: CallSummary) => MeasuredValue | undefined;
}

/** In the measure's unit, with the ends of its 95% interval where it has one. */
export interface MeasuredValue {
  readonly value: number;
  readonly lower?: number;
  readonly upper?: number;
}

/** The steps of one run, the oldest of several first. */
export interface RunPoint {
  readonly run: Pick<RunRecord, 'runId' | 'startedEpochMs'>;
  readonly steps: readonly StepAnalysis[];
}

export interface HistoryPoint extends MeasuredValue {
  readonly runId: string;
  readonly startedEpochMs: Ms;
  /** Calls that the value is of. */
  readonly n: number;
}

/** One measure of one step over the runs, the oldest first. */
export interface MeasureHistory {
  readonly step: string;
  readonly measure: Pick<Measure, 'name' | 'unit' | 'worse'>;
  /** Of the runs that have it. */
  readonly points: readonly HistoryPoint[];
  /** Runs in which the sample was too small for it. */
  readonly refused: number;
  readonly changes: readonly HistoryChange[];
}

/** A change between two runs that follow each other in the history. */
export interface HistoryChange extends ChangePoint {
  readonly isWorse: boolean;
  /** Whether its first run is among the newest ones. */
  readonly isFresh: boolean;
}

/** Fewer runs than this have no history: a change wants a level on either side of it. */
export const HISTORY_RUNS_MIN = 10;

/** A tenth of a percentage point: a handful of errors is no change of a service. */
const ERRORS_CHANGE_MIN = 0.001;

export const MEASURES: readonly Measure[] = [
  ...REPORTED_PERCENTS.map((percent): Measure => ({
    name: `p${percent}`,
    unit: 'ns',
    worse: 'higher',
    changeMin: 0,
    of: ({ response }) => {
      const found = response.percentiles.find((one) => one.percent === percent);
      if (found?.kind !== 'known') return undefined;
      return { value: found.valueNs, lower: found.lowerNs, upper: found.upperNs };
    },
  })),
  {
    name: 'errors',
    unit: 'ratio',
    worse: 'higher',
    changeMin: ERRORS_CHANGE_MIN,
    of: ({ calls, outcomes, errors, errorRatio }) => {
      const ended = calls - outcomes.cancelled;
      return ended === 0 ? undefined : { value: errorRatio, ...proportionBounds(errors, ended) };
    },
  },
  {
    name: 'rate',
    unit: 'perSec',
    worse: 'lower',
    changeMin: 0,
    of: ({ achievedPerSec }) => ({ value: achievedPerSec }),
  },
];

export interface HistoryOptions {
  /** Smaller changes are none. */
  readonly changeRatioMin: Ratio;
  /** A change whose first run is among so many newest runs is fresh. */
  readonly freshRuns: number;
}

/**
 * Returns the histories of the measures for every step that the newest run has, each with the
 * changes of its level.
 * @param runs the oldest first
 */
export function measureHistories(
  runs: readonly RunPoint[],
  measures: readonly Measure[],
  options: HistoryOptions,
): readonly MeasureHistory[] {
  const steps = runs.at(-1)?.steps ?? [];
  return steps.flatMap(({ step }) =>
    measures.map((measure) => historyOf(step, measure, { runs, ...options })),
  );
}

function historyOf(
  step: string,
  measure: Measure,
  { runs, changeRatioMin, freshRuns }: HistoryOptions & { readonly runs: readonly RunPoint[] },
): MeasureHistory {
  const points: HistoryPoint[] = [];
  let refused = 0;
  for (const { run, steps } of runs) {
    const calls = steps.find((one) => one.step === step)?.overall;
    if (calls === undefined) continue;
    const value = measure.of(calls);
    if (value === undefined) refused++;
    else
      points.push({
        runId: run.runId,
        startedEpochMs: run.startedEpochMs,
        n: calls.calls,
        ...value,
      });
  }
  const { changeMin, name, unit, worse } = measure;
  const found = findChangePoints(
    points.map(({ value }) => value),
    { changeRatioMin, changeMin },
  );
  return {
    step,
    measure: { name, unit, worse },
    points,
    refused,
    changes: found.map((change) => ({
      ...change,
      isWorse: change.afterMean > change.beforeMean === (worse === 'higher'),
      isFresh: change.index >= points.length - freshRuns,
    })),
  };
}

/**
 * - `regression`: a fresh change is for the worse
 * - `too-few`: some history has too few runs to tell
 * - `steady`: neither
 */
export type HistoryVerdict = 'regression' | 'too-few' | 'steady';

/** Returns what the histories say of the newest runs. */
export function historyVerdict(histories: readonly MeasureHistory[]): HistoryVerdict {
  const changes = histories.flatMap(({ changes: own }) => own);
  if (changes.some(({ isFresh, isWorse }) => isFresh && isWorse)) return 'regression';
  const isShort = histories.some(({ points }) => points.length < HISTORY_RUNS_MIN);
  return isShort || histories.length === 0 ? 'too-few' : 'steady';
}
