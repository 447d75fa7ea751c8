import {
  HarnessError,
  isLasting,
  NS_PER_SEC,
  nsFromMs,
  type CallClock,
  type CounterName,
  type CounterSlice,
  type FaultWindow,
  type HistogramSlice,
  type Ns,
  type RunRecord,
} from '../core/index.ts';
import { summarizeCalls, type SecondBySecond } from './call-summary.ts';
import { answeredSample, plainSample, type SeriesPart, summarizeClock } from './clock-summary.ts';
import { analyzeFaults } from './fault-analysis.ts';
import { analyzeGenerator } from './generator-analysis.ts';
import { harnessEdges, serviceEdge } from './edge-analysis.ts';
import { FAULT_GUARD_NS, healthyRanges, isHealthySecond, stretchOf } from './healthy-time.ts';
import type {
  CallParts,
  ClockSummary,
  ConnectAnalysis,
  PhaseAnalysis,
  RunAnalysis,
  RunCounters,
  StepAnalysis,
} from './run-analysis.ts';
import { slowCallFrom } from './slow-call.ts';
import { analyzeErrors } from './error-analysis.ts';
import type { MergedSeries, RunSource, SpanSource } from './sources.ts';

export interface AnalyzeOptions {
  /** Arrivals that the schedule foresees per phase, where the caller knows the scenario. */
  readonly wantedArrivals?: Readonly<Record<string, number>>;
  /** Most slow calls to name. */
  readonly slowestLimit?: number;
}

const SLOWEST_LIMIT = 8;

/**
 * Returns what a run showed: read once from the source, computed without clock or chance, so that the
 * same stored run always gives the same analysis. A run that is still under way or was stopped is
 * analysed as far as it got, and marked partial.
 * @throws RUN_NOT_FOUND where the source has no such run
 */
export async function analyzeRun(
  source: RunSource & SpanSource,
  wantedRunId: string,
  options: AnalyzeOptions = {},
): Promise<RunAnalysis> {
  const run = await source.run(wantedRunId);
  if (run === undefined) throw runNotFound(wantedRunId);
  const { runId } = run;
  const [series, seconds, counters, arrivals, errors, stored, spans] = await Promise.all([
    source.series(runId),
    source.seconds(runId),
    source.counters(runId),
    source.arrivals(runId),
    source.errors(runId),
    source.faultWindows(runId),
    source.spanCounts(runId),
  ]);
  const endNs = endOfRunNs(run, [...seconds, ...arrivals]);
  const windows = stored.map((window) => endingWith(window, endNs));
  const phases = analyzePhases(run, run.status === 'complete' ? Infinity : endNs, {
    counters,
    series,
    ...options,
  });
  const measured = phases.filter((p) => p.measured);
  const measuredNames = new Set(measured.map((p) => p.name));
  const passing = windows.filter((window) => !isLasting(window));
  const ranges = healthyRanges(phases, passing);
  // A garbage collection makes no second one of calls.
  const callSeconds = seconds.filter((s) => s.clock !== 'gc');
  const measuredSeconds = callSeconds.filter((s) => measuredNames.has(s.phase));
  const healthySlices = measuredSeconds.filter((s) => isHealthySecond(s.second, passing));
  const healthySeconds = new Set(healthySlices.map((s) => s.second)).size;
  const stratumOf = (second: number): string => stretchOf(second, phases, passing);
  const measuredSeries = series.filter((s) => measuredNames.has(s.phase));
  const [serviceEdges, slowest] = await Promise.all([
    ranges.length === 0 ? [] : source.edges(runId, ranges),
    source.slowestCalls(runId, [...measuredNames], options.slowestLimit ?? SLOWEST_LIMIT),
  ]);
  const healthyNs = ranges.reduce((sum, r) => sum + r.toNs - r.fromNs, 0);
  const steps = analyzeSteps(measuredSeries, measured, { slices: measuredSeconds, stratumOf });
  const ofMeasured = counters.filter((c) => measuredNames.has(c.phase));
  return {
    run,
    partial: run.status !== 'complete',
    measuredNs: measured.reduce((sum, p) => sum + p.ranNs, 0),
    phases,
    steps,
    lag: summarizeLag(measuredSeries),
    generator: analyzeGenerator({
      series: measuredSeries,
      counters: ofMeasured,
      phases: measured,
      steps,
    }),
    counters: totalCounters(counters, measuredNames),
    errors: analyzeErrors(errors.filter((e) => measuredNames.has(e.phase))),
    connects: analyzeConnects(seconds.filter((s) => isHealthySecond(s.second, passing))),
    faults: analyzeFaults(
      windows,
      measuredSeconds,
      phases,
      arrivals.filter((a) => measuredNames.has(a.phase)),
    ),
    healthy: { ranges, guardNs: FAULT_GUARD_NS, seconds: healthySeconds },
    edges: [
      ...harnessEdges({ slices: healthySlices, stratumOf }, healthySeconds * NS_PER_SEC),
      ...serviceEdges.map((edge) => serviceEdge(edge, healthyNs)),
    ],
    slowestCalls: slowest.map((span) => slowCallFrom(span, run)),
    spans,
  };
}

function runNotFound(wanted: string): HarnessError {
  const what =
    wanted === 'latest' ? 'the store holds no run yet' : `the store holds no run ${wanted}`;
  return new HarnessError('RUN_NOT_FOUND', what, {
    hint: 'list the stored runs with `callgauge runs`',
  });
}

/** Of a run that has no end written its process died, and the last second speaks for it. */
function endOfRunNs(run: RunRecord, seconds: readonly { readonly second: number }[]): Ns {
  if (run.endedEpochMs > 0) return Math.round(nsFromMs(run.endedEpochMs - run.startedEpochMs));
  return seconds.reduce((last, s) => Math.max(last, s.second + 1), 0) * NS_PER_SEC;
}

/** A fault that was active when the run ended, or was ended with it, lasted as long as the run. */
function endingWith(window: FaultWindow, endNs: Ns): FaultWindow {
  return { ...window, toNs: Math.max(window.fromNs, Math.min(window.toNs, endNs)) };
}

interface PhaseNumbers extends AnalyzeOptions {
  readonly counters: readonly CounterSlice[];
  readonly series: readonly MergedSeries[];
}

function analyzePhases(
  run: RunRecord,
  endNs: Ns,
  { counters, series, wantedArrivals }: PhaseNumbers,
): readonly PhaseAnalysis[] {
  return run.phases.map((phase) => {
    const own = counters.filter((c) => c.phase === phase.name);
    const wanted = wantedArrivals?.[phase.name];
    return {
      ...phase,
      ranNs: Math.max(0, Math.min(phase.toNs, endNs) - phase.fromNs),
      ...(wanted === undefined ? {} : { wantedArrivals: wanted }),
      arrivals: total(own, 'arrivals'),
      droppedArrivals: total(own, 'dropped_arrivals'),
      lag: summarizeLag(series.filter((s) => s.phase === phase.name)),
    };
  });
}

const CONNECT_CLOCKS: readonly CallClock[] = ['connect', 'dns', 'tcp', 'tls'];

const CLOCKS_OF_STEPS: readonly CallClock[] = ['response', 'corrected', 'service'];

function summarizeLag(series: readonly MergedSeries[]): ClockSummary {
  return summarizeClock(plainSample(series.filter((s) => s.clock === 'lag')));
}

function analyzeSteps(
  series: readonly MergedSeries[],
  measured: readonly PhaseAnalysis[],
  { slices, stratumOf }: SecondBySecond,
): readonly StepAnalysis[] {
  const measuredNs = measured.reduce((sum, p) => sum + p.ranNs, 0);
  const calls = series.filter((s) => CLOCKS_OF_STEPS.includes(s.clock));
  const bySteps = Map.groupBy(calls, (s) => s.step);
  return [...bySteps].sort(byName).map(([step, parts]) => {
    const ofStep = slices.filter((s) => s.step === step);
    return {
      step,
      target: parts[0]?.target ?? '',
      overall: summarizeCalls(parts, measuredNs, { slices: ofStep, stratumOf }),
      parts: callParts(series.filter((s) => s.step === step)),
      phases: measured.flatMap((phase) => {
        const own = parts.filter((p) => p.phase === phase.name);
        if (own.length === 0) return [];
        const inPhase = { slices: ofStep.filter((s) => s.phase === phase.name), stratumOf };
        return [{ phase: phase.name, summary: summarizeCalls(own, phase.ranNs, inPhase) }];
      }),
    };
  });
}

function analyzeConnects(slices: readonly HistogramSlice[]): readonly ConnectAnalysis[] {
  const connects = slices.filter((s) => CONNECT_CLOCKS.includes(s.clock));
  return [...Map.groupBy(connects, (s) => s.target)].sort(byName).map(([target, parts]) => ({
    target,
    connect: summarizeOne(parts, 'connect'),
    dns: summarizeOne(parts, 'dns'),
    tcp: summarizeOne(parts, 'tcp'),
    tls: summarizeOne(parts, 'tls'),
  }));
}

function callParts(series: readonly MergedSeries[]): CallParts {
  return {
    wait: summarizeOne(series, 'wait'),
    firstByte: summarizeOne(series, 'first_byte'),
    body: summarizeOne(series, 'body'),
    message: summarizeOne(series, 'message'),
  };
}

function summarizeOne(parts: readonly SeriesPart[], clock: CallClock): ClockSummary {
  return summarizeClock(answeredSample(parts.filter((p) => p.clock === clock)));
}

function totalCounters(
  counters: readonly CounterSlice[],
  measuredNames: ReadonlySet<string>,
): RunCounters {
  const counted = counters.filter((c) => c.phase === '' || measuredNames.has(c.phase));
  return {
    arrivals: total(counted, 'arrivals'),
    droppedArrivals: total(counted, 'dropped_arrivals'),
    droppedSpans: total(counted, 'dropped_spans'),
    rejectedSpans: total(counted, 'rejected_spans'),
    clamped: total(counted, 'clamped'),
    lateResponses: total(counted, 'late_responses'),
    abandonedSteps: total(counted, 'abandoned_steps'),
    failedIterations: total(counted, 'failed_iterations'),
    failedHooks: total(counted, 'failed_hooks'),
    connects: total(counted, 'connects'),
    reconnects: total(counted, 'reconnects'),
    tlsResumed: total(counted, 'tls_resumed'),
    staleDns: total(counted, 'stale_dns'),
    bytesIn: total(counted, 'bytes_in'),
    bytesOut: total(counted, 'bytes_out'),
    messagesIn: total(counted, 'messages_in'),
    messagesOut: total(counted, 'messages_out'),
  };
}

function total(counters: readonly CounterSlice[], name: CounterName): number {
  return counters.reduce((sum, c) => (c.counter === name ? sum + c.value : sum), 0);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
