import { NS_PER_SEC, type FaultWindow, type HistogramSlice } from '../core/index.ts';
import { FAULT_GUARD_NS, touchesSecond } from './healthy-time.ts';
import { rateChanges } from './rate-change.ts';
import type { PhaseAnalysis } from './run-analysis.ts';
import type { ArrivalSecond } from './sources.ts';

/** Which seconds of the run are meant for one window. */
export interface WindowTimes {
  readonly window?: FaultWindow;
  /** The healthy seconds before it, ascending. */
  readonly before: readonly number[];
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

/** The run in which a window is. */
export interface WindowContext {
  /** The windows of faults that do not last the whole run. */
  readonly passing: readonly FaultWindow[];
  /** Whether a second touches none of these, nor a guard. */
  readonly isHealthy: (second: number) => boolean;
  readonly phases: readonly PhaseAnalysis[];
  readonly arrivals: readonly ArrivalSecond[];
}

/** Returns the seconds that are meant for a window of a part of the run. */
export function timesOf(
  window: FaultWindow,
  { passing, isHealthy, phases, arrivals }: WindowContext,
): WindowTimes {
  const phase = phases.findLast((p) => p.measured && p.fromNs <= window.fromNs);
  const phaseFromNs = phase?.fromNs ?? 0;
  const phaseEndNs = phaseFromNs + (phase?.ranNs ?? 0);
  const fromSecond = Math.floor(window.fromNs / NS_PER_SEC);
  const endSecond = Math.floor(window.toNs / NS_PER_SEC);
  // Faults that end in the same second are over together: nothing here is finer.
  const later = passing.filter(
    (other) => other !== window && Math.floor(other.toNs / NS_PER_SEC) > endSecond,
  );
  const next = later.toSorted((a, b) => a.fromNs - b.fromNs)[0];
  const nextNs = next ? next.fromNs - FAULT_GUARD_NS : Infinity;
  const horizon = Math.floor(Math.min(phaseEndNs, nextNs) / NS_PER_SEC);
  const phaseSecond = Math.ceil(phaseFromNs / NS_PER_SEC);
  const before = phase ? secondsFrom(phaseSecond, fromSecond) : [];
  const times = {
    window,
    before: before.filter((second) => isHealthy(second)),
    isDuring: duringOf(window),
    after: Math.ceil(window.toNs / NS_PER_SEC),
    horizon,
    length: Math.max(1, Math.ceil((window.toNs - window.fromNs) / NS_PER_SEC)),
  };
  const obstacle =
    obstacleOf(window, phase, next, horizon) ||
    (phase ? obstacleOfRate(times, phase, arrivals) : '');
  return { ...times, obstacle };
}

/** Returns the seconds that are meant for a fault of the whole run. */
export function timesOfRun(measured: readonly HistogramSlice[]): WindowTimes {
  const end = measured.reduce((last, s) => Math.max(last, s.second + 1), 0);
  return {
    before: [],
    isDuring: () => true,
    after: end,
    horizon: end,
    length: end,
    obstacle: 'it was active during the whole run',
  };
}

function secondsFrom(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/**
 * At another rate the calls before are no measure of those after; of users, nobody sets the rate.
 */
function obstacleOfRate(
  { before, after, horizon }: Omit<WindowTimes, 'obstacle'>,
  phase: PhaseAnalysis,
  arrivals: readonly ArrivalSecond[],
): string {
  if (phase.model !== 'open' || arrivals.length === 0) return '';
  const own = arrivals.filter((a) => a.phase === phase.name);
  const bySecond = new Map(own.map((a) => [a.second, a.arrivals]));
  const at = (second: number): number => bySecond.get(second) ?? 0;
  const changes = rateChanges(before.map(at), secondsFrom(after, horizon).map(at));
  return changes ? 'the rate changes in this phase' : '';
}

/**
 * Returns whether a second is of a window: half of it or more lies in it, or, of a window that has
 * no such second, some of it. A window that ends some ms into a second has not made that its own.
 */
export function duringOf(window: FaultWindow): (second: number) => boolean {
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
  phase: PhaseAnalysis | undefined,
  next: FaultWindow | undefined,
  horizon: number,
): string {
  const phaseEndNs = phase ? phase.fromNs + phase.ranNs : 0;
  if (!phase || window.fromNs >= phaseEndNs) return 'it was outside the measured phases';
  if (next && next.fromNs <= window.toNs) return `${next.fault} was still active when it ended`;
  if (horizon * NS_PER_SEC > window.toNs) return '';
  if (next && next.fromNs < phaseEndNs) {
    return `${next.fault} began less than ${(FAULT_GUARD_NS + NS_PER_SEC) / NS_PER_SEC} s after it`;
  }
  return phaseEndNs < phase.toNs ? 'the run was stopped' : 'its phase ended with it';
}
