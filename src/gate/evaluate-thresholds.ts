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

type Comparison = (value: number, limit: number) => boolean;

const HOLDS: Readonly<Record<ThresholdOperator, Comparison>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
};

interface Settling {
  readonly state: 'pass' | 'fail';
  readonly when: Comparison;
}

/** What follows for `x operator limit` when all that is known is x >= least, and when it follows. */
const SETTLED_FROM_BELOW: Readonly<Record<ThresholdOperator, Settling>> = {
  '<': { state: 'fail', when: HOLDS['>='] },
  '<=': { state: 'fail', when: HOLDS['>'] },
  '>': { state: 'pass', when: HOLDS['>'] },
  '>=': { state: 'pass', when: HOLDS['>='] },
  '==': { state: 'fail', when: HOLDS['>'] },
  '!=': { state: 'pass', when: HOLDS['>'] },
};

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
    const settling = SETTLED_FROM_BELOW[operator];
    if (least === undefined || !settling.when(least, limit)) {
      return { state: 'inconclusive', reason: seen.doubt };
    }
    const passes = settling.state === 'pass';
    return { state: settling.state, reason: passes ? '' : 'past the limit at the least' };
  }
  return HOLDS[operator](value, limit)
    ? { state: 'pass', reason: '' }
    : { state: 'fail', reason: 'past the limit' };
}

function worst(results: readonly ThresholdResult[]): VerdictOutcome {
  const states = new Set(results.map((r) => r.state));
  if (states.has('fail') || states.has('unmatched')) return 'failed';
  return states.has('inconclusive') ? 'inconclusive' : 'passed';
}
