import type { Change } from './compare-series.ts';
import { qValues } from '../core/index.ts';
import { sampleSpan, type Gathered, type SampleTaker, type ShapedTable } from './gather-series.ts';
import type { AttributeValue } from './incident.ts';
import { weightedQuantiles } from '../spans/index.ts';
import { fisherGreater } from './proportions.ts';

/** One window with its innermost times. */
export interface SampledTable {
  readonly shaped: ShapedTable;
  readonly gathered: Gathered;
}

/** A call that a change is about. */
interface Call {
  readonly span: number;
  readonly amount: number;
}

/** No value with fewer bad calls than this is looked at. */
const BAD_CALLS_MIN = 3;
const VALUES_MAX = 5;
/** Of more calls, evenly many are looked at. */
const CALLS_MAX = 20_000;
/** Beyond this part of the baseline's calls a time is bad. */
const BAD_QUANTILE = 0.99;
const FALSE_DISCOVERIES = 0.05;

/**
 * Returns the values that the bad calls of a change have more often than the others of the window:
 * attributes of the span, of those above it and of the one that it calls, and the instances that
 * both ran on; none that says how a call ended. Bad are errors, stops, more calls than the
 * baseline's mean, and times above the 99th percentile of the baseline's.
 *
 * Each value is put to Fisher's exact test against the others of its key, among calls that have
 * the key: a sample that keeps some spans of bad traces alone would make all that these hold look
 * bad. The test counts calls that are stored, whose odds hold where bad ones are kept more often;
 * what is told is of all that they stand for. Those with q <= 0.05 are returned, the greatest
 * difference of P(v | bad) and P(v | not bad) first.
 */
export function findAttributeValues(
  change: Change,
  baseline: SampledTable,
  window: SampledTable,
): readonly AttributeValue[] {
  const limit = badAbove(change, baseline);
  const calls = evenly(callsOf(change, window), CALLS_MAX).map((call) => ({
    ...call,
    isBad: call.amount > limit,
  }));
  const byKey = new Map<string, Tally>();
  const byValue = new Map<string, ValueTally>();
  const { weights } = window.shaped.table;
  for (const { span, isBad } of calls) {
    const weight = weights[span] ?? 1;
    for (const [key, value] of valuesAt(window.shaped, span)) {
      const all = byKey.get(key) ?? emptyTally();
      byKey.set(key, all);
      const text = JSON.stringify([key, value]);
      const own = byValue.get(text) ?? { key, value, ...emptyTally(), all };
      byValue.set(text, own);
      for (const tally of [all, own]) {
        tally[isBad ? 'bad' : 'good'] += 1;
        tally[isBad ? 'weightedBad' : 'weightedGood'] += weight;
      }
    }
  }
  const tested = [...byValue.values()].filter(
    ({ bad, all }) => bad >= BAD_CALLS_MIN && all.good > 0,
  );
  const q = qValues(tested.map(pOf));
  return tested
    .map(({ key, value, weightedBad: bad, weightedGood: good, all }, i) => ({
      key,
      value,
      badGivenValue: bad / (bad + good),
      valueGivenBad: bad / all.weightedBad,
      valueGivenGood: good / all.weightedGood,
      badCalls: Math.round(bad),
      calls: Math.round(bad + good),
      q: q[i] ?? 1,
    }))
    .filter((value) => value.q <= FALSE_DISCOVERIES)
    .toSorted((a, b) => gap(b) - gap(a) || (a.key + a.value < b.key + b.value ? -1 : 1))
    .slice(0, VALUES_MAX);
}

/** Calls, and how many they stand for. */
interface Tally {
  bad: number;
  good: number;
  weightedBad: number;
  weightedGood: number;
}

function emptyTally(): Tally {
  return { bad: 0, good: 0, weightedBad: 0, weightedGood: 0 };
}

/** Calls with a value, beside all calls that have its key. */
interface ValueTally extends Tally {
  readonly key: string;
  readonly value: string;
  readonly all: Tally;
}

function pOf({ bad, good, all }: ValueTally): number {
  const n = bad + good;
  const rest = { hits: all.bad - bad, n: all.bad + all.good - n };
  return rest.n === 0 ? 1 : fisherGreater({ hits: bad, n }, rest);
}

function evenly<T>(all: readonly T[], most: number): readonly T[] {
  const step = all.length / most;
  if (step <= 1) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor(i * step)]).filter(
    (one) => one !== undefined,
  );
}

function gap({ valueGivenBad, valueGivenGood }: AttributeValue): number {
  return valueGivenBad - valueGivenGood;
}

function badAbove(change: Change, baseline: SampledTable): number {
  const { measure } = change.key;
  if (measure === 'errors' || measure === 'stops') return 0;
  if (measure !== 'time') return change.baselineMean;
  const calls = callsOf(change, baseline);
  const { weights } = baseline.shaped.table;
  const quantile = weightedQuantiles(
    calls.map(({ amount }) => amount),
    calls.map(({ span }) => weights[span] ?? 1),
  );
  return quantile(BAD_QUANTILE) ?? 0;
}

/** Finds the spans that a series counts, each with what it adds. */
function callsOf({ number, key }: Change, { shaped, gathered }: SampledTable): readonly Call[] {
  const { book, table, shape } = shaped;
  const service = book.textNumber(key.service);
  const operation = book.textNumber(key.operation);
  const isOfKey = (span: number): boolean =>
    shape.services[span] === service && shape.operations[span] === operation;
  const isCountedApart = key.measure !== 'time' && key.measure !== 'stops';
  const calls: Call[] = [];
  const seen = { isCounted: false, amount: 0 };
  const taker: SampleTaker = {
    add: (series, sum) => {
      if (series === number) seen.isCounted = true;
      if (series === number) seen.amount += sum;
      return { callsNs: 0 };
    },
  };
  for (let span = 0; span < table.spanCount; span++) {
    // An error may be laid to a callee that still ran: it is found at its caller.
    const isOwn = isOfKey(span);
    if (!isOwn && !(key.measure === 'errors' && isOfKey(shape.calleeSpans[span] ?? -1))) continue;
    seen.isCounted = isOwn && isCountedApart;
    seen.amount = 0;
    const { timesNs, failing } = gathered;
    sampleSpan(shaped, { span, timeNs: timesNs[span] ?? 0, failing }, taker);
    if (seen.isCounted) calls.push({ span, amount: seen.amount });
  }
  return calls;
}

/** Says what became of a call, or when it was, so that it tells nothing of why. */
const OUTCOME =
  /^(?:callee )?(?:error\.|exception\.|http\.(?:response\.|status_)|rpc\..*status|otel\.status|callgauge\.(?:outcome|reason|kept|fault\.active)$)/u;

/** Returns whether an attribute says what became of a call, or when it was. */
export function saysOutcome(key: string): boolean {
  return OUTCOME.test(key);
}

const TOUCHED_BY = 'callgauge.fault';
const ACTIVE_FAULT = 'callgauge.fault.active';
const UNTOUCHED = '(none)';

/** Returns the attributes at a span, each key once: the nearest span that has it counts. */
function valuesAt({ table, shape }: ShapedTable, span: number): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const take = (at: number, prefix: string): void => {
    const put = (key: string, value: string): void => {
      const label = prefix + key;
      if (!values.has(label) && !OUTCOME.test(label)) values.set(label, value);
    };
    const instance = table.instances[at] ?? 0;
    if (instance !== 0) put('instance', table.names[instance] ?? '');
    const end = table.attributeStarts[at + 1] ?? 0;
    let [isTouched, metFault] = [false, false];
    for (let i = table.attributeStarts[at] ?? 0; i < end; i++) {
      const key = table.names[table.attributeKeys[i] ?? 0] ?? '';
      isTouched ||= key === TOUCHED_BY;
      metFault ||= key === ACTIVE_FAULT;
      put(key, table.names[table.attributeValues[i] ?? 0] ?? '');
    }
    // A call that a fault spared tells as much as one that it touched.
    if (metFault && !isTouched) put(TOUCHED_BY, UNTOUCHED);
  };
  const callee = shape.calleeSpans[span] ?? -1;
  if (callee >= 0) take(callee, 'callee ');
  for (let at = span; at >= 0; at = table.parents[at] ?? -1) take(at, '');
  return values;
}
