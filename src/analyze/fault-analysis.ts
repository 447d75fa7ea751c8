import { isLasting, NS_PER_SEC, type FaultWindow, type HistogramSlice } from '../core/index.ts';
import { summarizeCalls } from './call-summary.ts';
import { stretchOf } from './healthy-time.ts';
import { recoveryOf } from './recovery.ts';
import type { DroppedIn } from './recovery-watch.ts';
import type { FaultAnalysis, FaultEffect, PhaseAnalysis, Recovery } from './run-analysis.ts';
import type { ArrivalSecond } from './sources.ts';
import { timesOf, timesOfRun, type WindowTimes } from './window-times.ts';

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
 * fault's effect still went on. during: the seconds of which half or more lie in it; where there
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
  const stratumOf = (second: number): string => stretchOf(second, phases, passing);
  const droppedIn = droppedBySecond(arrivals);
  const unwell = new Set<number>();
  return windows.map((window) => {
    const times = isLasting(window)
      ? timesOfRun(measured)
      : timesOf(window, passing, phases, arrivals);
    const bySteps = Map.groupBy(measured, (s) => s.step);
    const context = { times, unwell, droppedIn, stratumOf };
    const steps = [...bySteps.keys()]
      .sort()
      .map((step) => effectOn(step, bySteps.get(step) ?? [], context));
    for (const { lastUnwell } of steps) {
      for (let second = times.after; second <= lastUnwell; second++) unwell.add(second);
    }
    const effects = steps.map(({ effect }) => effect);
    return { window, steps: effects.filter((e) => callsOf(e) > 0) };
  });
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
  step: string,
  slices: readonly HistogramSlice[],
  context: EffectContext,
): { readonly effect: FaultEffect; readonly lastUnwell: number } {
  const { times, unwell, droppedIn, stratumOf } = context;
  const beforeSeconds = times.before.filter((second) => !unwell.has(second));
  const recovery = recoveryAfter(slices, beforeSeconds, context);
  const lastUnwell = lastUnwellSecond(recovery, times);
  const until = Math.min(times.horizon, Math.max(times.after + times.length, lastUnwell + 1));
  const isBefore = inSeconds(beforeSeconds);
  const isAfter = (second: number): boolean => second >= times.after && second < until;
  const summary = (isMeant: (second: number) => boolean) => {
    const parts = slices.filter((s) => isMeant(s.second));
    return summarizeCalls(parts, secondsOf(parts) * NS_PER_SEC, { slices: parts, stratumOf });
  };
  return {
    effect: {
      step,
      before: summary(isBefore),
      during: summary(times.isDuring),
      after: summary(isAfter),
      dropped: {
        before: sum(beforeSeconds.map(droppedIn)),
        during: sum(duringSeconds(times).map(droppedIn)),
        after: sum(range(times.after, until).map(droppedIn)),
      },
      recovery,
    },
    lastUnwell,
  };
}

function recoveryAfter(
  slices: readonly HistogramSlice[],
  beforeSeconds: readonly number[],
  { times: { window, horizon, obstacle }, droppedIn, stratumOf }: EffectContext,
): Recovery {
  if (obstacle !== '' || !window) return { kind: 'not-measurable', reason: obstacle };
  const ofResponse = slices.filter((s) => s.clock === 'response');
  const isBefore = inSeconds(beforeSeconds);
  return recoveryOf({
    endNs: window.toNs,
    horizonSecond: horizon,
    beforeSeconds,
    before: ofResponse.filter((s) => isBefore(s.second)),
    after: ofResponse,
    droppedIn,
    stratumOf,
  });
}

function duringSeconds({ window, isDuring, horizon }: WindowTimes): readonly number[] {
  if (!window) return range(0, horizon);
  const from = Math.floor(window.fromNs / NS_PER_SEC);
  return range(from, Math.ceil(window.toNs / NS_PER_SEC)).filter(isDuring);
}

function inSeconds(seconds: readonly number[]): (second: number) => boolean {
  const known = new Set(seconds);
  return (second) => known.has(second);
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
