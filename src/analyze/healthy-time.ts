import { NS_PER_SEC, type FaultWindow, type Ns, type TimeRange } from '../core/index.ts';
import type { PhaseAnalysis } from './run-analysis.ts';

/**
 * How far a fault window reaches beyond itself: calls begun before it run into it, and after it
 * backlogs drain, connections are opened anew and retries are still under way.
 */
export const FAULT_GUARD_NS: Ns = NS_PER_SEC;

/**
 * Returns the stretches of the measured phases that lie outside every fault window and its guard,
 * in ascending order, not overlapping, none empty.
 *
 *   phase    |------------------------------------|
 *   window                 [=======]
 *   healthy  |-----------)g         g(------------|
 */
export function healthyRanges(
  phases: readonly PhaseAnalysis[],
  windows: readonly FaultWindow[],
): readonly TimeRange[] {
  let ranges: TimeRange[] = phases
    .filter((p) => p.measured && p.ranNs > 0)
    .map((p) => ({ fromNs: p.fromNs, toNs: p.fromNs + p.ranNs }));
  for (const window of windows) {
    const hole = { fromNs: window.fromNs - FAULT_GUARD_NS, toNs: window.toNs + FAULT_GUARD_NS };
    ranges = ranges.flatMap((range) => without(range, hole));
  }
  return ranges.sort((a, b) => a.fromNs - b.fromNs);
}

/** Returns whether a second of the run touches neither a fault window nor its guard. */
export function isHealthySecond(second: number, windows: readonly FaultWindow[]): boolean {
  return !windows.some((w) => touchesSecond(w, second, FAULT_GUARD_NS));
}

/** Returns whether a second of the run shares a moment with the window, widened by `guardNs`. */
export function touchesSecond(window: FaultWindow, second: number, guardNs: Ns = 0): boolean {
  const fromNs = second * NS_PER_SEC;
  return fromNs < window.toNs + guardNs && fromNs + NS_PER_SEC > window.fromNs - guardNs;
}

/**
 * Returns the name of the stretch that a second belongs to: its phase, and how every window touches
 * it. Seconds of one stretch are alike by plan, those of two are not.
 */
export function stretchOf(
  second: number,
  phases: readonly Pick<PhaseAnalysis, 'name' | 'fromNs'>[],
  windows: readonly FaultWindow[],
): string {
  const fromNs = second * NS_PER_SEC;
  const phase = phases.findLast((p) => p.fromNs <= fromNs)?.name ?? '';
  const touches = windows.map((window) => {
    if (fromNs >= window.fromNs && fromNs + NS_PER_SEC <= window.toNs) return 'inside';
    if (touchesSecond(window, second)) return 'partly';
    return touchesSecond(window, second, FAULT_GUARD_NS) ? 'beside' : 'outside';
  });
  return [phase, ...touches].join(' ');
}

/** Returns whether the seconds of a stretch, by its name, touch no fault window and no guard. */
export function isHealthyStretch(stretch: string): boolean {
  const [, ...touches] = stretch.split(' ');
  return touches.every((touch) => touch === 'outside');
}

function without(range: TimeRange, hole: TimeRange): TimeRange[] {
  const before = { fromNs: range.fromNs, toNs: Math.min(range.toNs, hole.fromNs) };
  const after = { fromNs: Math.max(range.fromNs, hole.toNs), toNs: range.toNs };
  return [before, after].filter((part) => part.toNs > part.fromNs);
}
