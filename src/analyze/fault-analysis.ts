import { NS_PER_SEC, type FaultWindow, type HistogramSlice } from '../core/index.ts';
import { summarizeCalls } from './call-summary.ts';
import { touchesSecond } from './healthy-time.ts';
import type { FaultAnalysis, FaultEffect } from './run-analysis.ts';

/**
 * Returns per fault window what every step showed in it and in the healthy time, in the order of the
 * windows. Whole seconds are compared: those that a window touches, against those that no window and
 * no guard touches. A step without calls in the window is left out.
 */
export function analyzeFaults(
  windows: readonly FaultWindow[],
  measured: readonly HistogramSlice[],
  healthy: readonly HistogramSlice[],
): readonly FaultAnalysis[] {
  const outsideByStep = Map.groupBy(healthy, (s) => s.step);
  const outsideNs = durationNs(healthy);
  return windows.map((window) => {
    const touched = measured.filter((s) => touchesSecond(window, s.second));
    const insideNs = durationNs(touched);
    const bySteps = Map.groupBy(touched, (s) => s.step);
    const steps = [...bySteps.keys()].sort().map((step): FaultEffect => ({
      step,
      inside: summarizeCalls(bySteps.get(step) ?? [], insideNs),
      outside: summarizeCalls(outsideByStep.get(step) ?? [], outsideNs),
    }));
    return { window, steps: steps.filter((s) => s.inside.calls > 0) };
  });
}

function durationNs(slices: readonly HistogramSlice[]): number {
  return new Set(slices.map((s) => s.second)).size * NS_PER_SEC;
}
