import { completenessOf, findIncident, type Cause } from '../incident/index.ts';
import { callTable, forestOf, type SpanForest, type SpanTable } from '../spans/index.ts';
import { findBurst } from './burst.ts';
import { callWeights, countCalls } from './call-weights.ts';
import { failureOrigins } from './failure-origins.ts';
import { callPaths, PathBook, type CallPath } from './path-book.ts';
import { CALLS_MIN, meanOf, placeDifferences, type PathSide } from './place-differences.ts';
import { mostRetried } from './retries.ts';
import { faultShares, separatingValues } from './separating-values.ts';
import { stepCalls, type StepCall } from './step-calls.ts';
import {
  EXAMPLES_MAX,
  type AgainstBaseline,
  type CallCounts,
  type CallExample,
  type CallSide,
  type PlaceTime,
  type Stored,
  type Why,
  type WhyState,
  type WhyTarget,
} from './why.ts';

/** The traces of a run in which calls of a target are. */
export interface RunTraces {
  readonly runId: string;
  readonly table: SpanTable;
  /** How many calls there were; left out where nobody counted them: each stands for itself. */
  readonly counts?: CallCounts | undefined;
  readonly startedEpochNs: bigint;
}

/** Of what a target is held against: another run, or version A in the same one. */
export interface BaselineTraces extends RunTraces, Pick<WhyTarget, 'phases'> {
  readonly version?: 'A';
}

export interface ExplainOptions {
  /** Of the draws for the intervals. */
  readonly seed: number;
  /** The same calls of a run in which all was well; phases may be others. */
  readonly baseline?: BaselineTraces | undefined;
  /** Why the table lacks attributes of services; '' where it does not. */
  readonly noAttributes?: string;
}

/** Calls of a target, cut out of their traces, and what is known of each. */
interface Studied {
  readonly calls: readonly StepCall[];
  readonly weights: Float64Array;
  /** Every call is a trace of it. */
  readonly forest: SpanForest;
  readonly paths: readonly CallPath[];
  readonly counts: CallCounts | undefined;
}

/** Of calls that are not bad, fewer than this are none to hold the others against. */
const GOOD_SHARE_MIN = 0.02;
/** A value or a fault explains where most bad calls have it, and at most half of the others. */
const DECISIVE = { bad: 0.8, good: 0.5, calls: 10 };
/** Most failures that began at one place explain a failed gate where they are so many. */
const ORIGIN_SHARE_MIN = 0.3;
/** Against a baseline: a place has changed that adds so much of the time of a whole call. */
const CHANGE_MIN = 0.02;

/**
 * Returns why calls of a target are bad, by what sets them apart from the others of the run, and,
 * with a baseline, by what all calls of the run do otherwise than those of the baseline. One seed
 * gives one answer.
 */
export function explainWhy(
  target: WhyTarget,
  traces: Omit<RunTraces, 'runId'>,
  { seed, baseline, noAttributes = '' }: ExplainOptions,
): Why {
  const book = new PathBook();
  const run = study(target, { ...traces, book });
  const { calls, weights, forest } = run;
  const bad = [...calls.keys()].filter((call) => calls[call]?.isBad === true);
  const good = [...calls.keys()].filter((call) => calls[call]?.isBad === false);
  const before = baseline && study(ofBaseline(target, baseline.phases), { ...baseline, book });
  const comparable = bad.length >= CALLS_MIN && good.length >= CALLS_MIN;
  const found = {
    places: comparable ? placeDifferences(book, sideOf(run, good), sideOf(run, bad), seed) : [],
    origins: failureOrigins(forest, bad, weights),
    retries: mostRetried(forest, calls, weights),
    faults: faultShares(forest, calls, weights),
    values: comparable && noAttributes === '' ? separatingValues(forest, calls, weights) : [],
    ...named('burst', findBurst(run, traces.startedEpochNs)),
    ...named(
      'against',
      baseline && before ? against({ baseline, before, run, book, seed }) : undefined,
    ),
  };
  const sides = {
    bad: sideNumbers(run, bad, 'bad', target),
    good: sideNumbers(run, good, 'good', target),
  };
  return {
    target,
    state: stateOf(target, sides, found),
    ...sides,
    ...found,
    usual: usualOf(run, bad, book),
    examples: examplesOf(target, run, bad, book),
    stored: storedOf(run, noAttributes),
  };
}

function named<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}

function study(
  target: WhyTarget,
  { table, counts, startedEpochNs, book }: Omit<RunTraces, 'runId'> & { readonly book: PathBook },
): Studied {
  const calls = stepCalls(forestOf(table), target, startedEpochNs);
  const weights = callWeights(calls, counts, target);
  const cut = calls.map((call, i) => ({ ...call, weight: weights[i] ?? 1 }));
  const forest = forestOf(callTable(table, cut));
  return { calls, weights, forest, paths: callPaths(forest, calls, book), counts };
}

function sideOf({ paths, weights }: Studied, calls: readonly number[]): PathSide {
  return {
    paths: calls.map((call) => paths[call] ?? new Map<number, number>()),
    weights: Float64Array.from(calls, (call) => weights[call] ?? 1),
  };
}

function sideNumbers(
  { calls: all, weights, counts }: Studied,
  calls: readonly number[],
  side: 'bad' | 'good',
  target: WhyTarget,
): CallSide {
  const own = Float64Array.from(calls, (call) => weights[call] ?? 1);
  const took = Float64Array.from(calls, (call) => all[call]?.tookNs ?? 0);
  const inAll = counts && countCalls(counts, target)[side];
  return {
    calls: inAll ?? Math.round(own.reduce((sum, weight) => sum + weight, 0)),
    read: calls.length,
    meanNs: meanOf(took, own),
  };
}

type Found = Pick<Why, 'places' | 'origins' | 'faults' | 'values' | 'against'>;

function stateOf(
  { bad: what }: WhyTarget,
  { bad, good }: Pick<Why, 'bad' | 'good'>,
  { places, origins, faults, values, against: change }: Found,
): WhyState {
  const isSetApart = [...faults, ...values].some(
    ({ valueGivenBad, valueGivenGood }) =>
      valueGivenBad >= DECISIVE.bad && valueGivenGood <= DECISIVE.good,
  );
  if (isSetApart && bad.read >= DECISIVE.calls) return 'explained';
  if (what.kind === 'failed' && (origins[0]?.share ?? 0) >= ORIGIN_SHARE_MIN) return 'explained';
  if (change !== undefined && changes(change)) return 'explained';
  if (bad.read < CALLS_MIN) return 'few';
  if (what.kind === 'slow' && places.some(({ standsOut }) => standsOut)) return 'explained';
  const isAll = good.read < CALLS_MIN || good.calls < GOOD_SHARE_MIN * (good.calls + bad.calls);
  return isAll ? 'all' : 'unexplained';
}

/** Returns whether calls of a run hold anything longer than those of the baseline. */
function changes({ places, before, causes }: AgainstBaseline): boolean {
  return causes.length > 0 || places.some(({ lowNs }) => lowNs > CHANGE_MIN * before.meanNs);
}

/** Windows of faults and healthy times are of the one run. */
function ofBaseline(target: WhyTarget, phases: readonly string[]): WhyTarget {
  const { text, step, edge, clock, bad } = target;
  return { text, step, ...(edge && { edge }), phases, clock, bad };
}

interface Pair {
  readonly baseline: BaselineTraces;
  readonly before: Studied;
  readonly run: Studied;
  readonly book: PathBook;
  readonly seed: number;
}

const CAUSES_MAX = 3;

function against({ baseline, before, run, book, seed }: Pair): AgainstBaseline {
  const everything = ({ calls, weights, counts }: Studied): CallSide => {
    const meanNs = meanOf(
      Float64Array.from(calls, ({ tookNs }) => tookNs),
      weights,
    );
    const outcomes = Object.values(counts?.outcomes ?? {});
    const inAll = outcomes.reduce((sum, n) => sum + n, 0);
    return { calls: counts ? inAll : calls.length, read: calls.length, meanNs };
  };
  const all = (studied: Studied): PathSide => ({ paths: studied.paths, weights: studied.weights });
  const isComparable = Math.min(before.calls.length, run.calls.length) >= CALLS_MIN;
  const incident = findIncident(before.forest.table, run.forest.table, { seed });
  return {
    runId: baseline.runId,
    ...named('version', baseline.version),
    before: everything(before),
    after: everything(run),
    places: isComparable ? placeDifferences(book, all(before), all(run), seed) : [],
    causes: incident.causes
      .filter((cause) => cause.isProven && !isUnservedCall(cause))
      .slice(0, CAUSES_MAX)
      .map(({ service, kind, addedTime, addedErrors }) => ({
        ...{ service, kind },
        ...named('addedTime', addedTime),
        ...named('addedErrors', addedErrors),
      })),
  };
}

/**
 * Of a call whose callee left no span all time is spent within callgauge's own, and errors begin
 * there: the places say which call it is.
 */
function isUnservedCall({ service, kind }: Pick<Cause, 'service' | 'kind'>): boolean {
  return service === 'callgauge' && (kind === 'slower-inside' || kind === 'errors-begin');
}

const EXAMPLE_PLACES = 3;

function usualOf(
  { paths, weights }: Studied,
  calls: readonly number[],
  book: PathBook,
): readonly PlaceTime[] {
  const sums = new Map<number, number>();
  let all = 0;
  for (const call of calls) {
    const weight = weights[call] ?? 1;
    all += weight;
    for (const [key, ns] of paths[call] ?? []) sums.set(key, (sums.get(key) ?? 0) + weight * ns);
  }
  return mostOf(sums, book).map(({ place, ns }) => ({ place, ns: ns / all }));
}

function mostOf(times: CallPath, book: PathBook): readonly PlaceTime[] {
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, EXAMPLE_PLACES)
    .map(([key, ns]) => ({ place: book.placeOf(key), ns }));
}

function examplesOf(
  { bad: what }: WhyTarget,
  { calls, paths, forest }: Studied,
  bad: readonly number[],
  book: PathBook,
): readonly CallExample[] {
  const order = (call: number): number =>
    what.kind === 'slow'
      ? (calls[call]?.tookNs ?? 0)
      : (forest.table.startsNs[forest.table.traceStarts[call] ?? 0] ?? 0);
  return bad
    .toSorted((a, b) => order(b) - order(a))
    .slice(0, EXAMPLES_MAX)
    .map((call) => ({
      traceId: forest.table.traceIds[call] ?? '',
      tookNs: calls[call]?.tookNs ?? 0,
      outcome: calls[call]?.outcome ?? '',
      path: mostOf(paths[call] ?? new Map<number, number>(), book),
    }));
}

function storedOf({ forest: { table } }: Studied, noAttributes: string): Stored {
  const { names, services, traceStarts, traceCount } = table;
  let served = 0;
  for (let call = 0; call < traceCount; call++) {
    const own = services.subarray(traceStarts[call], traceStarts[call + 1]);
    if (new Set(own).size > 1 || own.some((service) => names[service] !== 'callgauge')) served++;
  }
  return { served, broken: completenessOf(table, traceCount).brokenTraces, noAttributes };
}
