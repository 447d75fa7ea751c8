import { readMeasuredSeconds, stepsOfSeconds, type RunSource } from '../../analyze/index.ts';
import {
  differenceText,
  fingerprintDifferences,
  fingerprintOf,
  historyVerdict,
  MEASURES,
  measureHistories,
  type HistoryVerdict,
  type Measure,
  type MeasureHistory,
  type RunPoint,
} from '../../compare/index.ts';
import { counted, didYouMean, HarnessError, runNotFound, type Ratio } from '../../core/index.ts';
import type { RunRecord } from '../../core/index.ts';

/** Of what a history is wanted. */
export interface HistoryWishes {
  /** The scenario's name; absent: that of the newest run. */
  readonly scenario?: string;
  /** Names of steps; all for none. */
  readonly steps: readonly string[];
  /** Names of measures, at least one. */
  readonly measures: readonly string[];
  /** Most runs that are looked at. */
  readonly runsMax: number;
  /** Whether runs on other machines count too. */
  readonly anyMachine: boolean;
  readonly changeRatioMin: Ratio;
  readonly freshRuns: number;
}

/** The runs of one scenario in the order in which they were made, and what changed. */
export interface RunHistory {
  readonly scenario: string;
  /** Of the runs that count: the oldest first. */
  readonly runs: readonly RunRecord[];
  readonly histories: readonly MeasureHistory[];
  readonly verdict: HistoryVerdict;
  /** Why runs do not count, and how many. */
  readonly leftOut: readonly { readonly reason: string; readonly count: number }[];
  /** Versions that changed between runs that count: `kernel 6.9, not 6.8 (run 673e…)`. */
  readonly versions: readonly string[];
  readonly freshRuns: number;
}

/** Runs that are read at once. */
const READERS = 4;

/**
 * Returns the history of a scenario over its newest stored runs. Runs that were stopped, were
 * invalid, searched for a capacity, measured two versions or were made on another machine than the
 * newest do not count.
 * @throws RUN_NOT_FOUND where no run counts; USAGE_INVALID for a name that there is not
 */
export async function historyOf(source: RunSource, wishes: HistoryWishes): Promise<RunHistory> {
  const measures = wishes.measures.map(measureOf);
  const scenario = wishes.scenario ?? (await source.runs(1))[0]?.scenario;
  if (scenario === undefined) throw runNotFound('of any scenario');
  const stored = await source.runs(wishes.runsMax, scenario);
  if (stored.length === 0) throw await noSuchScenario(source, scenario);
  const reasons = new Map<string, number>();
  const count = (reason: string): void => {
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  };
  const [newest] = stored.filter((run) => reasonAgainst(run) === undefined);
  const counting = stored.filter((run) => {
    const reason =
      reasonAgainst(run) ?? (wishes.anyMachine ? undefined : otherMachine(run, newest));
    if (reason !== undefined) count(reason);
    return reason === undefined;
  });
  const runs = counting.toReversed();
  const points = await readPoints(source, runs);
  const histories = measureHistories(points, measures, wishes);
  return {
    scenario,
    runs,
    histories: chosenSteps(histories, wishes.steps),
    verdict: historyVerdict(chosenSteps(histories, wishes.steps)),
    leftOut: [...reasons].map(([reason, n]) => ({ reason, count: n })),
    versions: changedVersions(runs),
    freshRuns: wishes.freshRuns,
  };
}

function measureOf(name: string): Measure {
  const found = MEASURES.find((measure) => measure.name === name);
  if (found !== undefined) return found;
  const names = MEASURES.map((measure) => measure.name);
  throw new HarnessError('USAGE_INVALID', `no measure ${name}${didYouMean(name, names)}`, {
    hint: `Measures are ${names.join(', ')}.`,
  });
}

async function noSuchScenario(source: RunSource, scenario: string): Promise<HarnessError> {
  const names = [...new Set((await source.runs(NAMES_RUNS)).map((run) => run.scenario))];
  return new HarnessError(
    'RUN_NOT_FOUND',
    `no run of a scenario ${scenario} is stored${didYouMean(scenario, names)}`,
    {
      hint:
        names.length === 0
          ? 'Run it first: callgauge run FILE.'
          : `Name one of ${names.slice(0, NAMES_SHOWN).join(', ')}.`,
    },
  );
}

/** So many runs are looked at for the names of scenarios, and so many names are shown. */
const NAMES_RUNS = 200;
const NAMES_SHOWN = 8;

function reasonAgainst({ status, verdict, phases, targets = {} }: RunRecord): string | undefined {
  if (status !== 'complete') return 'stopped, or still under way';
  if (verdict === 'invalid') return 'invalid: the generator was the cause of what they measured';
  // Only probes of a search have a rate in their name.
  if (phases.some(({ name }) => name.includes('@'))) return 'searches for a capacity';
  // Nor does the name of any target but of one of two versions.
  if (Object.keys(targets).some((name) => name.includes('@'))) return 'of two versions, by ab';
  return undefined;
}

function otherMachine(run: RunRecord, newest: RunRecord | undefined): string | undefined {
  const [difference] = fingerprintDifferences(
    fingerprintOf(newest?.environment ?? {}),
    fingerprintOf(run.environment),
  ).filter(({ isOtherMachine }) => isOtherMachine);
  return difference && `made elsewhere: ${differenceText(difference)}`;
}

async function readPoints(
  source: RunSource,
  runs: readonly RunRecord[],
): Promise<readonly RunPoint[]> {
  const points: RunPoint[] = [];
  for (let from = 0; from < runs.length; from += READERS) {
    const some = runs.slice(from, from + READERS);
    const read = some.map(async (run) => {
      const seconds = await readMeasuredSeconds(source, run, ['response']);
      return { run, steps: stepsOfSeconds(seconds) };
    });
    points.push(...(await Promise.all(read)));
  }
  return points;
}

function chosenSteps(
  histories: readonly MeasureHistory[],
  wanted: readonly string[],
): readonly MeasureHistory[] {
  const names = [...new Set(histories.map(({ step }) => step))];
  const unknown = wanted.find((step) => !names.includes(step));
  if (unknown !== undefined) {
    throw new HarnessError(
      'USAGE_INVALID',
      `the newest run has no step ${unknown}${didYouMean(unknown, names)}`,
      { hint: `It has ${counted(names.length, 'step')}: ${names.join(', ')}.` },
    );
  }
  return wanted.length === 0 ? histories : histories.filter(({ step }) => wanted.includes(step));
}

function changedVersions(runs: readonly RunRecord[]): readonly string[] {
  return runs.flatMap((run, i) => {
    const before = runs[i - 1];
    if (before === undefined) return [];
    const [was, is] = [before, run].map(({ environment }) => fingerprintOf(environment));
    return fingerprintDifferences(was ?? {}, is ?? {})
      .filter(({ isOtherMachine }) => !isOtherMachine)
      .map((difference) => `${differenceText(difference)}, since run ${run.runId}`);
  });
}
