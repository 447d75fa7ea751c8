import { analyzeRun, type AnalyzedSource, type RunAnalysis } from '../../analyze/index.ts';
import { epochNsFromMs, HarnessError } from '../../core/index.ts';
import type { ThresholdResult, ThresholdState } from '../../gate/index.ts';
import type { RunReport } from '../../report/index.ts';
// Not by the room's index, which would load the parser of scenarios with it.
import { AB_SIDES, sideName } from '../../scenario/ab/ab-spec.ts';
import type { ThresholdSpec } from '../../scenario/index.ts';
import type { SpanTable, SpanWindows, StepTraces } from '../../spans/index.ts';
import {
  explainWhy,
  type ExplainOptions,
  type WhyEntry,
  type WhyOfRun,
  type WhyTarget,
} from '../../why/index.ts';
import { regressionsOfReport } from './regressions.ts';
import { OPEN_TO_EPOCH_NS } from './wanted-window.ts';
import { underNamesOfB } from './names-of-b.ts';
import { planOfRun } from './plan-of-run.ts';
import {
  countsOf,
  measuredPhases,
  targetOfRegression,
  targetOfThreshold,
  targetsOfStep,
  type FoundTarget,
} from './why-target.ts';

/** Where the traces of a run are read. */
export interface WhyTraces {
  readonly steps: StepTraces;
  readonly windows: SpanWindows;
  /** Why attributes of services are not there; '' where they are. */
  readonly noAttributes: string;
}

/** A run in which all was well, analysed. */
export interface WhyBaseline {
  readonly analysis: RunAnalysis;
  readonly traces: WhyTraces;
  /** Of A in the same run: B's name for each step and target of it; absent for another run. */
  readonly namesOfB?: ReadonlyMap<string, string>;
}

export interface WhyLimits {
  /** Of the bad calls of a target so many traces at most are read, and so many of the others. */
  readonly tracesMax: number;
  /** So many thresholds at most are explained. */
  readonly entriesMax: number;
  /** Whether thresholds that matched nothing are told as well, with the reason. */
  readonly unmatched: boolean;
}

export interface WhyWishes {
  readonly limits: WhyLimits;
  /** A threshold by its number in the scenario, from 1, or a part of its text. */
  readonly threshold?: string;
  readonly step?: string;
  readonly baseline?: WhyBaseline;
  readonly baselineNote?: string;
}

/** For a report: it is to be there soon. For `callgauge why`: as many as tell. */
export const REPORT_LIMITS: WhyLimits = { tracesMax: 400, entriesMax: 3, unmatched: false };
export const COMMAND_LIMITS: WhyLimits = { tracesMax: 5_000, entriesMax: 20, unmatched: true };

/** One seed, so that a run is always explained alike. */
const SEED = 1;

/**
 * Returns why the thresholds of a run failed, and why it is worse than its baseline, or its version
 * B than A; or of the thresholds that were asked for. No entries for a run of which none failed.
 * @throws USAGE_INVALID for a threshold or a step that the run does not have; what reading throws
 */
export async function whyOfReport(
  report: Pick<RunReport, 'analysis' | 'verdict' | 'capacity' | 'comparison' | 'ab'>,
  traces: WhyTraces,
  wishes: WhyWishes,
): Promise<WhyOfRun> {
  const { analysis, verdict, capacity } = report;
  const { limits, baselineNote = '' } = wishes;
  const plan = await planOfRun(analysis.run);
  const judged = plan.thresholds.flatMap((spec, i): readonly Judged[] => {
    const result = verdict.thresholds[i];
    return result === undefined ? [] : [{ spec, result }];
  });
  const chosen = [
    ...chosenTargets(judged, analysis, wishes),
    ...regressedTargets(report, judged, wishes),
  ];
  const invalid = verdict.invalid?.reasons.join('; ') ?? '';
  const told = chosen.slice(0, limits.entriesMax);
  const frame = { runId: analysis.run.runId, left: chosen.length - told.length, baselineNote };
  if (invalid !== '') return { ...frame, entries: [], invalid };
  const entries: WhyEntry[] = [];
  for (const { text, found } of told) {
    const silence =
      capacity === undefined
        ? 'silence' in found
          ? found.silence
          : ''
        : 'of a search for a capacity the report says at which rate it broke';
    if (silence !== '' || 'silence' in found) entries.push({ text, silence });
    else entries.push(await entryOf(found, analysis, traces, wishes));
  }
  return { ...frame, entries, invalid: '' };
}

interface Judged {
  readonly spec: ThresholdSpec;
  readonly result: ThresholdResult;
}

interface ChosenTarget {
  readonly text: string;
  readonly found: FoundTarget;
}

function chosenTargets(
  judged: readonly Judged[],
  analysis: RunAnalysis,
  { threshold, step, limits }: WhyWishes,
): readonly ChosenTarget[] {
  const targetOf = ({ spec, result }: Judged): ChosenTarget => ({
    text: spec.text,
    found:
      result.state === 'unmatched' || isUnanswered(result) || hasNoLimit(result)
        ? { silence: result.reason }
        : countsAsFailed(result)
          ? { silence: 'the run cannot tell, and whenInconclusive: fail has it count as failed' }
          : targetOfThreshold(spec, result, analysis),
  });
  if (threshold !== undefined) return [targetOf(namedThreshold(judged, threshold))];
  const inState = (state: ThresholdState): readonly Judged[] =>
    judged.filter(({ result }) => result.state === state);
  const failed = inState('fail');
  if (step === undefined) {
    const open = judged.filter(({ result }) => countsAsFailed(result));
    const unheld = judged.filter(
      ({ result }) =>
        result.state === 'unmatched' || (hasNoLimit(result) && !countsAsFailed(result)),
    );
    return [...failed, ...open, ...(limits.unmatched ? unheld : [])].map(targetOf);
  }
  const found = analysis.steps.find((one) => one.step === step);
  if (found === undefined) {
    throw new HarnessError('USAGE_INVALID', `the run has no step ${step}`, {
      hint: `It has ${analysis.steps.map((one) => one.step).join(', ')}.`,
    });
  }
  const own = failed.filter(({ spec }) => spec.step === step || spec.steps?.includes(step));
  if (own.length > 0) return own.map(targetOf);
  return targetsOfStep(found, analysis).map((one) => ({
    text: 'target' in one ? one.target.text : step,
    found: one,
  }));
}

/** Steps that got worse; of one for which a threshold failed, that says it. */
function regressedTargets(
  report: Pick<RunReport, 'analysis' | 'comparison' | 'ab'>,
  judged: readonly Judged[],
  { threshold, step: wanted }: WhyWishes,
): readonly ChosenTarget[] {
  if (threshold !== undefined || wanted !== undefined) return [];
  const { analysis } = report;
  const told = new Set(
    judged
      .filter(({ result }) => result.state === 'fail')
      .flatMap(({ spec }) => spec.steps ?? [spec.step]),
  );
  return regressionsOfReport(report).flatMap((regression): readonly ChosenTarget[] => {
    const step = analysis.steps.find((one) => one.step === regression.step);
    if (step === undefined || told.has(regression.step)) return [];
    return [{ text: regression.text, found: targetOfRegression(step, analysis, regression) }];
  });
}

/** Where no call was answered there is no time that a limit could be held against. */
function isUnanswered({ state, value, lowerBound }: ThresholdResult): boolean {
  return state === 'fail' && value === undefined && lowerBound === undefined;
}

/** Its baseline is not there. */
function hasNoLimit({ state, limit }: ThresholdResult): boolean {
  return state === 'inconclusive' && limit === undefined;
}

/** No call of it is what is wrong: there were too few. */
function countsAsFailed({ state, countsAs }: ThresholdResult): boolean {
  return state === 'inconclusive' && countsAs === 'fail';
}

function namedThreshold(judged: readonly Judged[], wanted: string): Judged {
  const number = /^\d+$/u.test(wanted) ? Number(wanted) : 0;
  const fitting =
    number > 0
      ? judged.slice(number - 1, number)
      : judged.filter(({ spec }) => spec.text.includes(wanted));
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  const all = judged.map(({ spec }, i) => `${i + 1}: ${spec.text}`).join('; ');
  const fit = others.length > 0 ? `fits ${fitting.length} of them` : 'is none of them';
  throw new HarnessError('USAGE_INVALID', `--threshold ${wanted} ${fit}`, {
    hint: all === '' ? 'The run has no thresholds; name a step: --step NAME.' : `Name one: ${all}.`,
  });
}

/** Returns why calls of a target are bad, by the traces of the run and of a baseline. */
export async function entryOf(
  { target, counts }: Extract<FoundTarget, { target: unknown }>,
  analysis: RunAnalysis,
  traces: WhyTraces,
  { limits, baseline }: Pick<WhyWishes, 'limits' | 'baseline'>,
): Promise<WhyEntry> {
  const { text } = target;
  const table = await readTraces(target, analysis, { traces, limits });
  const own = { table, counts, startedEpochNs: startOf(analysis) };
  if (table.traceCount === 0) {
    return { text, silence: 'no trace of such calls is stored: raise trace.keep of the scenario' };
  }
  const before = baseline && (await baselineTraces(target, baseline, { limits, own: table }));
  const { noAttributes } = traces;
  const why = explainWhy(target, own, { seed: SEED, baseline: before, noAttributes });
  if (why.bad.read + why.good.read > 0) return { text, why, silence: '' };
  return { text, silence: 'no such call is among the stored traces' };
}

function startOf({ run }: RunAnalysis): bigint {
  return epochNsFromMs(run.startedEpochMs);
}

interface Reading {
  readonly traces: WhyTraces;
  readonly limits: WhyLimits;
}

async function readTraces(
  target: WhyTarget,
  analysis: RunAnalysis,
  { traces, limits: { tracesMax } }: Reading,
): Promise<SpanTable> {
  const { run } = analysis;
  const { step, phases, clock, bad, edge } = target;
  const time = {
    runId: run.runId,
    fromEpochNs: startOf(analysis),
    toEpochNs: run.endedEpochMs > 0 ? epochNsFromMs(run.endedEpochMs) + 1n : OPEN_TO_EPOCH_NS,
  };
  // Which spans are attempts on an edge is known when they are read: an even sample of traces is.
  if (edge !== undefined) return (await traces.windows.spansIn(time, 2 * tracesMax)).table;
  return traces.steps.tracesOfStep({
    ...{ ...time, step, phases, clock, tracesMax },
    slowerThanNs: bad.kind === 'slow' ? bad.limitNs : Infinity,
    outcomes: bad.kind === 'failed' ? bad.outcomes : [],
  });
}

async function baselineTraces(
  target: WhyTarget,
  { analysis, traces, namesOfB }: WhyBaseline,
  { limits, own }: { readonly limits: WhyLimits; readonly own: SpanTable },
): Promise<ExplainOptions['baseline']> {
  const measured = measuredPhases(analysis, '');
  const both = measured.filter((phase) => target.phases.includes(phase));
  const phases = both.length > 0 ? both : measured;
  const name = namesOfB === undefined ? target.step : stepOfA(namesOfB, target.step);
  // What both versions share is no baseline of itself.
  if (name === undefined) return undefined;
  const there = { ...target, step: name, phases };
  const table = await readTraces(there, analysis, { traces, limits });
  if (table.traceCount === 0) return undefined;
  const step = analysis.steps.find((one) => one.step === name);
  const counts = step && countsOf(step, { phases, clock: target.clock });
  const common = { runId: analysis.run.runId, counts, phases, startedEpochNs: startOf(analysis) };
  if (namesOfB === undefined) return { ...common, table };
  const known = { ofB: namesOfB, steps: { a: name, b: target.step } };
  return { ...common, table: underNamesOfB(table, own, known), version: 'A' };
}

function stepOfA(namesOfB: ReadonlyMap<string, string>, step: string): string | undefined {
  return [...namesOfB].find(([, b]) => b === step)?.[0];
}

/** Returns a run as one that others are held against; only what an explanation asks of it. */
export async function whyBaseline(
  source: AnalyzedSource,
  runId: string,
  traces: WhyTraces,
): Promise<WhyBaseline> {
  return { analysis: await analyzeRun(source, runId, {}), traces };
}

/**
 * Returns what a run is held against by its report, with its traces: A for B, else the run that was
 * the baseline, also by a file, where the store has it. Undefined where there is none.
 */
export async function baselineOfReport(
  { analysis, comparison, ab }: Pick<RunReport, 'analysis' | 'comparison' | 'ab'>,
  traces: WhyTraces,
  source: AnalyzedSource | undefined,
): Promise<WhyBaseline | undefined> {
  if (ab !== undefined) {
    const [a, b] = AB_SIDES.map((side) => sideName(ab.target, side));
    const steps = ab.steps.map((step) => [step.a, step.b] as const);
    return { analysis, traces, namesOfB: new Map([...steps, [a ?? '', b ?? '']]) };
  }
  const runId = comparison?.before.digest.runId;
  if (runId === undefined || source === undefined) return undefined;
  if ((await source.run(runId)) === undefined) return undefined;
  return whyBaseline(source, runId, traces);
}

/**
 * Returns a report with why its gate failed.
 * @param source where the run that it is held against is looked for; undefined for nowhere
 */
export async function reportWithWhy(
  report: RunReport,
  tracesOf: () => Promise<WhyTraces>,
  source: AnalyzedSource | undefined,
): Promise<RunReport> {
  const traces = await tracesOf();
  const baseline = await baselineOfReport(report, traces, source);
  const wishes = { limits: REPORT_LIMITS, ...(baseline && { baseline }) };
  const why = await whyOfReport(report, traces, wishes);
  return why.entries.length === 0 ? report : { ...report, why };
}
