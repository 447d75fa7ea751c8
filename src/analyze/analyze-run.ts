import {
  counterTotal,
  isLasting,
  NS_PER_SEC,
  runNotFound,
  type CallClock,
  type CounterSlice,
  type HistogramSlice,
  type Ns,
  type RunRecord,
} from '../core/index.ts';
import type { CallSelection } from './call-selection.ts';
import { plainSample, summarizeClock } from './clock-summary.ts';
import { analyzeDials } from './dial-analysis.ts';
import { analyzeFaults } from './fault-analysis.ts';
import { analyzeGenerator } from './generator-analysis.ts';
import { memoized } from './memoized.ts';
import { harnessEdges, serviceEdgesOf } from './edge-analysis.ts';
import { FAULT_GUARD_NS, healthyRanges, isHealthySecond, stretchOf } from './healthy-time.ts';
import type {
  ClockSummary,
  ConnectAnalysis,
  PhaseAnalysis,
  RunAnalysis,
  RunCounters,
} from './run-analysis.ts';
import { hasPolicies, POLICY_SECONDS } from './policy-analysis.ts';
import { analyzeServed } from './served-analysis.ts';
import { endingWith, endOfRunNs, ranNsOf } from './run-end.ts';
import { selectCalls } from './select-calls.ts';
import { slowCallFrom } from './slow-call.ts';
import { analyzeErrors } from './error-analysis.ts';
import type { AnalyzedSource, MergedSeries } from './sources.ts';
import { analyzeSteps, byName, summarizeOne } from './step-analysis.ts';

export interface AnalyzeOptions {
  /** Arrivals that the schedule foresees per phase, where the caller knows the scenario. */
  readonly wantedArrivals?: Readonly<Record<string, number>>;
  /** Most slow calls to name. */
  readonly slowestLimit?: number;
  /** Calls to be summed up beside the steps; see `selected` of the analysis. */
  readonly selections?: readonly CallSelection[];
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
  wanted: string | RunRecord,
  options: AnalyzeOptions = {},
): Promise<RunAnalysis> {
  const run = typeof wanted === 'string' ? await runNamed(source, wanted) : wanted;
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
  // Without spans of services there are no attempts between them.
  const hasServices = spans.all > spans.harness;
  const [serviceEdges, edgeErrors, slowest, examples, policySeconds] = await Promise.all([
    !hasServices || ranges.length === 0 ? [] : source.edges(runId, ranges),
    !hasServices || measuredRanges.length === 0 ? [] : source.failedAttempts(runId, measuredRanges),
    source.slowestCalls(runId, [...measuredNames], options.slowestLimit ?? SLOWEST_LIMIT),
    ownErrors.length === 0 ? [] : source.failureExamples(runId, [...measuredNames]),
    hasPolicies(counters) ? source.counterSeconds(runId, POLICY_SECONDS) : [],
  ]);
  const healthyNs = ranges.reduce((sum, r) => sum + r.toNs - r.fromNs, 0);
  const ofMeasuredArrivals = arrivals.filter((a) => measuredNames.has(a.phase));
  const ofMeasured = counters.filter((c) => measuredNames.has(c.phase));
  const ofPolicies = policySeconds.filter((c) => measuredNames.has(c.phase));
  const steps = analyzeSteps(measuredSeries, {
    measured,
    counters: ofMeasured,
    policySeconds: ofPolicies,
    secondBySecond: { slices: measuredSeconds, stratumOf },
  });
  const { selections = [] } = options;
  const selectedFrom = {
    measured,
    slices: measuredSeconds,
    arrivals: ofMeasuredArrivals,
    policySeconds: ofPolicies,
    windows,
    stratumOf,
  };
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
    faults: analyzeFaults(windows, measuredSeconds, phases, ofMeasuredArrivals),
    healthy: { ranges, guardNs: FAULT_GUARD_NS, seconds: healthySeconds },
    edges: [
      ...harnessEdges(
        { slices: healthySlices, stratumOf },
        healthySeconds * NS_PER_SEC,
        ofPolicies.filter((c) => isHealthySecond(c.second, passing)),
      ),
      ...serviceEdgesOf(serviceEdges, { healthyNs, stratumOf }),
    ],
    slowestCalls: slowest.map((span) => slowCallFrom(span, run)),
    spans,
    served: analyzeServed(served, callSeconds),
    ...(selections.length > 0 && {
      selected: selections.map((selection) => selectCalls(selectedFrom, selection)),
    }),
  };
}

async function runNamed(source: AnalyzedSource, runId: string): Promise<RunRecord> {
  const run = await source.run(runId);
  if (run === undefined) throw runNotFound(runId);
  return run;
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
      ranNs: ranNsOf(phase, endNs),
      ...(wanted === undefined ? {} : { wantedArrivals: wanted }),
      arrivals: counterTotal(own, 'arrivals'),
      droppedArrivals: counterTotal(own, 'dropped_arrivals'),
      lag: summarizeLag(series.filter((s) => s.phase === phase.name)),
    };
  });
}

const CONNECT_CLOCKS: readonly CallClock[] = ['connect', 'dns', 'tcp', 'tls'];

/** What is looked at second by second; of the rest, the sum over the run is enough. */
const SECOND_CLOCKS: readonly CallClock[] = ['response', 'service', ...CONNECT_CLOCKS];

function summarizeLag(series: readonly MergedSeries[]): ClockSummary {
  return summarizeClock(plainSample(series.filter((s) => s.clock === 'lag')));
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

function totalCounters(
  counters: readonly CounterSlice[],
  measuredNames: ReadonlySet<string>,
): RunCounters {
  const counted = counters.filter((c) => c.phase === '' || measuredNames.has(c.phase));
  const redirects = counterTotal(counted, 'redirects');
  const lostThreads = counterTotal(counted, 'lost_threads');
  return {
    arrivals: counterTotal(counted, 'arrivals'),
    droppedArrivals: counterTotal(counted, 'dropped_arrivals'),
    droppedSpans: counterTotal(counted, 'dropped_spans'),
    rejectedSpans: counterTotal(counted, 'rejected_spans'),
    clamped: counterTotal(counted, 'clamped'),
    lateResponses: counterTotal(counted, 'late_responses'),
    abandonedSteps: counterTotal(counted, 'abandoned_steps'),
    ...(redirects > 0 && { redirects }),
    failedIterations: counterTotal(counted, 'failed_iterations'),
    failedHooks: counterTotal(counted, 'failed_hooks'),
    resentCalls: counterTotal(counted, 'resent_calls'),
    connects: counterTotal(counted, 'connects'),
    reconnects: counterTotal(counted, 'reconnects'),
    tlsResumed: counterTotal(counted, 'tls_resumed'),
    staleDns: counterTotal(counted, 'stale_dns'),
    bytesIn: counterTotal(counted, 'bytes_in'),
    bytesOut: counterTotal(counted, 'bytes_out'),
    messagesIn: counterTotal(counted, 'messages_in'),
    messagesOut: counterTotal(counted, 'messages_out'),
    ...(lostThreads > 0 && { lostThreads }),
  };
}
