import type { CallClock, CounterSlice, HistogramSlice, Ns } from '../core/index.ts';
import type { CallLoad } from './call-load.ts';
import { summarizeCalls, targetLoadsOf, type SecondBySecond } from './call-summary.ts';
import { answeredSample, dependenceIn, type SeriesPart, summarizeClock } from './clock-summary.ts';
import type { Dependence } from './effective-sample-size.ts';
import { memoized } from './memoized.ts';
import type {
  CallParts,
  CallSummary,
  ClockSummary,
  PhaseAnalysis,
  StepAnalysis,
  StepPhase,
} from './run-analysis.ts';
import { countPolicy, summarizePolicy } from './policy-analysis.ts';
import { countStatuses } from './status-count.ts';

const CLOCKS_OF_STEPS: readonly CallClock[] = ['response', 'corrected', 'service'];

/** What the steps of a run are analysed from, of its measured phases. */
export interface MeasuredCalls {
  readonly measured: readonly Pick<PhaseAnalysis, 'name' | 'ranNs'>[];
  readonly counters: readonly CounterSlice[];
  /** What policies did, second by second. */
  readonly policySeconds: readonly CounterSlice[];
  readonly secondBySecond: SecondBySecond;
}

/** Returns what each step showed, by name; `series` may be whole phases or their seconds. */
export function analyzeSteps(
  series: readonly SeriesPart[],
  { measured, counters, policySeconds, secondBySecond: { slices, stratumOf } }: MeasuredCalls,
): readonly StepAnalysis[] {
  const measuredNs = measured.reduce((sum, p) => sum + p.ranNs, 0);
  const calls = series.filter((s) => CLOCKS_OF_STEPS.includes(s.clock));
  const bySteps = Map.groupBy(calls, (s) => s.step);
  const slicesBySteps = Map.groupBy(slices, (s) => s.step);
  const seriesBySteps = Map.groupBy(series, (s) => s.step);
  const loads = targetLoads(slices);
  const threads = threadsOf(counters, measuredNs);
  return [...bySteps].sort(byName).map(([step, parts]) => {
    const target = parts[0]?.target ?? '';
    const ofStep = slicesBySteps.get(step) ?? [];
    const seen = { stratumOf, targetLoads: loads(target) };
    const overall = summarizeCalls(parts, measuredNs, { slices: ofStep, ...seen });
    const own = counters.filter((c) => c.step === step);
    const policy = summarizePolicy(overall, {
      counters: own,
      seconds: policySeconds.filter((c) => c.step === step),
      measuredNs,
      threads,
    });
    return {
      step,
      target,
      overall,
      statuses: countStatuses(own),
      parts: callParts(seriesBySteps.get(step) ?? [], overall),
      phases: measured.flatMap((phase) => {
        const inPhase = parts.filter((p) => p.phase === phase.name);
        if (inPhase.length === 0) return [];
        // A run's only measured phase is the run.
        if (measured.length === 1) return [stepPhase(phase.name, overall, own)];
        const summary = summarizeCalls(inPhase, phase.ranNs, {
          slices: ofStep.filter((s) => s.phase === phase.name),
          stratumOf,
          targetLoads: loads(target, phase.name),
        });
        return [stepPhase(phase.name, summary, own)];
      }),
      ...(policy && { policy }),
    };
  });
}

/** `counters` are those of the step. */
function stepPhase(
  phase: string,
  summary: CallSummary,
  counters: readonly CounterSlice[],
): StepPhase {
  const own = counters.filter((c) => c.phase === phase);
  const policy = countPolicy(summary, own);
  return { phase, summary, ...(policy && { policy }) };
}

/** Returns how many threads sent; each was watched all the time. */
function threadsOf(counters: readonly CounterSlice[], measuredNs: Ns): number {
  const watched = counters.filter(({ counter }) => counter === 'sender_ns');
  const watchedNs = watched.reduce((sum, { value }) => sum + value, 0);
  return Math.max(1, Math.round(watchedNs / Math.max(1, measuredNs)));
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

/** Parts of calls are taken to be as alike as the calls are: those were slow together in them. */
function callParts(series: readonly SeriesPart[], { response, service }: CallSummary): CallParts {
  const ofService = dependenceIn(service);
  return {
    wait: summarizeOne(series, 'wait', dependenceIn(response)),
    firstByte: summarizeOne(series, 'first_byte', ofService),
    body: summarizeOne(series, 'body', ofService),
    message: summarizeOne(series, 'message', ofService),
  };
}

/** Returns the distribution of one clock among the parts. */
export function summarizeOne(
  parts: readonly SeriesPart[],
  clock: CallClock,
  dependenceAt?: (percent: number) => Dependence | undefined,
): ClockSummary {
  return summarizeClock(answeredSample(parts.filter((p) => p.clock === clock)), dependenceAt);
}

/** Orders entries by their keys. */
export function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
