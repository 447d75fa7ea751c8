import type { BaselineLimit, ThresholdSpec } from '../scenario/index.ts';
import type {
  BaselineDifference,
  BaselineGap,
  BaselineSubject,
  BaselineTerms,
  BaselineValues,
} from './baseline-values.ts';
import { decideByInterval, type Decision, type Interval } from './decide-threshold.ts';
import { missing, type Observation } from './observation.ts';

/** A threshold held against a baseline. */
export interface BaselineEvaluation {
  readonly seen: Observation;
  readonly terms: BaselineTerms;
  readonly decision: Decision;
}

const NO_BASELINE: BaselineGap = { kind: 'absent', reason: 'there was no baseline' };

/**
 * Returns what follows for a threshold whose limit is relative to a baseline. It holds, or not,
 * where the whole interval of value - factor * baseline lies on one side of the offset: the
 * baseline is a sample too, and the run's own interval beside a limit without one would be wrong
 * too often. Where there is none the threshold stays open: nothing was asked for that cannot be.
 */
export function againstBaseline(
  threshold: ThresholdSpec,
  { factor, offset }: BaselineLimit,
  baseline: BaselineValues | undefined,
): BaselineEvaluation {
  const subject = subjectOf(threshold);
  const terms = { factor, offset };
  if (subject === undefined) {
    return gap({ kind: 'missing', reason: 'a baseline has no such numbers' }, terms);
  }
  if (baseline === undefined) return gap(NO_BASELINE, terms);
  const { step, steps = step === '' ? [] : [step], phase, healthy, operator } = threshold;
  const answer = baseline.answer({
    of: subject,
    steps,
    phase,
    isHealthy: healthy === true,
    factor,
  });
  if (answer.kind !== 'known') return gap(answer, terms);
  const { doubt, by } = answer;
  return {
    seen: observationOf(answer, subject),
    terms: { ...terms, value: answer.baseline, ...(by && { by }) },
    decision:
      doubt === ''
        ? decideByInterval(operator, offset, intervalOf(answer, subject, terms))
        : { state: 'inconclusive', reason: doubt },
  };
}

/** Where neither run had one, a limit of none is of the calls that were made: by their value. */
function intervalOf(
  { baseline, value, lower, upper }: BaselineDifference,
  { kind }: BaselineSubject,
  { offset }: BaselineTerms,
): Interval {
  const isNone = UNITS[kind] === 'ratio' && baseline === 0 && value === 0 && offset === 0;
  return isNone ? { lower: 0, upper: 0, open: false } : { lower, upper, open: false };
}

function gap({ kind, reason }: BaselineGap, terms: BaselineTerms): BaselineEvaluation {
  const state = kind === 'absent' ? 'inconclusive' : 'unmatched';
  return { seen: missing(reason), terms, decision: { state, reason } };
}

function observationOf(
  { value, n, neededN, doubt }: BaselineDifference,
  subject: BaselineSubject,
): Observation {
  const unit = UNITS[subject.kind];
  return {
    unit,
    // Of a rate the blocks count seconds, and a threshold its events.
    n: unit === 'rate' ? Math.round(value * n) : n,
    value,
    atLeast: false,
    doubt,
    ...(neededN === undefined ? {} : { neededN }),
  };
}

const UNITS: Readonly<Record<BaselineSubject['kind'], Observation['unit']>> = {
  percentile: 'ns',
  errors: 'ratio',
  timeouts: 'ratio',
  rejected: 'ratio',
  fallbacks: 'ratio',
  dropped: 'ratio',
  calls: 'rate',
  arrivals: 'rate',
};

/** Returns what a baseline is asked for; undefined for what none keeps. */
function subjectOf({ metric, aggregate }: ThresholdSpec): BaselineSubject | undefined {
  switch (metric) {
    case 'response':
      if (aggregate.kind === 'med') return { kind: 'percentile', percent: 50 };
      return aggregate.kind === 'percentile' ? aggregate : undefined;
    case 'errors':
    case 'timeouts':
    case 'rejected':
    case 'fallbacks':
    case 'dropped':
    case 'calls':
    case 'arrivals':
      return aggregate.kind === 'rate' ? { kind: metric } : undefined;
    default:
      return undefined;
  }
}
