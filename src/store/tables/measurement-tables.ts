import {
  CLOCKS,
  COUNTERS,
  endpointCounter,
  endpointOfCounter,
  FAULT_PLACE_KINDS,
  invariant,
  OUTCOMES,
  statusCounter,
  statusOfCounter,
  type CallClock,
  type CounterSlice,
  type FaultPlaceKind,
  type FaultWindow,
  type HistogramSlice,
  type Ns,
  type Outcome,
  type SeriesKey,
  type SparseHistogram,
} from '../../core/index.ts';
import {
  array,
  attributes,
  column,
  dateTime,
  dateTime64,
  string,
  type Table,
  uint32,
  uint64,
} from '../../native/index.ts';

/** What a run's slices need beside themselves to be rows. */
interface OfRun {
  readonly runId: string;
  /** Start of the run, whole seconds since the epoch. */
  readonly startEpochSec: number;
}

export interface HistogramRowIn extends HistogramSlice, OfRun {}

export const HISTOGRAM_TABLE: Table<HistogramRowIn> = {
  name: 'callgauge_histograms',
  columns: [
    column('RunId', string, (row) => row.runId),
    column('Second', uint32, (row) => row.second),
    column('Time', dateTime, (row) => row.startEpochSec + row.second),
    column('Phase', string, (row) => row.phase),
    column('Step', string, (row) => row.step),
    column('Target', string, (row) => row.target),
    column('Outcome', string, (row) => row.outcome),
    column('Clock', string, (row) => row.clock),
    column('ValueNs', array(uint64), (row) => row.valueNs),
    column('Count', array(uint64), (row) => row.count),
  ],
};

export interface CounterRowIn extends CounterSlice, OfRun {}

export const COUNTER_TABLE: Table<CounterRowIn> = {
  name: 'callgauge_counters',
  columns: [
    column('RunId', string, (row) => row.runId),
    column('Second', uint32, (row) => row.second),
    column('Time', dateTime, (row) => row.startEpochSec + row.second),
    column('Phase', string, (row) => row.phase),
    column('Step', string, (row) => row.step),
    column('Counter', string, (row) => row.counter),
    column('Value', uint64, (row) => row.value),
  ],
};

export interface FaultWindowRowIn extends FaultWindow {
  readonly runId: string;
  readonly startEpochNs: bigint;
}

export const FAULT_WINDOW_TABLE: Table<FaultWindowRowIn> = {
  name: 'callgauge_fault_windows',
  columns: [
    column('RunId', string, (row) => row.runId),
    column('Fault', string, (row) => row.fault),
    column('PlaceKind', string, (row) => row.placeKind),
    column('Place', string, (row) => row.place),
    column('Effect', string, (row) => row.effect),
    // What an older version reads of it.
    column('Proxy', string, (row) => (row.placeKind === 'proxy' ? row.place : '')),
    column('Toxic', string, (row) => (row.placeKind === 'proxy' ? row.effect : '')),
    column('Attributes', attributes, (row) => row.attributes),
    column('FromNs', uint64, (row) => row.fromNs),
    column('ToNs', uint64, (row) => endNs(row)),
    column('StartedAt', dateTime64, (row) => row.startEpochNs + BigInt(row.fromNs)),
    column('EndedAt', dateTime64, (row) => row.startEpochNs + BigInt(endNs(row))),
  ],
};

/** The end that is stored of a window that is open: later than any run lasts, 104 days. */
const OPEN_END_NS: Ns = Number.MAX_SAFE_INTEGER;

function endNs({ toNs }: FaultWindow): Ns {
  return Math.min(toNs, OPEN_END_NS);
}

/** A histogram as sumMap returns it: the values, and the count of each. */
export type MergedRow = readonly [valueNs: readonly number[], count: readonly number[]];

interface SeriesKeyRow {
  readonly Phase: string;
  readonly Step: string;
  readonly Target: string;
  readonly Outcome: string;
  readonly Clock: string;
}

/** A row of sql/queries/series.sql. */
export interface SeriesRow extends SeriesKeyRow {
  readonly Merged: MergedRow;
}

/** A row of sql/queries/seconds.sql: of each part of the second its values, ascending. */
export interface SecondRow extends SeriesKeyRow {
  readonly Second: number;
  readonly Parts: MergedRow;
}

/** Returns the series of a row, its key and its histogram. */
export function seriesFromRow(row: SeriesRow): SeriesKey & SparseHistogram {
  return { ...keyFromRow(row), ...histogramFromMerged(row.Merged) };
}

/** Returns a second of a series, its parts merged. */
export function secondFromRow(row: SecondRow): HistogramSlice {
  return { second: row.Second, ...keyFromRow(row), ...mergedParts(row.Parts) };
}

function keyFromRow(row: SeriesKeyRow): SeriesKey {
  return {
    phase: row.Phase,
    step: row.Step,
    target: row.Target,
    outcome: outcome(row.Outcome),
    clock: callClock(row.Clock),
  };
}

/** Most seconds have one part, which is as it should be. */
function mergedParts([valueNs, count]: MergedRow): SparseHistogram {
  if (valueNs.every((value, i) => i === 0 || value > (valueNs[i - 1] ?? 0))) {
    return { valueNs, count };
  }
  const counts = new Map<number, number>();
  valueNs.forEach((value, i) => counts.set(value, (counts.get(value) ?? 0) + (count[i] ?? 0)));
  const entries = [...counts].sort(([a], [b]) => a - b);
  return { valueNs: entries.map(([value]) => value), count: entries.map(([, total]) => total) };
}

/** Returns the histogram that sumMap made; the values come sorted. */
export function histogramFromMerged([valueNs, count]: MergedRow): SparseHistogram {
  return { valueNs, count };
}

/** A row of sql/queries/counters.sql. */
export interface CounterRow {
  readonly Phase: string;
  readonly Step: string;
  readonly Counter: string;
  readonly Total: number;
}

/** Returns the counter of a row, or undefined for one that only a newer version knows. */
export function counterFromRow(row: CounterRow): CounterSlice | undefined {
  const counter = counterNamed(row.Counter);
  if (counter === undefined) return undefined;
  return { second: 0, phase: row.Phase, step: row.Step, counter, value: row.Total };
}

function counterNamed(text: string): CounterSlice['counter'] | undefined {
  const status = statusOfCounter(text);
  if (status !== undefined) return statusCounter(status);
  const endpoint = endpointOfCounter(text);
  if (endpoint !== undefined) return endpointCounter(endpoint);
  return COUNTERS.find((name) => name === text);
}

/** A row of sql/queries/fault_windows.sql. */
export interface FaultWindowRow {
  readonly Fault: string;
  readonly PlaceKind: string;
  readonly Place: string;
  readonly Effect: string;
  readonly Attributes: Readonly<Record<string, string>>;
  readonly FromNs: number;
  readonly ToNs: number;
}

/** Returns the fault window of a row. */
export function faultWindowFromRow(row: FaultWindowRow): FaultWindow {
  return {
    fault: row.Fault,
    placeKind: placeKind(row.PlaceKind),
    place: row.Place,
    effect: row.Effect,
    attributes: row.Attributes,
    fromNs: row.FromNs,
    toNs: row.ToNs >= OPEN_END_NS ? Infinity : row.ToNs,
  };
}

function placeKind(text: string): FaultPlaceKind {
  const found = FAULT_PLACE_KINDS.find((name) => name === text);
  invariant(found !== undefined, `callgauge_fault_windows holds a place that is none: ${text}`);
  return found;
}

function outcome(text: string): Outcome {
  const found = OUTCOMES.find((name) => name === text);
  invariant(found !== undefined, `callgauge_histograms holds an outcome that is none: ${text}`);
  return found;
}

function callClock(text: string): CallClock {
  const found = CLOCKS.find((name) => name === text);
  invariant(found !== undefined, `callgauge_histograms holds a clock that is none: ${text}`);
  return found;
}
