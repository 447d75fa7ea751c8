import type { RunAnalysis } from '../analyze/index.ts';
import type { ThresholdOperator, ThresholdSpec } from '../scenario/index.ts';
import { evaluateThresholds } from './evaluate-thresholds.ts';
import type { ThresholdResult } from './verdict.ts';

/** One threshold while its run goes on. */
export interface ThresholdSoFar {
  readonly threshold: ThresholdSpec;
  readonly result: ThresholdResult;
  /** Whether it has failed, whatever the rest of the run brings. */
  readonly fails: boolean;
}

export interface SoFarOptions {
  /** How many looks at the run, this one among them, share the error of one. */
  readonly looks: number;
  /** Returns the arrivals of the phases that a threshold is of. */
  readonly arrivals: (threshold: ThresholdSpec) => ForeseenArrivals;
}

export interface ForeseenArrivals {
  readonly soFar: number;
  /** Of the whole run, at least as many as will come; Infinity where nobody knows. */
  readonly foreseen: number;
}

/**
 * Returns what the calls so far say of thresholds; undefined where the generator itself shaped what
 * was measured, so that they say nothing. By the code that judges a run that has ended; what a
 * threshold is of decides when it has failed for sure:
 *
 *   p(N), med     the interval lies past the limit, as wide as so many looks want it
 *   count, max    past the limit: they only grow; min: likewise, it only falls
 *   rate          so many failed that the calls to come, all going well, make no difference
 *
 * A mean can come back from anywhere: it never has.
 */
export function judgeSoFar(
  thresholds: readonly ThresholdSpec[],
  analysis: RunAnalysis,
  { looks, arrivals }: SoFarOptions,
): readonly ThresholdSoFar[] | undefined {
  const verdict = evaluateThresholds(thresholds, analysis, { looks });
  if (verdict.invalid !== undefined) return undefined;
  return thresholds.flatMap((threshold, i) => {
    const result = verdict.thresholds[i];
    if (result === undefined) return [];
    return [{ threshold, result, fails: hasFailed(threshold, result, arrivals(threshold)) }];
  });
}

function hasFailed(
  { aggregate, operator, limit }: ThresholdSpec,
  { value, n, state }: ThresholdResult,
  { soFar, foreseen }: ForeseenArrivals,
): boolean {
  if (n === 0 || typeof limit !== 'number') return false;
  const isPast = (least: number | undefined): boolean =>
    least !== undefined && PAST[operator]?.(least, limit) === true;
  switch (aggregate.kind) {
    case 'avg':
      return false;
    case 'rate':
      // Each arrival makes one such call at the least, or as many as those so far did.
      return isPast(value && (value * n) / (foreseen * Math.max(1, n / soFar)));
    case 'max':
    case 'count':
      return isPast(value);
    default:
      return state === 'fail';
  }
}

/** Where what only grows has passed its limit for good. */
const PAST: Readonly<
  Partial<Record<ThresholdOperator, (value: number, limit: number) => boolean>>
> = {
  '<': (value, limit) => value >= limit,
  '<=': (value, limit) => value > limit,
  '==': (value, limit) => value > limit,
};
