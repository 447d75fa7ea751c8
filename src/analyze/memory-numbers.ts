import { EMPTY_HISTOGRAM } from '../core/index.ts';
import type {
  CallClock,
  ConnectErrorSlice,
  CounterSlice,
  ErrorSlice,
  FaultWindow,
  HistogramSlice,
  RunRecord,
} from '../core/index.ts';
import type { ArrivalSecond, MergedSeries, RunSource } from './sources.ts';
import { mergeHistograms } from './sparse-histogram.ts';

/** The numbers of one run, in memory, as a Sink was given them. */
export interface NumbersOfRun {
  readonly run: RunRecord;
  readonly histograms: readonly HistogramSlice[];
  readonly counters: readonly CounterSlice[];
  readonly errors: readonly ErrorSlice[];
  readonly connectErrors: readonly ConnectErrorSlice[];
  /** A window is there twice where it was written open and again when it closed. */
  readonly windows: readonly FaultWindow[];
}

/**
 * Answers about the numbers of one run what the store's queries answer, to the digit: for the
 * report of a run whose store is away. A test holds the two together.
 */
export class MemoryNumbers implements Omit<RunSource, 'runs' | 'runsBeginning'> {
  readonly #of: NumbersOfRun;

  constructor(of: NumbersOfRun) {
    this.#of = of;
  }

  async run(runId: string): Promise<RunRecord | undefined> {
    return runId === this.#of.run.runId || runId === 'latest' ? this.#of.run : undefined;
  }

  async series(): Promise<readonly MergedSeries[]> {
    return grouped(this.#of.histograms, seriesKey).map((group) => {
      const { second: _second, ...merged } = mergedHistogram(group);
      return merged;
    });
  }

  async seconds(_runId: string, clocks: readonly CallClock[]): Promise<readonly HistogramSlice[]> {
    const seconds = grouped(this.#of.histograms, (h) => [h.second, ...seriesKey(h)]);
    return seconds.map((group) =>
      clocks.includes(first(group).clock)
        ? mergedHistogram(group)
        : { ...first(group), ...EMPTY_HISTOGRAM },
    );
  }

  async counters(): Promise<readonly CounterSlice[]> {
    return grouped(this.#of.counters, (c) => [c.phase, c.step, c.counter]).map((group) => ({
      ...first(group),
      second: 0,
      value: sum(group.map((c) => c.value)),
    }));
  }

  async counterSeconds(
    _runId: string,
    counters: readonly CounterSlice['counter'][],
  ): Promise<readonly CounterSlice[]> {
    const wanted = this.#of.counters.filter((c) => counters.some((name) => name === c.counter));
    return grouped(wanted, (c) => [c.second, c.phase, c.step, c.counter]).map((group) => ({
      ...first(group),
      value: sum(group.map((c) => c.value)),
    }));
  }

  async arrivals(): Promise<readonly ArrivalSecond[]> {
    const arrived = this.#of.counters.filter(
      ({ counter }) => counter === 'arrivals' || counter === 'dropped_arrivals',
    );
    return grouped(arrived, (c) => [c.second, c.phase]).map((group) => {
      const { second, phase } = first(group);
      const of = (name: CounterSlice['counter']): number =>
        sum(group.filter((c) => c.counter === name).map((c) => c.value));
      return { second, phase, arrivals: of('arrivals'), dropped: of('dropped_arrivals') };
    });
  }

  async errors(): Promise<readonly ErrorSlice[]> {
    const keyOf = (e: ErrorSlice): Key => [e.phase, e.step, e.outcome, e.text];
    return grouped(this.#of.errors, keyOf).map(totalCount);
  }

  async connectErrors(): Promise<readonly ConnectErrorSlice[]> {
    const keyOf = (e: ConnectErrorSlice): Key => [e.phase, e.target, e.text];
    return grouped(this.#of.connectErrors, keyOf).map(totalCount);
  }

  async faultWindows(): Promise<readonly FaultWindow[]> {
    const keyOf = (w: FaultWindow): Key => [w.fromNs, w.fault, w.place, w.placeKind, w.effect];
    return grouped(this.#of.windows, keyOf).map((group) =>
      group.reduce((least, window) => (window.toNs < least.toNs ? window : least)),
    );
  }
}

type Key = readonly (string | number)[];

function seriesKey({ phase, step, target, outcome, clock }: HistogramSlice): Key {
  return [phase, step, target, outcome, clock];
}

function mergedHistogram(group: readonly HistogramSlice[]): HistogramSlice {
  const { valueNs, count } = mergeHistograms(group);
  return { ...first(group), valueNs, count };
}

function totalCount<T extends { readonly second: number; readonly count: number }>(
  group: readonly T[],
): T {
  return { ...first(group), second: 0, count: sum(group.map(({ count }) => count)) };
}

/** Returns the groups of items with equal keys, in the order of the keys. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => Key): readonly (readonly T[])[] {
  const groups = Map.groupBy(items, (item) => JSON.stringify(keyOf(item)));
  return [...groups.values()].toSorted((a, b) => compare(keyOf(first(a)), keyOf(first(b))));
}

function compare(a: Key, b: Key): number {
  for (const [i, part] of a.entries()) {
    const other = b[i] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function first<T>(group: readonly T[]): T {
  const [item] = group;
  if (item === undefined) throw new Error('unreachable: a group has an item');
  return item;
}
