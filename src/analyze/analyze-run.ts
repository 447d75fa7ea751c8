import {
  isLasting,
  NS_PER_SEC,
  nsFromMs,
  runNotFound,
  type CallClock,
  type CounterName,
  type CounterSlice,
  type FaultWindow,
  type HistogramSlice,
  type Ns,
  type RunRecord,
} from '../core/index.ts';
import type { CallLoad } from './call-load.ts';
import { summarizeCalls, targetLoadsOf, type SecondBySecond } from './call-summary.ts';
import {
  answeredSample,
  dependenceIn,
  plainSample,
  type SeriesPart,
  summarizeClock,
} from './clock-summary.ts';
import { analyzeDials } from './dial-analysis.ts';
import type { Dependence } from './effective-sample-size.ts';
import { analyzeFaults } from './fault-analysis.ts';
import { analyzeGenerator } from './generator-analysis.ts';
import { memoized } from './memoized.ts';
import { harnessEdges, serviceEdgesOf } from './edge-analysis.ts';
import { FAULT_GUARD_NS, healthyRanges, isHealthySecond, stretchOf } from './healthy-time.ts';
import type {
  CallParts,
  CallSummary,
  ClockSummary,
  ConnectAnalysis,
  PhaseAnalysis,
  RunAnalysis,
  RunCounters,
  StepAnalysis,
} from './run-analysis.ts';
import { analyzeServed } from './served-analysis.ts';
import { slowCallFrom } from './slow-call.ts';
import { analyzeErrors } from './error-analysis.ts';
import type { AnalyzedSource, MergedSeries } from './sources.ts';
import { countStatuses } from './status-count.ts';

export interface AnalyzeOptions {
  /** Arrivals that the schedule foresees per phase, where the caller knows the scenario. */
  readonly wantedArrivals?: Readonly<Record<string, number>>;
  /** Most slow calls to name. */
  readonly slowestLimit?: number;
}

const SLOWEST_LIMIT = 8;

/**
 * Returns what a run showed: read once from the source, computed without clock or chance, so that
 * the same stored run always gives the same analysis. A run that is still under way or was stopped
 * is analysed as far as it got, and marked partial.
 * @throws RUN_NOT_FOUND where the source has no such run
 */
export async function analyzeRun(
  source: AnalyzedSource,
  wantedRunId: string,
  options: AnalyzeOptions = {},
): Promise<RunAnalysis> {
  const run = await source.run(wantedRunId);
  if (run === undefined) throw runNotFound(wantedRunId);
  const { runId } = run;
  const [series, seconds, counters, arrivals, errors, connectErrors, stored, spans, served] =
    await Promise.all([
      source.series(runId),
      source.seconds(runId, SECOND_CLOCKS),
      source.counters(runId),
      source.arrivals(runId),
      source.errors(runId),
      source.connectErrors(runId),
      source.faultWindows(runId),
      source.spanCounts(runId),
      source.servedCalls(runId),
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
  const stratumOf = memoized((second: number) => stretchOf(second, phases, passing));
  const measuredSeries = series.filter((s) => measuredNames.has(s.phase));
  const ownErrors = errors.filter((e) => measuredNames.has(e.phase));
  const measuredRanges = healthyRanges(measured, []);
  const [serviceEdges, edgeErrors, slowest, examples] = await Promise.all([
    ranges.length === 0 ? [] : source.edges(runId, ranges),
    measuredRanges.length === 0 ? [] : source.failedAttempts(runId, measuredRanges),
    source.slowestCalls(runId, [...measuredNames], options.slowestLimit ?? SLOWEST_LIMIT),
    ownErrors.length === 0 ? [] : source.failureExamples(runId, [...measuredNames]),
  ]);
  const healthyNs = ranges.reduce((sum, r) => sum + r.toNs - r.fromNs, 0);
  const ofMeasured = counters.filter((c) => measuredNames.has(c.phase));
  const steps = analyzeSteps(measuredSeries, {
    measured,
    counters: ofMeasured,
    secondBySecond: { slices: measuredSeconds, stratumOf },
  });
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
    errors: analyzeErrors(ownErrors, examples),
    edgeErrors,
    connects: analyzeConnects(seconds.filter((s) => isHealthySecond(s.second, passing))),
    dials: analyzeDials(
      measuredSeries,
      connectErrors.filter((e) => measuredNames.has(e.phase)),
    ),
    faults: analyzeFaults(
      windows,
      measuredSeconds,
      phases,
      arrivals.filter((a) => measuredNames.has(a.phase)),
    ),
    healthy: { ranges, guardNs: FAULT_GUARD_NS, seconds: healthySeconds },
    edges: [
      ...harnessEdges({ slices: healthySlices, stratumOf }, healthySeconds * NS_PER_SEC),
      ...serviceEdgesOf(serviceEdges, { healthyNs, stratumOf }),
    ],
    slowestCalls: slowest.map((span) => slowCallFrom(span, run)),
    spans,
    served: analyzeServed(served, callSeconds),
  };
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

/** What is looked at second by second; of the rest, the sum over the run is enough. */
const SECOND_CLOCKS: readonly CallClock[] = ['response', 'service', ...CONNECT_CLOCKS];

const CLOCKS_OF_STEPS: readonly CallClock[] = ['response', 'corrected', 'service'];

function summarizeLag(series: readonly MergedSeries[]): ClockSummary {
  return summarizeClock(plainSample(series.filter((s) => s.clock === 'lag')));
}

interface MeasuredCalls {
  readonly measured: readonly PhaseAnalysis[];
  readonly counters: readonly CounterSlice[];
  readonly secondBySecond: SecondBySecond;
}

function analyzeSteps(
  series: readonly MergedSeries[],
  { measured, counters, secondBySecond: { slices, stratumOf } }: MeasuredCalls,
): readonly StepAnalysis[] {
  const measuredNs = measured.reduce((sum, p) => sum + p.ranNs, 0);
  const calls = series.filter((s) => CLOCKS_OF_STEPS.includes(s.clock));
  const bySteps = Map.groupBy(calls, (s) => s.step);
  const slicesBySteps = Map.groupBy(slices, (s) => s.step);
  const seriesBySteps = Map.groupBy(series, (s) => s.step);
  const loads = targetLoads(slices);
  return [...bySteps].sort(byName).map(([step, parts]) => {
    const target = parts[0]?.target ?? '';
    const ofStep = slicesBySteps.get(step) ?? [];
    const seen = { stratumOf, targetLoads: loads(target) };
    const overall = summarizeCalls(parts, measuredNs, { slices: ofStep, ...seen });
    return {
      step,
      target,
      overall,
      statuses: countStatuses(counters.filter((c) => c.step === step)),
      parts: callParts(seriesBySteps.get(step) ?? [], overall),
      phases: measured.flatMap((phase) => {
        const own = parts.filter((p) => p.phase === phase.name);
        if (own.length === 0) return [];
        // A run's only measured phase is the run.
        if (measured.length === 1) return [{ phase: phase.name, summary: overall }];
        const ofPhase = {
          slices: ofStep.filter((s) => s.phase === phase.name),
          stratumOf,
          targetLoads: loads(target, phase.name),
        };
        return [{ phase: phase.name, summary: summarizeCalls(own, phase.ranNs, ofPhase) }];
      }),
    };
  });
}

/** Returns the loads of a target, of the whole run or of one phase, each computed once. */
function targetLoads(
  slices: readonly HistogramSlice[],
): (target: string, phase?: string) => ReadonlyMap<CallClock, CallLoad> {
  const byTarget = Map.groupBy(slices, (s) => s.target);
  const known = memoized((key: string) => {
    const [target = '', phase] = JSON.parse(key) as readonly string[];
    const own = byTarget.get(target) ?? [];
    return targetLoadsOf(phase === undefined ? own : own.filter((s) => s.phase === phase));
  });
  return (...key) => known(JSON.stringify(key));
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

/** Parts of calls are taken to be as alike as the calls are: those were slow together in them. */
function callParts(series: readonly MergedSeries[], { response, service }: CallSummary): CallParts {
  const ofService = dependenceIn(service);
  return {
    wait: summarizeOne(series, 'wait', dependenceIn(response)),
    firstByte: summarizeOne(series, 'first_byte', ofService),
    body: summarizeOne(series, 'body', ofService),
    message: summarizeOne(series, 'message', ofService),
  };
}

function summarizeOne(
  parts: readonly SeriesPart[],
  clock: CallClock,
  dependenceAt?: (percent: number) => Dependence | undefined,
): ClockSummary {
  return summarizeClock(answeredSample(parts.filter((p) => p.clock === clock)), dependenceAt);
}

function totalCounters(
  counters: readonly CounterSlice[],
  measuredNames: ReadonlySet<string>,
): RunCounters {
  const counted = counters.filter((c) => c.phase === '' || measuredNames.has(c.phase));
  const redirects = total(counted, 'redirects');
  const lostThreads = total(counted, 'lost_threads');
  return {
    arrivals: total(counted, 'arrivals'),
    droppedArrivals: total(counted, 'dropped_arrivals'),
    droppedSpans: total(counted, 'dropped_spans'),
    rejectedSpans: total(counted, 'rejected_spans'),
    clamped: total(counted, 'clamped'),
    lateResponses: total(counted, 'late_responses'),
    abandonedSteps: total(counted, 'abandoned_steps'),
    ...(redirects > 0 && { redirects }),
    failedIterations: total(counted, 'failed_iterations'),
    failedHooks: total(counted, 'failed_hooks'),
    resentCalls: total(counted, 'resent_calls'),
    connects: total(counted, 'connects'),
    reconnects: total(counted, 'reconnects'),
    tlsResumed: total(counted, 'tls_resumed'),
    staleDns: total(counted, 'stale_dns'),
    bytesIn: total(counted, 'bytes_in'),
    bytesOut: total(counted, 'bytes_out'),
    messagesIn: total(counted, 'messages_in'),
    messagesOut: total(counted, 'messages_out'),
    ...(lostThreads > 0 && { lostThreads }),
  };
}

function total(counters: readonly CounterSlice[], name: CounterName): number {
  return counters.reduce((sum, c) => (c.counter === name ? sum + c.value : sum), 0);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
