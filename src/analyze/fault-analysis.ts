import { isLasting, NS_PER_SEC, type FaultWindow, type HistogramSlice } from '../core/index.ts';
import { summarizeCalls } from './call-summary.ts';
import { FAULT_GUARD_NS, isHealthySecond, stretchOf, touchesSecond } from './healthy-time.ts';
import { recoveryOf } from './recovery.ts';
import type { FaultAnalysis, FaultEffect, PhaseAnalysis, Recovery } from './run-analysis.ts';

/**
 * Returns per fault window what every step showed before, during and after it, and when it had
 * recovered; in the order of the windows. Whole seconds are compared, by the intended start of calls:
 *
 *     phase   |-----------------------------------------------|
 *     window              [=====]                  [== another ==]
 *     before  |--------)g                      g(
 *     during             |-------|
 *     after                      |-------|.........)g   to the recovery where that is later
 *
 * before: the healthy seconds of the phase in which it began, less the seconds in which an earlier
 * fault's effect still went on. during: the seconds of which half or more lie in it; where there are
 * none, those that it touches. after: from the first second that it does not touch, for as long as the window lasted, or until the step had recovered; at most to the guard of the next fault or the
 * end of the phase. A step without calls in all three is left out. A fault that lasts the whole run is
 * a condition of it, not an event: its calls are all during it.
 */
export function analyzeFaults(
  windows: readonly FaultWindow[],
  measured: readonly HistogramSlice[],
  phases: readonly PhaseAnalysis[],
): readonly FaultAnalysis[] {
  const passing = windows.filter((window) => !isLasting(window));
  const stratumOf = (second: number): string => stretchOf(second, phases, passing);
  const unwell = new Set<number>();
  return windows.map((window) => {
    const times = isLasting(window) ? wholeRun(measured) : timesOf(window, passing, phases);
    const bySteps = Map.groupBy(measured, (s) => s.step);
    const steps = [...bySteps.keys()]
      .sort()
      .map((step) => effectOn(step, bySteps.get(step) ?? [], { times, unwell, stratumOf }));
    for (const { lastUnwell } of steps) {
      for (let second = times.after; second <= lastUnwell; second++) unwell.add(second);
    }
    const effects = steps.map(({ effect }) => effect);
    return { window, steps: effects.filter((e) => callsOf(e) > 0) };
  });
}

/** Which seconds of the run are meant for one window. */
interface WindowTimes {
  readonly window?: FaultWindow;
  readonly isBefore: (second: number) => boolean;
  readonly isDuring: (second: number) => boolean;
  /** The first second after it. */
  readonly after: number;
  /** The first second that is not looked at any more. */
  readonly horizon: number;
  /** How many seconds it lasted. */
  readonly length: number;
  /** Why there can be no recovery time; '' where there can. */
  readonly obstacle: string;
}

function timesOf(
  window: FaultWindow,
  passing: readonly FaultWindow[],
  phases: readonly PhaseAnalysis[],
): WindowTimes {
  const phase = phases.findLast((p) => p.measured && p.fromNs <= window.fromNs);
  const phaseEndNs = phase ? phase.fromNs + phase.ranNs : 0;
  const fromSecond = Math.floor(window.fromNs / NS_PER_SEC);
  const endSecond = Math.floor(window.toNs / NS_PER_SEC);
  // Faults that end in the same second are over together: nothing here is finer.
  const later = passing.filter(
    (other) => other !== window && Math.floor(other.toNs / NS_PER_SEC) > endSecond,
  );
  const next = later.toSorted((a, b) => a.fromNs - b.fromNs)[0];
  const nextNs = next ? next.fromNs - FAULT_GUARD_NS : Infinity;
  const horizon = Math.floor(Math.min(phaseEndNs, nextNs) / NS_PER_SEC);
  return {
    window,
    isBefore: (second) =>
      phase !== undefined &&
      second * NS_PER_SEC >= phase.fromNs &&
      second < fromSecond &&
      isHealthySecond(second, passing),
    isDuring: duringOf(window),
    after: Math.ceil(window.toNs / NS_PER_SEC),
    horizon,
    length: Math.max(1, Math.ceil((window.toNs - window.fromNs) / NS_PER_SEC)),
    obstacle: obstacleOf(window, phaseEndNs, next, horizon),
  };
}

/** A window that ends some ms into a second has not made that second one of its own. */
function duringOf(window: FaultWindow): (second: number) => boolean {
  const isMostly = (second: number): boolean => {
    const fromNs = Math.max(window.fromNs, second * NS_PER_SEC);
    const toNs = Math.min(window.toNs, (second + 1) * NS_PER_SEC);
    return toNs - fromNs >= NS_PER_SEC / 2;
  };
  const first = Math.floor(window.fromNs / NS_PER_SEC);
  const hasMostly = isMostly(first) || isMostly(first + 1);
  return hasMostly ? isMostly : (second) => touchesSecond(window, second);
}

function obstacleOf(
  window: FaultWindow,
  phaseEndNs: number,
  next: FaultWindow | undefined,
  horizon: number,
): string {
  if (window.fromNs >= phaseEndNs) return 'it was outside the measured phases';
  if (next && next.fromNs <= window.toNs) return `${next.fault} was still active when it ended`;
  if (horizon * NS_PER_SEC > window.toNs) return '';
  return next && next.fromNs < phaseEndNs
    ? `${next.fault} began less than ${(FAULT_GUARD_NS + NS_PER_SEC) / NS_PER_SEC} s after it`
    : 'its phase ended with it';
}

function wholeRun(measured: readonly HistogramSlice[]): WindowTimes {
  const end = measured.reduce((last, s) => Math.max(last, s.second + 1), 0);
  return {
    isBefore: () => false,
    isDuring: () => true,
    after: end,
    horizon: end,
    length: end,
    obstacle: 'it was active during the whole run',
  };
}

interface EffectContext {
  readonly times: WindowTimes;
  /** Seconds after earlier windows in which a step had not recovered. */
  readonly unwell: ReadonlySet<number>;
  readonly stratumOf: (second: number) => string;
}

function effectOn(
  step: string,
  slices: readonly HistogramSlice[],
  { times, unwell, stratumOf }: EffectContext,
): { readonly effect: FaultEffect; readonly lastUnwell: number } {
  const before = slices.filter((s) => times.isBefore(s.second) && !unwell.has(s.second));
  const recovery = recoveryAfter(slices, before, times, stratumOf);
  const lastUnwell = lastUnwellSecond(recovery, times);
  const until = Math.min(times.horizon, Math.max(times.after + times.length, lastUnwell + 1));
  const after = slices.filter((s) => s.second >= times.after && s.second < until);
  const summary = (parts: readonly HistogramSlice[]) =>
    summarizeCalls(parts, secondsOf(parts) * NS_PER_SEC, { slices: parts, stratumOf });
  return {
    effect: {
      step,
      before: summary(before),
      during: summary(slices.filter((s) => times.isDuring(s.second))),
      after: summary(after),
      recovery,
    },
    lastUnwell,
  };
}

function recoveryAfter(
  slices: readonly HistogramSlice[],
  before: readonly HistogramSlice[],
  { window, horizon, obstacle }: WindowTimes,
  stratumOf: (second: number) => string,
): Recovery {
  if (obstacle !== '' || !window) return { kind: 'not-measurable', reason: obstacle };
  const ofResponse = (s: HistogramSlice): boolean => s.clock === 'response';
  return recoveryOf({
    endNs: window.toNs,
    horizonSecond: horizon,
    before: before.filter(ofResponse),
    after: slices.filter(ofResponse),
    stratumOf,
  });
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
