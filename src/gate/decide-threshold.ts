import type { ThresholdOperator, ThresholdSpec } from '../scenario/index.ts';
import type { Observation } from './observation.ts';
import type { ThresholdState } from './verdict.ts';

/** The state of a threshold, and why it is no pass: a short phrase, '' for a pass. */
export interface Decision {
  readonly state: ThresholdState;
  readonly reason: string;
}

/** Returns what follows for a threshold from what was seen on its subject. */
export function decide({ operator, limit }: ThresholdSpec, seen: Observation): Decision {
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

/**
 * What follows for `x operator limit` when all that is known is x >= least, and when it follows.
 */
const SETTLED_FROM_BELOW: Readonly<Record<ThresholdOperator, Settling>> = {
  '<': { state: 'fail', when: HOLDS['>='] },
  '<=': { state: 'fail', when: HOLDS['>'] },
  '>': { state: 'pass', when: HOLDS['>'] },
  '>=': { state: 'pass', when: HOLDS['>='] },
  '==': { state: 'fail', when: HOLDS['>'] },
  '!=': { state: 'pass', when: HOLDS['>'] },
};
