import type { RunAnalysis } from '../analyze/index.ts';
import type { ThresholdOperator, ThresholdSpec } from '../scenario/index.ts';
import { observe, type Observation } from './observation.ts';
import type { ThresholdResult, ThresholdState, Verdict, VerdictOutcome } from './verdict.ts';

/**
 * Returns the verdict on a run: every threshold held against what was measured, in their order.
 *
 * A percentile whose sample is too small, or whose calls were cut off below the limit, is
 * inconclusive; but where even the lower end of what is known lies past the limit, it has failed. A
 * subject that matches nothing is an error and fails the run; it never passes in silence.
 */
export function evaluateThresholds(
  thresholds: readonly ThresholdSpec[],
  analysis: RunAnalysis,
): Verdict {
  const results = thresholds.map((threshold) => evaluate(threshold, analysis));
  return { outcome: worst(results), partial: analysis.partial, thresholds: results };
}

function evaluate(threshold: ThresholdSpec, analysis: RunAnalysis): ThresholdResult {
  const observation = observe(threshold, analysis);
  const { state, reason } = decide(threshold, observation);
  const { value, interval, neededN } = observation;
  return {
    text: threshold.text,
    state,
    operator: threshold.operator,
    limit: threshold.limit,
    unit: observation.unit,
    ...(value === undefined ? {} : { value }),
    atLeast: observation.atLeast,
    ...(interval === undefined ? {} : { interval }),
    n: observation.n,
    ...(neededN === undefined ? {} : { neededN }),
    reason,
  };
}

interface Decision {
  readonly state: ThresholdState;
  readonly reason: string;
}

function decide({ operator, limit }: ThresholdSpec, seen: Observation): Decision {
  if (seen.missing !== undefined) return { state: 'unmatched', reason: seen.missing };
  if (seen.unanswered !== undefined) return { state: 'fail', reason: seen.unanswered };
  const { value, floor } = seen;
  if (value === undefined || seen.atLeast) {
    const least = value ?? floor;
    if (least !== undefined) {
      const settled = settledFrom(operator, least, limit);
      if (settled === 'pass') return { state: 'pass', reason: '' };
      if (settled === 'fail') return { state: 'fail', reason: 'past the limit at the least' };
    }
    return { state: 'inconclusive', reason: seen.doubt };
  }
  return holds(value, operator, limit)
    ? { state: 'pass', reason: '' }
    : { state: 'fail', reason: 'past the limit' };
}

/** What can be said of `x operator limit` when all that is known is x >= least. */
function settledFrom(
  operator: ThresholdOperator,
  least: number,
  limit: number,
): 'pass' | 'fail' | 'open' {
  switch (operator) {
    case '<':
      return least >= limit ? 'fail' : 'open';
    case '<=':
      return least > limit ? 'fail' : 'open';
    case '>':
      return least > limit ? 'pass' : 'open';
    case '>=':
      return least >= limit ? 'pass' : 'open';
    case '==':
      return least > limit ? 'fail' : 'open';
    case '!=':
      return least > limit ? 'pass' : 'open';
  }
}

function holds(value: number, operator: ThresholdOperator, limit: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
      return value === limit;
    case '!=':
      return value !== limit;
  }
}

function worst(results: readonly ThresholdResult[]): VerdictOutcome {
  const states = new Set(results.map((r) => r.state));
  if (states.has('fail') || states.has('unmatched')) return 'failed';
  return states.has('inconclusive') ? 'inconclusive' : 'passed';
}
