import {
  countOf,
  isLasting,
  NS_PER_SEC,
  type FaultWindow,
  type HistogramSlice,
} from '../core/index.ts';
import { summarizeCalls } from './call-summary.ts';
import { EMPTY_SAMPLE } from './censored-sample.ts';
import { isHealthySecond, stretchOf } from './healthy-time.ts';
import { memoized } from './memoized.ts';
import { recoveryOf } from './recovery.ts';
import type { DroppedIn } from './recovery-watch.ts';
import type {
  CallSummary,
  ClockSummary,
  FaultAnalysis,
  FaultEffect,
  PhaseAnalysis,
  Recovery,
} from './run-analysis.ts';
import { type Merge, slidingMerge } from './sliding-merge.ts';
import type { ArrivalSecond } from './sources.ts';
import { timesOf, timesOfRun, type WindowTimes } from './window-times.ts';

/**
 * So many calls before a window tell as much as more, and an hour with a window every 20 s would be
 * read 180 times.
 */
const BEFORE_CALLS_MAX = 1_000_000;

/**
 * Returns per fault window what every step showed before, during and after it, and when it had
 * recovered; in the order of the windows. Whole seconds are compared, by the intended start of
 * calls:
 *
 *     phase   |-----------------------------------------------|
 *     window              [=====]                  [== another ==]
 *     before  |--------)g                      g(
 *     during             |-------|
 *     after                      |-------|.........)g   to the recovery where that is later
 *
 * before: the healthy seconds of the phase in which it began, less the seconds in which an earlier
 * fault's effect still went on; of more than a million calls the last seconds that hold so many.
 * during: the seconds of which half or more lie in it; where there
 * are none, those that it touches. after: from the first second that it does not touch, for as long
 * as the window lasted, or until the step had recovered; at most to the guard of the next fault or
 * the end of the phase. A step without calls in all three is left out. A fault that lasts the whole
 * run is a condition of it, not an event: its calls are all during it.
 *
 * `arrivals` are those of the measured phases. A dropped one called no step of its flow: it is
 * counted beside the calls of every step, and no step recovers while arrivals are dropped.
 */
export function analyzeFaults(
  windows: readonly FaultWindow[],
  measured: readonly HistogramSlice[],
  phases: readonly PhaseAnalysis[],
  arrivals: readonly ArrivalSecond[],
): readonly FaultAnalysis[] {
  const passing = windows.filter((window) => !isLasting(window));
  const stratumOf = memoized((second: number) => stretchOf(second, phases, passing));
  const isHealthy = memoized((second: number) => isHealthySecond(second, passing));
  const droppedIn = droppedBySecond(arrivals);
  const unwell = new Set<number>();
  const bySteps = Map.groupBy(measured, (s) => s.step);
  const steps = [...bySteps.keys()].sort().map((step) => slicesOf(step, bySteps.get(step) ?? []));
  return windows.map((window) => {
    const times = isLasting(window)
      ? timesOfRun(measured)
      : timesOf(window, { passing, isHealthy, phases, arrivals });
    const context = { times, unwell, droppedIn, stratumOf };
    const effects = steps.map((step) => effectOn(step, context));
    for (const { lastUnwell } of effects) {
      for (let second = times.after; second <= lastUnwell; second++) unwell.add(second);
    }
    return { window, steps: effects.map(({ effect }) => effect).filter((e) => callsOf(e) > 0) };
  });
}

/** What was recorded of a step. */
interface StepSlices {
  readonly step: string;
  readonly bySecond: ReadonlyMap<number, readonly HistogramSlice[]>;
  /** By second. */
  readonly calls: ReadonlyMap<number, number>;
  /** For the calls before one window after another. */
  readonly mergeBefore: Merge;
}

function slicesOf(step: string, recorded: readonly HistogramSlice[]): StepSlices {
  // Of a window, the times without the generator's own delay are nowhere shown.
  const slices = recorded.filter(({ clock }) => clock !== 'corrected');
  const calls = new Map<number, number>();
  for (const slice of slices.filter(({ clock }) => clock === 'response')) {
    calls.set(slice.second, (calls.get(slice.second) ?? 0) + countOf(slice));
  }
  const bySecond = Map.groupBy(slices, (s) => s.second);
  return { step, bySecond, calls, mergeBefore: slidingMerge() };
}

/** Returns the last of the seconds, ascending, that hold a million calls; all where they do not. */
function lastMillion(
  seconds: readonly number[],
  calls: ReadonlyMap<number, number>,
): readonly number[] {
  let held = 0;
  const first = seconds.findLastIndex((second) => {
    held += calls.get(second) ?? 0;
    return held >= BEFORE_CALLS_MAX;
  });
  return seconds.slice(Math.max(0, first));
}

function droppedBySecond(arrivals: readonly ArrivalSecond[]): DroppedIn {
  const bySecond = new Map<number, number>();
  for (const { second, dropped } of arrivals) {
    bySecond.set(second, (bySecond.get(second) ?? 0) + dropped);
  }
  return (second) => bySecond.get(second) ?? 0;
}

interface EffectContext {
  readonly times: WindowTimes;
  /** Seconds after earlier windows in which a step had not recovered. */
  readonly unwell: ReadonlySet<number>;
  readonly droppedIn: DroppedIn;
  readonly stratumOf: (second: number) => string;
}

function effectOn(
  own: StepSlices,
  context: EffectContext,
): { readonly effect: FaultEffect; readonly lastUnwell: number } {
  const { times, unwell, droppedIn, stratumOf } = context;
  const { step, bySecond, calls, mergeBefore } = own;
  const well = times.before.filter((second) => !unwell.has(second));
  const beforeSeconds = lastMillion(well, calls);
  const recovery = recoveryAfter(own, beforeSeconds, context);
  const lastUnwell = lastUnwellSecond(recovery, times);
  const until = Math.min(times.horizon, Math.max(times.after + times.length, lastUnwell + 1));
  const during = duringSeconds(times);
  const after = range(times.after, until);
  const summary = (seconds: readonly number[], merge?: Merge) => {
    const slices = seconds.flatMap((second) => bySecond.get(second) ?? []);
    const secondBySecond = { slices, stratumOf, ...(merge && { merge }) };
    return withoutSamples(summarizeCalls(slices, secondsOf(slices) * NS_PER_SEC, secondBySecond));
  };
  return {
    effect: {
      step,
      before: summary(beforeSeconds, mergeBefore),
      during: summary(during),
      after: summary(after),
      dropped: {
        before: sum(beforeSeconds.map(droppedIn)),
        during: sum(during.map(droppedIn)),
        after: sum(after.map(droppedIn)),
      },
      recovery,
    },
    lastUnwell,
  };
}

function recoveryAfter(
  { bySecond, mergeBefore }: StepSlices,
  beforeSeconds: readonly number[],
  { times: { window, horizon, obstacle }, droppedIn, stratumOf }: EffectContext,
): Recovery {
  if (obstacle !== '' || !window) return { kind: 'not-measurable', reason: obstacle };
  const responsesIn = (seconds: readonly number[]): readonly HistogramSlice[] =>
    seconds.flatMap((at) => (bySecond.get(at) ?? []).filter((s) => s.clock === 'response'));
  return recoveryOf({
    endNs: window.toNs,
    horizonSecond: horizon,
    beforeSeconds,
    before: responsesIn(beforeSeconds),
    after: responsesIn(range(Math.floor(window.toNs / NS_PER_SEC), horizon)),
    droppedIn,
    stratumOf,
    merge: mergeBefore,
  });
}

/** An hour may have hundreds of windows; what is said of them are percentiles alone. */
function withoutSamples(calls: CallSummary): CallSummary {
  const bare = (clock: ClockSummary): ClockSummary => ({ ...clock, sample: EMPTY_SAMPLE });
  const { response, corrected, service } = calls;
  return {
    ...calls,
    response: bare(response),
    corrected: bare(corrected),
    service: bare(service),
  };
}

function duringSeconds({ window, isDuring, horizon }: WindowTimes): readonly number[] {
  if (!window) return range(0, horizon);
  const from = Math.floor(window.fromNs / NS_PER_SEC);
  return range(from, Math.ceil(window.toNs / NS_PER_SEC)).filter(isDuring);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Returns the last second in which the effect went on; one before `after` where there was none. */
function lastUnwellSecond(recovery: Recovery, { window, after, horizon }: WindowTimes): number {
  if (recovery.kind === 'not-measurable' || !window) return after - 1;
  if (recovery.kind === 'not-recovered') return horizon - 1;
  return Math.ceil((window.toNs + recovery.atMostNs) / NS_PER_SEC) - 1;
}

function secondsOf(slices: readonly HistogramSlice[]): number {
  return new Set(slices.map((s) => s.second)).size;
}

function callsOf({ before, during, after }: FaultEffect): number {
  return before.calls + during.calls + after.calls;
}
