import type { ThresholdOperator } from '../scenario/index.ts';
import type { Observation } from './observation.ts';
import type { ThresholdState } from './verdict.ts';

/** The state of a threshold, and why it is no pass: a short phrase, '' for a pass. */
export interface Decision {
  readonly state: ThresholdState;
  readonly reason: string;
}

/** A 95% interval; `open` where the upper end is only a lower bound of itself. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
  readonly open: boolean;
}

/**
 * Returns what follows for a threshold from what was seen on its subject. What has an interval is
 * decided by where that lies, and by the value where there is none: of a count of calls that were
 * made, say.
 */
export function decide(operator: ThresholdOperator, limit: number, seen: Observation): Decision {
  const { interval, missing, unanswered, doubt } = seen;
  if (interval === undefined || missing !== undefined || unanswered !== undefined) {
    return decideByValue(operator, limit, seen);
  }
  const isCutOff = interval.open && limit > interval.upper;
  return decideByInterval(operator, limit, interval, isCutOff ? doubt : STRADDLED);
}

/** Returns what follows from the value alone, whatever its interval. */
export function decideByValue(
  operator: ThresholdOperator,
  limit: number,
  { missing, unanswered, value, floor, atLeast, doubt }: Observation,
): Decision {
  if (missing !== undefined) return { state: 'unmatched', reason: missing };
  if (unanswered !== undefined) return { state: 'fail', reason: unanswered };
  if (value === undefined || atLeast) {
    const least = value ?? floor;
    const settling = SETTLED_FROM_BELOW[operator];
    if (least === undefined || !settling.when(least, limit)) {
      return { state: 'inconclusive', reason: doubt };
    }
    const passes = settling.state === 'pass';
    return { state: settling.state, reason: passes ? '' : 'past the limit at the least' };
  }
  return HOLDS[operator](value, limit) ? PASS : PAST;
}

/**
 * Returns what follows where all that is known of a value is an interval: a pass where the
 * condition holds anywhere in it, a fail where it holds nowhere, else neither.
 */
export function decideByInterval(
  operator: ThresholdOperator,
  limit: number,
  { lower, upper, open }: Interval,
  doubt = STRADDLED,
): Decision {
  const highest = open ? Infinity : upper;
  const holds = HOLDS_WITHIN[operator];
  if (holds.everywhere(lower, highest, limit)) return PASS;
  return holds.somewhere(lower, highest, limit) ? { state: 'inconclusive', reason: doubt } : PAST;
}

/**
 * Returns about how many calls would decide what the interval leaves open, if the value stays as it
 * is: intervals narrow by the square root of the number of calls. To two digits; undefined where no
 * number would.
 */
export function callsToDecide(
  { value, interval, n, atLeast, share }: Observation,
  limit: number,
): number | undefined {
  if (share?.hits === 0) return Number((RULE_OF_NONE / limit).toPrecision(2));
  if (interval === undefined || interval.open || atLeast) return undefined;
  if (value === undefined || value === limit) return undefined;
  const half = value < limit ? interval.upper - value : value - interval.lower;
  return Number((n * (half / (limit - value)) ** 2).toPrecision(2));
}

/** Of n calls none of which failed the share is below 3.69 / n with 97.5%: -ln(2.5%). */
const RULE_OF_NONE = 3.69;

const STRADDLED = 'the limit lies within the interval';
const PASS: Decision = { state: 'pass', reason: '' };
const PAST: Decision = { state: 'fail', reason: 'past the limit' };

type WithinInterval = (lower: number, upper: number, limit: number) => boolean;

const HOLDS_WITHIN: Readonly<
  Record<
    ThresholdOperator,
    { readonly everywhere: WithinInterval; readonly somewhere: WithinInterval }
  >
> = {
  '<': {
    everywhere: (_lower, upper, limit) => upper < limit,
    somewhere: (lower, _upper, limit) => lower < limit,
  },
  '<=': {
    everywhere: (_lower, upper, limit) => upper <= limit,
    somewhere: (lower, _upper, limit) => lower <= limit,
  },
  '>': {
    everywhere: (lower, _upper, limit) => lower > limit,
    somewhere: (_lower, upper, limit) => upper > limit,
  },
  '>=': {
    everywhere: (lower, _upper, limit) => lower >= limit,
    somewhere: (_lower, upper, limit) => upper >= limit,
  },
  '==': {
    everywhere: (lower, upper, limit) => lower === limit && upper === limit,
    somewhere: (lower, upper, limit) => lower <= limit && upper >= limit,
  },
  '!=': {
    everywhere: (lower, upper, limit) => limit < lower || limit > upper,
    somewhere: (lower, upper, limit) => lower !== limit || upper !== limit,
  },
};

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
