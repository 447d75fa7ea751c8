import { SPAN_STATUSES } from '../core/index.ts';
import { traceWeightsOf, type SpanTable } from '../spans/index.ts';
import type { CallShape, UsualCallees } from './call-shape.ts';
import { innermostTimes } from './innermost-time.ts';
import type { Series, SeriesBook } from './series.ts';
import { Tally } from './tally.ts';

/** What one window's traces measure, by the numbers of the book. */
export interface Gathered {
  readonly traceCount: number;
  /** How many traces each stands for, and all together. */
  readonly traceWeights: Float64Array;
  readonly weightedTraces: number;
  /** Of each trace: the time in which it ran, and those that it stands for, in ns. */
  readonly traceTimesNs: Float64Array;
  /** The innermost time of every span, in ns. */
  readonly timesNs: Float64Array;
  /** By span: 1 where one below it failed. */
  readonly failing: Uint8Array;
  readonly series: ReadonlyMap<number, Series>;
}

/** One table with all that is known of its calls. */
export interface ShapedTable {
  readonly table: SpanTable;
  readonly shape: CallShape;
  readonly callees: UsualCallees;
  readonly book: SeriesBook;
}

/** Is told of every sample of every span; the same walk serves to count and to find spans again. */
export interface SampleTaker {
  add(number: number, sum: number, count: number, countedBy?: number): Pick<Series, 'callsNs'>;
}

/** Returns the series of one table, in one pass over it, trace by trace in the order of time. */
export function gatherSeries(shaped: ShapedTable): Gathered {
  const { table } = shaped;
  const timesNs = innermostTimes(table);
  const failing = failuresBelow(shaped);
  const tally = new Tally();
  const traceTimesNs = new Float64Array(table.traceCount);
  for (const trace of tracesByTime(table)) {
    const last = table.traceStarts[trace + 1] ?? 0;
    for (let span = table.traceStarts[trace] ?? 0; span < last; span++) {
      tally.weight = table.weights[span] ?? 1;
      traceTimesNs[trace] = (traceTimesNs[trace] ?? 0) + tally.weight * (timesNs[span] ?? 0);
      sampleSpan(shaped, { span, timeNs: timesNs[span] ?? 0, failing }, tally);
    }
    tally.endTrace(trace);
  }
  const traceWeights = traceWeightsOf(table);
  return {
    ...{ traceCount: table.traceCount, traceWeights, traceTimesNs, timesNs, failing },
    weightedTraces: traceWeights.reduce((sum, weight) => sum + weight, 0),
    series: tally.series,
  };
}

/** Traces by their first starts; those of one moment stand by their ids, as in the table. */
function tracesByTime({ traceCount, traceStarts, startsNs }: SpanTable): Uint32Array {
  const begin = (trace: number): number => startsNs[traceStarts[trace] ?? 0] ?? 0;
  const traces = new Uint32Array(traceCount).map((_, trace) => trace);
  return traces.sort((a, b) => begin(a) - begin(b) || a - b);
}

interface SpanToSample {
  readonly span: number;
  readonly timeNs: number;
  /** By span: whether one below it failed. */
  readonly failing: Uint8Array;
}

/** Gives the samples of one span to the taker. */
export function sampleSpan(shaped: ShapedTable, sample: SpanToSample, taker: SampleTaker): void {
  const { book, shape } = shaped;
  const { span } = sample;
  const [service, operation] = [shape.services[span] ?? 0, shape.operations[span] ?? 0];
  taker.add(book.number('spans', service, operation, 0, 0), 0, 1);
  sampleTime(shaped, sample, taker);
  sampleError(shaped, sample, taker);
  sampleCalls(shaped, span, taker);
}

function sampleTime(
  { table, shape, book }: ShapedTable,
  { span, timeNs }: SpanToSample,
  taker: SampleTaker,
): void {
  const { services, operations } = shape;
  const service = services[span] ?? 0;
  const callee = shape.calleeSpans[span] ?? -1;
  const peer = callee < 0 ? 0 : (services[callee] ?? 0);
  const place = callee < 0 ? placeOf(table, shape, span) : (operations[callee] ?? 0);
  taker.add(book.number('time', service, operations[span] ?? 0, place, peer), timeNs, 1);
}

/** The operation above in the same service. No caller is part of it: its span may be absent. */
function placeOf({ parents }: SpanTable, shape: CallShape, span: number): number {
  const parent = parents[span] ?? -1;
  if (parent < 0 || shape.services[parent] !== shape.services[span]) return 0;
  return shape.operations[parent] ?? 0;
}

const ERROR_STATUS = SPAN_STATUSES.indexOf('Error');

/**
 * Counts an error where it began: at a failed span with no failed one below it. Where its callee
 * still ran when the caller gave up, the callee is taken to be at fault.
 */
function sampleError(
  { table, shape, callees, book }: ShapedTable,
  { span, failing }: SpanToSample,
  taker: SampleTaker,
): void {
  if (table.statuses[span] !== ERROR_STATUS || failing[span] === 1) return;
  const { services, operations } = shape;
  const callee = shape.calleeSpans[span] ?? -1;
  const stillRan = callee >= 0 && endNs(table, callee) > endNs(table, span);
  const at = stillRan ? callee : span;
  const [service, operation] = [services[at] ?? 0, operations[at] ?? 0];
  const peer = stillRan ? 0 : callees.calleeOf(table, shape, span);
  const countedBy = book.number('spans', service, operation, 0, 0);
  taker.add(book.number('errors', service, operation, 0, peer), 1, 0, countedBy);
}

function endNs({ startsNs, durationsNs }: SpanTable, span: number): number {
  return (startsNs[span] ?? 0) + (durationsNs[span] ?? 0);
}

interface FailedCall {
  readonly operation: number;
  readonly peer: number;
  readonly endNs: number;
}

/** Counts what a span called, in the order of the starts, and after which call it stopped. */
function sampleCalls(
  { table, shape, callees, book }: ShapedTable,
  span: number,
  taker: SampleTaker,
): void {
  const { services, operations, children, childStarts } = shape;
  const [service, operation] = [services[span] ?? 0, operations[span] ?? 0];
  const countedBy = book.number('spans', service, operation, 0, 0);
  const failed: FailedCall[] = [];
  const first = childStarts[span] ?? 0;
  const last = childStarts[span + 1] ?? 0;
  // The caller's side of one call: where it goes is its caller's choice, and counted there.
  const isOneCall = last - first === 1 && (shape.calleeSpans[span] ?? -1) >= 0;
  let place = 0;
  let peer = callees.calleeOf(table, shape, span);
  for (let at = first; at < last; at++) {
    const child = children[at] ?? 0;
    taker.add(book.number('stops', service, operation, place, peer), 0, 1);
    place = operations[child] ?? 0;
    const childService = services[child] ?? 0;
    peer = childService === service ? callees.calleeOf(table, shape, child) : childService;
    if (isOneCall) continue;
    const isRetry = followsFailed(failed, { place, peer, startNs: table.startsNs[child] ?? 0 });
    const measure = isRetry ? 'retries' : 'calls';
    const number = book.number(measure, service, operation, place, peer);
    const callsNs = (table.weights[span] ?? 1) * (table.durationsNs[child] ?? 0);
    taker.add(number, 1, 0, countedBy).callsNs += callsNs;
    if (table.statuses[child] === ERROR_STATUS) {
      failed.push({ operation: place, peer, endNs: endNs(table, child) });
    }
  }
  // What failed has stopped for that reason, and its error is counted. Taken for one that went on,
  // it would make fewer failures look like more stops.
  if (table.statuses[span] === ERROR_STATUS) return;
  taker.add(book.number('stops', service, operation, place, peer), 1, 1);
}

function followsFailed(
  failed: readonly FailedCall[],
  call: { readonly place: number; readonly peer: number; readonly startNs: number },
): boolean {
  return failed.some(
    (one) => one.operation === call.place && one.peer === call.peer && one.endNs <= call.startNs,
  );
}

/** By span: 1 where one below it failed. */
function failuresBelow({ table }: ShapedTable): Uint8Array {
  const below = new Uint8Array(table.spanCount);
  table.statuses.forEach((status, span) => {
    if (status !== ERROR_STATUS) return;
    let above = table.parents[span] ?? -1;
    while (above >= 0 && below[above] === 0) {
      below[above] = 1;
      above = table.parents[above] ?? -1;
    }
  });
  return below;
}
