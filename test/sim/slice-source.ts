import { MemoryNumbers, type RunSource } from '../../src/analyze/index.ts';
import { mergeHistograms } from '../../src/analyze/sparse-histogram.ts';
import {
  NS_PER_SEC,
  type FaultWindow,
  type Ns,
  type RunRecord,
  type Span,
} from '../../src/core/index.ts';
import type { RecordSlice } from '../../src/record/index.ts';
import type { EdgeAttempts, SpanSource } from '../../src/spans/index.ts';

/** One attempt between two services of a modelled system, as its caller saw it. */
export interface ModelledAttempt {
  readonly caller: string;
  readonly callee: string;
  readonly operation: string;
  readonly atNs: Ns;
  readonly durationNs: Ns;
}

/** What one run handed out, second after second. */
export interface HandedOut {
  readonly run: RunRecord;
  readonly slices: readonly RecordSlice[];
  readonly windows: readonly FaultWindow[];
  readonly spans: readonly Span[];
  readonly attempts: readonly ModelledAttempt[];
}

/** Returns a source that answers as the store would: merged by the same keys, in the same order. */
export function sliceSource(handed: HandedOut): RunSource & SpanSource {
  const { run, slices, windows, spans, attempts } = handed;
  const numbers = new MemoryNumbers({
    run,
    histograms: slices.flatMap((slice) => slice.histograms),
    counters: slices.flatMap((slice) => slice.counters),
    errors: slices.flatMap((slice) => slice.errors),
    connectErrors: slices.flatMap((slice) => slice.connectErrors),
    windows,
  });
  return {
    run: (runId) => numbers.run(runId),
    runs: async () => [run],
    runsBeginning: async () => [run],
    series: () => numbers.series(),
    seconds: (runId, clocks) => numbers.seconds(runId, clocks),
    counters: () => numbers.counters(),
    counterSeconds: (runId, counters) => numbers.counterSeconds(runId, counters),
    arrivals: () => numbers.arrivals(),
    errors: () => numbers.errors(),
    connectErrors: () => numbers.connectErrors(),
    faultWindows: () => numbers.faultWindows(),
    trace: async (traceId) => spans.filter((span) => span.traceId === traceId),
    edges: async (_runId, ranges) => {
      const within = attempts.filter(({ atNs }) =>
        ranges.some(({ fromNs, toNs }) => atNs >= fromNs && atNs < toNs),
      );
      return grouped(within, (a) => [a.caller, a.callee, a.operation]).map(edgeOf);
    },
    failedAttempts: async () => [],
    slowestCalls: async (_runId, phases, limit) =>
      spans
        .filter((span) => phases.includes(span.attributes['callgauge.phase'] ?? ''))
        .sort((a, b) => responseNs(b) - responseNs(a) || Number(a.startEpochNs - b.startEpochNs))
        .slice(0, limit),
    servedCalls: async () => ({ calls: 0, kept: [] }),
    failureExamples: async (_runId, phases) => {
      const failed = spans
        .filter((span) => phases.includes(span.attributes['callgauge.phase'] ?? ''))
        .filter((span) => span.status === 'Error')
        .toSorted((a, b) => Number(a.startEpochNs - b.startEpochNs));
      const keyOf = ({ attributes }: Span): readonly [string, string, string] => [
        attributes['callgauge.step'] ?? '',
        attributes['callgauge.outcome'] ?? '',
        attributes['callgauge.reason'] ?? '',
      ];
      return grouped(failed, keyOf).map((group) => {
        const [step, outcome, text] = keyOf(first(group));
        const ids = new Set([first(group).traceId, group.at(-1)?.traceId ?? '']);
        return { step, outcome, text, traceIds: [...ids] };
      });
    },
    lastFailedTrace: async () => {
      const failed = spans.findLast((span) => span.status === 'Error');
      return failed && { traceId: failed.traceId, serviceName: failed.serviceName };
    },
    tracesBeginning: async () => [],
    spanCounts: async () => ({
      harness: spans.length,
      all: spans.length + attempts.length,
      invalid: 0,
    }),
  };
}

function edgeOf(group: readonly ModelledAttempt[]): EdgeAttempts {
  const { caller, callee, operation } = first(group);
  const bySecond = Map.groupBy(group, ({ atNs }) => Math.floor(atNs / NS_PER_SEC));
  return {
    caller,
    callee,
    operation,
    seconds: [...bySecond].map(([second, attempts]) => ({
      second,
      ok: mergeHistograms(attempts.map((a) => ({ valueNs: [a.durationNs], count: [1] }))),
      cutOff: { valueNs: [], count: [] },
    })),
    failed: 0,
  };
}

function responseNs({ attributes, durationNs }: Span): number {
  return Math.max(Number(attributes['callgauge.response_ns'] ?? 0), Number(durationNs));
}

/** Returns the items by their keys, in the order of the keys. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => readonly string[]): readonly T[][] {
  const groups = Map.groupBy(items, (item) => keyOf(item).join('\0'));
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new Error('unreachable: a group has an item');
  return item;
}
