import type { Change } from './compare-series.ts';
import { qValues } from './false-discovery.ts';
import { sampleSpan, type Gathered, type SampleTaker, type ShapedTable } from './gather-series.ts';
import type { AttributeValue } from './incident.ts';
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
 * both ran on. Bad are errors, stops, more calls than the baseline's mean, and times above the 99th
 * percentile of the baseline's. Each value is put to Fisher's exact test against all others; those
 * with q <= 0.05 are kept, the greatest difference of P(v | bad) and P(v | not bad) first.
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
  const bad = calls.filter(({ isBad }) => isBad).length;
  if (bad < BAD_CALLS_MIN || bad === calls.length) return [];
  const good = calls.length - bad;
  const tallies = new Map<string, { bad: number; good: number }>();
  for (const { span, isBad } of calls) {
    for (const key of valuesAt(window.shaped, span)) {
      const tally = tallies.get(key) ?? { bad: 0, good: 0 };
      tallies.set(key, tally);
      if (isBad) tally.bad += 1;
      else tally.good += 1;
    }
  }
  const tested = [...tallies].filter(([, tally]) => tally.bad >= BAD_CALLS_MIN);
  const q = qValues(
    tested.map(([, own]) => {
      const n = own.bad + own.good;
      const rest = { hits: bad - own.bad, n: calls.length - n };
      return rest.n === 0 ? 1 : fisherGreater({ hits: own.bad, n }, rest);
    }),
  );
  return tested
    .map(([text, own], i) => {
      const [key = '', value = ''] = JSON.parse(text) as string[];
      return {
        key,
        value,
        badGivenValue: own.bad / (own.bad + own.good),
        valueGivenBad: own.bad / bad,
        valueGivenGood: own.good / good,
        badCalls: own.bad,
        calls: own.bad + own.good,
        q: q[i] ?? 1,
      };
    })
    .filter((value) => value.q <= FALSE_DISCOVERIES)
    .toSorted((a, b) => gap(b) - gap(a) || (a.key + a.value < b.key + b.value ? -1 : 1))
    .slice(0, VALUES_MAX);
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
  const sorted = callsOf(change, baseline)
    .map(({ amount }) => amount)
    .toSorted((a, b) => a - b);
  return sorted[Math.ceil(BAD_QUANTILE * sorted.length) - 1] ?? 0;
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

/** Returns `[key, value]` as JSON, each key once: the nearest span that has it counts. */
function valuesAt({ table, shape }: ShapedTable, span: number): readonly string[] {
  const values = new Map<string, string>();
  const take = (at: number, prefix: string): void => {
    const put = (key: string, name: number): void => {
      const label = prefix + key;
      if (!values.has(label)) values.set(label, table.names[name] ?? '');
    };
    const instance = table.instances[at] ?? 0;
    if (instance !== 0) put('instance', instance);
    const end = table.attributeStarts[at + 1] ?? 0;
    for (let i = table.attributeStarts[at] ?? 0; i < end; i++) {
      put(table.names[table.attributeKeys[i] ?? 0] ?? '', table.attributeValues[i] ?? 0);
    }
  };
  const callee = shape.calleeSpans[span] ?? -1;
  if (callee >= 0) take(callee, 'callee ');
  for (let at = span; at >= 0; at = table.parents[at] ?? -1) take(at, '');
  return [...values].map((entry) => JSON.stringify(entry));
}
