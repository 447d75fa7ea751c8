import { NS_PER_MS, type CounterName, type CounterSlice, type Ns, countOf } from '../core/index.ts';
import { estimateQuantile, REPORTED_PERCENTS } from './quantile.ts';
import { plainSample, summarizeClock, type SeriesPart } from './clock-summary.ts';
import type {
  CallSummary,
  GeneratorAnalysis,
  GeneratorShare,
  PhaseAnalysis,
  StepAnalysis,
  ThreadAnalysis,
} from './run-analysis.ts';
import { countAbove, mergeHistograms } from './sparse-histogram.ts';

/**
 * An arrival that was seen later than this was late through the generator's fault. Far past what
 * pacing costs (1 ms with a timer) and what a busy host does now and then (a turn of its scheduler
 * is 3 to 4 ms, a few of them in a row 8), far below the wait behind a generator that stalls.
 */
const LATE_NS: Ns = 10 * NS_PER_MS;

/** What the generator's part of an analysis is drawn from, all of it of the measured phases. */
export interface GeneratorNumbers {
  readonly series: readonly SeriesPart[];
  readonly counters: readonly CounterSlice[];
  readonly phases: readonly PhaseAnalysis[];
  readonly steps: readonly StepAnalysis[];
}

/**
 * Returns what the generator knows of itself: what it added to the response times, and how its
 * sending threads fared. A run that was stored before that was recorded has empty distributions.
 *
 * No call is left out as tainted by the generator's delay. The backlog that a target's stall leaves
 * looks just like such a delay while it drains: without it, the stall itself would be gone.
 */
export function analyzeGenerator(numbers: GeneratorNumbers): GeneratorAnalysis {
  const { series, counters, phases, steps } = numbers;
  const lags = mergeHistograms(series.filter((s) => s.clock === 'lag'));
  const lateArrivals = countAbove(lags, LATE_NS);
  const arrivals = countOf(lags);
  const wanted = wantedArrivals(phases);
  const thread = analyzeThread(series, counters);
  return {
    ...(wanted === undefined ? {} : { wantedArrivals: wanted }),
    lateNs: LATE_NS,
    lateArrivals,
    lateRatio: arrivals === 0 ? 0 : lateArrivals / arrivals,
    steps: steps.map(({ step, overall }) => ({
      step,
      corrected: overall.corrected,
      added: addedToResponse(overall),
    })),
    uncertainty: summarizeClock(plainSample(series.filter((s) => s.clock === 'uncertainty'))),
    ...(thread === undefined ? {} : { thread }),
  };
}

/**
 * Returns what the generator's own delay added at each reported percentile that as many independent
 * calls would show of both times: the difference of two percentiles of the same calls, which are as
 * much alike in both, so that it needs no interval. It may be that of different calls.
 */
function addedToResponse({ response, corrected }: CallSummary): readonly GeneratorShare[] {
  return REPORTED_PERCENTS.flatMap((percent) => {
    const whole = estimateQuantile(response.sample, percent);
    const part = estimateQuantile(corrected.sample, percent);
    if (whole.kind !== 'known' || part.kind !== 'known') return [];
    return {
      percent,
      isRefused: response.percentiles.find((p) => p.percent === percent)?.kind !== 'known',
      responseNs: whole.valueNs,
      correctedNs: part.valueNs,
      addedNs: Math.max(0, whole.valueNs - part.valueNs),
    };
  });
}

function analyzeThread(
  series: readonly SeriesPart[],
  counters: readonly CounterSlice[],
): ThreadAnalysis | undefined {
  const total = (name: CounterName): number =>
    counters.reduce((sum, c) => (c.counter === name ? sum + c.value : sum), 0);
  const watchedNs = total('sender_ns');
  if (watchedNs === 0) return undefined;
  const pauses = mergeHistograms(series.filter((s) => s.clock === 'gc'));
  return {
    watchedNs,
    cpuRatio: total('sender_cpu_ns') / watchedNs,
    busyRatio: total('loop_busy_ns') / watchedNs,
    runDelayRatio: total('run_delay_ns') / watchedNs,
    gcPauses: countOf(pauses),
    gcPauseNs: total('gc_pause_ns'),
    gcLongestNs: pauses.valueNs.at(-1) ?? 0,
  };
}

/** Undefined where the schedule of a phase is not known, or a phase was cut short. */
function wantedArrivals(phases: readonly PhaseAnalysis[]): number | undefined {
  const whole = phases.filter((p) => p.ranNs >= p.toNs - p.fromNs);
  const known = whole.flatMap((p) => (p.wantedArrivals === undefined ? [] : [p.wantedArrivals]));
  if (known.length === 0 || known.length < phases.length) return undefined;
  return known.reduce((sum, count) => sum + count, 0);
}
