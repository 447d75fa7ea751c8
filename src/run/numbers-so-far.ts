import { unstoredRun, type AnalyzedSource, type MergedSeries } from '../analyze/index.ts';
import {
  mergeSparse,
  type CallClock,
  type ConnectErrorSlice,
  type CounterSlice,
  type ErrorSlice,
  type HistogramSlice,
  type RunPhase,
} from '../core/index.ts';
import type { RecordSlice } from '../record/index.ts';

/** What a load is judged by while it goes on; the others would only be carried along. */
const JUDGED_CLOCKS: readonly CallClock[] = [
  'response',
  'service',
  'corrected',
  'lag',
  'uncertainty',
  'gc',
];

/** So many histograms of a second take some 300 MB at the most. */
const HISTOGRAMS_MAX = 100_000;

/**
 * The numbers of the measured phases of a run that goes on, merged as they come, so that a look at
 * them costs as little for the hundredth second as for the first, but for what is looked at second
 * by second. Without spans and fault windows.
 */
export class NumbersSoFar {
  readonly #measured: ReadonlySet<string>;
  readonly #phases: readonly RunPhase[];
  readonly #series = new Map<string, MergedSeries>();
  readonly #seconds: HistogramSlice[] = [];
  readonly #counters = new Map<string, CounterSlice>();
  readonly #errors = new Map<string, ErrorSlice>();
  readonly #connectErrors = new Map<string, ConnectErrorSlice>();
  #count = 0;

  constructor(phases: readonly RunPhase[]) {
    this.#phases = phases;
    this.#measured = new Set(phases.filter(({ measured }) => measured).map(({ name }) => name));
  }

  /** Whether there is no room for more, and what was added since is not in it. */
  get isFull(): boolean {
    return this.#seconds.length >= HISTOGRAMS_MAX;
  }

  /** Takes the next second. */
  add(slice: RecordSlice): void {
    this.#count = slice.second + 1;
    if (this.isFull) return;
    const own = slice.histograms.filter(
      ({ phase, clock }) => this.#measured.has(phase) && JUDGED_CLOCKS.includes(clock),
    );
    for (const parts of Map.groupBy(
      own,
      ({ second, ...of }) => `${second} ${keyOf(of)}`,
    ).values()) {
      const merged = parts.reduce((all, part) => ({ ...all, ...mergeSparse(all, part) }));
      this.#seconds.push(merged);
      const { second: _second, ...series } = merged;
      const before = this.#series.get(keyOf(series));
      this.#series.set(
        keyOf(series),
        before ? { ...series, ...mergeSparse(before, series) } : series,
      );
    }
    for (const one of slice.counters) {
      const key = JSON.stringify([one.phase, one.step, one.counter]);
      const { value = 0 } = this.#counters.get(key) ?? {};
      this.#counters.set(key, { ...one, value: value + one.value });
    }
    for (const one of slice.errors) {
      const key = JSON.stringify([one.phase, one.step, one.outcome, one.text]);
      const { count = 0 } = this.#errors.get(key) ?? {};
      this.#errors.set(key, { ...one, count: count + one.count });
    }
    for (const one of slice.connectErrors) {
      const key = JSON.stringify([one.phase, one.target, one.text]);
      const { count = 0 } = this.#connectErrors.get(key) ?? {};
      this.#connectErrors.set(key, { ...one, count: count + one.count });
    }
  }

  /** Returns a run that has gone on for as many seconds as were added. */
  source(): AnalyzedSource {
    return unstoredRun(
      { phases: this.#phases, status: 'partial', endedEpochMs: this.#count * 1_000 },
      {
        series: async () => [...this.#series.values()],
        seconds: async () => this.#seconds.toSorted((a, b) => a.second - b.second),
        counters: async () => [...this.#counters.values()],
        errors: async () => [...this.#errors.values()],
        connectErrors: async () => [...this.#connectErrors.values()],
      },
    );
  }
}

function keyOf({ phase, step, target, outcome, clock }: MergedSeries): string {
  return JSON.stringify([phase, step, target, outcome, clock]);
}
