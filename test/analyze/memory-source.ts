import type { ArrivalSecond, MergedSeries, RunSource } from '../../src/analyze/index.ts';
import {
  NS_PER_SEC,
  type ConnectErrorSlice,
  type CounterSlice,
  type ErrorSlice,
  type FaultWindow,
  type HistogramSlice,
  type RunRecord,
  type Span,
  type SparseHistogram,
  type TimeRange,
} from '../../src/core/index.ts';
import type {
  EdgeAttempts,
  FailedAttempts,
  FailureExample,
  ServedCalls,
  SpanSource,
  TraceSummary,
} from '../../src/spans/index.ts';

/** One run, held in memory as a store would. */
export interface StoredRun {
  readonly run: RunRecord;
  readonly seconds: readonly HistogramSlice[];
  readonly counters?: readonly CounterSlice[];
  readonly counterSeconds?: readonly CounterSlice[];
  readonly arrivals?: readonly ArrivalSecond[];
  readonly errors?: readonly ErrorSlice[];
  readonly connectErrors?: readonly ConnectErrorSlice[];
  readonly windows?: readonly FaultWindow[];
  readonly spans?: readonly Span[];
  readonly edges?: readonly EdgeAttempts[];
  readonly failedAttempts?: readonly FailedAttempts[];
  /** Calls of services by clocks that are off. */
  readonly outside?: number;
  readonly served?: ServedCalls;
  readonly examples?: readonly FailureExample[];
}

/** Remembers what it was asked for, so that a test can see which ranges were chosen. */
export interface MemorySource extends RunSource, SpanSource {
  readonly asked: {
    edges?: readonly TimeRange[];
    failedAttempts?: readonly TimeRange[];
    slowest?: readonly string[];
  };
}

export function memorySource(stored: StoredRun): MemorySource {
  const { run, seconds } = stored;
  const asked: MemorySource['asked'] = {};
  const spans = stored.spans ?? [];
  return {
    asked,
    run: async (id) => (id === run.runId || id === 'latest' ? run : undefined),
    runs: async () => [run],
    runsBeginning: async (prefix) => (run.runId.startsWith(prefix) ? [run] : []),
    series: async () => mergeSeconds(seconds),
    seconds: async () => seconds,
    counters: async () => stored.counters ?? [],
    counterSeconds: async (_id, names) =>
      (stored.counterSeconds ?? []).filter(({ counter }) => names.some((one) => one === counter)),
    arrivals: async () => stored.arrivals ?? [],
    errors: async () => stored.errors ?? [],
    connectErrors: async () => stored.connectErrors ?? [],
    faultWindows: async () => stored.windows ?? [],
    trace: async (traceId) => spans.filter((s) => s.traceId === traceId),
    edges: async (_id, ranges) => {
      asked.edges = ranges;
      return stored.edges ?? [];
    },
    failedAttempts: async (_id, ranges) => {
      asked.failedAttempts = ranges;
      return stored.failedAttempts ?? [];
    },
    slowestCalls: async (_id, phases, limit) => {
      asked.slowest = phases;
      return spans.slice(0, limit);
    },
    servedCalls: async () => stored.served ?? { calls: 0, kept: [] },
    failureExamples: async () => stored.examples ?? [],
    lastFailedTrace: async () => {
      const failed = spans.findLast(({ status }) => status === 'Error');
      return failed && { traceId: failed.traceId, serviceName: failed.serviceName };
    },
    tracesBeginning: async (prefix, limit) => summariesOf(spans, prefix).slice(0, limit),
    spanCounts: async () => ({
      harness: spans.length,
      // Of services too, where there are attempts between them.
      all: spans.length * 4 || (stored.edges ?? []).length,
      invalid: 0,
      ...(stored.outside !== undefined && { outside: stored.outside }),
    }),
  };
}

export function runRecord(changes: Partial<RunRecord> = {}): RunRecord {
  const startedEpochMs = Date.UTC(2026, 10, 21, 0, 52, 7);
  return {
    runId: '6920b6a75d1f3c09',
    scenario: 'checkout',
    startedEpochMs,
    endedEpochMs: startedEpochMs + 35_000,
    status: 'complete',
    seed: 42,
    phases: [
      { name: 'warm-up', fromNs: 0, toNs: 5 * NS_PER_SEC, model: 'open', measured: false },
      {
        name: 'steady',
        fromNs: 5 * NS_PER_SEC,
        toNs: 35 * NS_PER_SEC,
        model: 'open',
        measured: true,
      },
    ],
    source: 'name: checkout\n',
    plan: '',
    verdict: '',
    harnessVersion: '0.1.0',
    environment: { node: '24.21.0', platform: 'linux x64', cores: '2' },
    ...changes,
  };
}

/** Returns a histogram of the values, each rounded to three digits as a run's are. */
export function histogramOf(values: readonly number[]): SparseHistogram {
  const counts = new Map<number, number>();
  for (const value of values) {
    const rounded = Number(value.toPrecision(3));
    counts.set(rounded, (counts.get(rounded) ?? 0) + 1);
  }
  const entries = [...counts].sort(([a], [b]) => a - b);
  return { valueNs: entries.map(([v]) => v), count: entries.map(([, c]) => c) };
}

function summariesOf(spans: readonly Span[], prefix: string): readonly TraceSummary[] {
  const chosen = spans.filter(({ traceId }) => traceId.startsWith(prefix));
  return [...Map.groupBy(chosen, ({ traceId }) => traceId)].flatMap(([traceId, own]) => {
    const [first] = own;
    if (first === undefined) return [];
    const { startEpochNs, serviceName, name } = first;
    const failedCount = own.filter(({ status }) => status === 'Error').length;
    return { traceId, startEpochNs, serviceName, name, spanCount: own.length, failedCount };
  });
}

function mergeSeconds(seconds: readonly HistogramSlice[]): readonly MergedSeries[] {
  return [...Map.groupBy(seconds, keyOf).values()].flatMap((slices) => {
    const [first] = slices;
    if (first === undefined) return [];
    const values = slices.flatMap((s) =>
      s.valueNs.flatMap((v, i) => Array.from({ length: s.count[i] ?? 0 }, () => v)),
    );
    const { phase, step, target, outcome, clock } = first;
    return [{ phase, step, target, outcome, clock, ...histogramOf(values) }];
  });
}

function keyOf({ phase, step, target, outcome, clock }: HistogramSlice): string {
  return JSON.stringify([phase, step, target, outcome, clock]);
}
