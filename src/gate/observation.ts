import {
  estimateQuantile,
  type CallSummary,
  type ClockSummary,
  type QuantileEstimate,
  type RunAnalysis,
} from '../analyze/index.ts';
import type { ThresholdAggregate, ThresholdSpec } from '../scenario/index.ts';
import type { ThresholdResult } from './verdict.ts';

/** What a run has to say on a threshold's subject. */
export interface Observation {
  readonly unit: ThresholdResult['unit'];
  readonly n: number;
  readonly value?: number;
  readonly atLeast: boolean;
  readonly interval?: NonNullable<ThresholdResult['interval']>;
  /** Where there is no value: what it is not below, as far as that is known. */
  readonly floor?: number;
  readonly neededN?: number;
  /** Why an open question is open. */
  readonly doubt: string;
  /** Set where the run has no such subject. */
  readonly missing?: string;
  /** Set where calls were made and not one of them was answered. */
  readonly unanswered?: string;
}

const CUT_OFF = 'calls were cut off below the limit';

/**
 * Returns what the run says on the threshold's subject, aggregated as the threshold asks.
 * @param responseClock `corrected` takes response times without the generator's own delay
 */
export function observe(
  threshold: ThresholdSpec,
  analysis: RunAnalysis,
  responseClock: 'response' | 'corrected' = 'response',
): Observation {
  const { metric, step, phase, aggregate } = threshold;
  if (phase !== '' && !analysis.phases.some((p) => p.name === phase && p.measured)) {
    return missing(`the run has no measured phase ${phase}`);
  }
  if (metric === 'dropped') return observeDropped(threshold, analysis);
  if (metric === 'lag' && step === '') {
    const lag = phase === '' ? analysis.lag : analysis.phases.find((p) => p.name === phase)?.lag;
    const seen = lag !== undefined && lag.n > 0;
    return seen ? observeClock(lag, aggregate) : missing('nothing was due to arrive');
  }
  const calls = findCalls(threshold, analysis);
  if (calls === undefined || calls.calls === 0) {
    return missing(`no call of step ${step}${phase === '' ? '' : ` in phase ${phase}`}`);
  }
  if (metric === 'errors') return observeShare(calls.errors, calls.errorRatio, calls, aggregate);
  if (metric === 'timeouts') {
    return observeShare(calls.outcomes.timeout, calls.timeoutRatio, calls, aggregate);
  }
  if (metric === 'lag') return missing('lag is of the run, not of one step');
  const clock = calls[metric === 'response' ? responseClock : metric];
  return clock.n === 0 ? unanswered(calls) : observeClock(clock, aggregate);
}

function findCalls(
  { step, phase }: ThresholdSpec,
  { steps }: RunAnalysis,
): CallSummary | undefined {
  const found = steps.find((s) => s.step === step);
  return phase === '' ? found?.overall : found?.phases.find((p) => p.phase === phase)?.summary;
}

function observeDropped(threshold: ThresholdSpec, analysis: RunAnalysis): Observation {
  const { step, phase, aggregate } = threshold;
  if (step !== '') return missing('arrivals are dropped by the run, not by one step');
  const phases = analysis.phases.filter((p) => p.measured && (phase === '' || p.name === phase));
  const arrivals = phases.reduce((sum, p) => sum + p.arrivals, 0);
  const dropped = phases.reduce((sum, p) => sum + p.droppedArrivals, 0);
  if (arrivals === 0) return missing('nothing was due to arrive');
  return observeCount(dropped, dropped / arrivals, arrivals, aggregate);
}

function observeShare(
  count: number,
  ratio: number,
  calls: CallSummary,
  aggregate: ThresholdAggregate,
): Observation {
  return observeCount(count, ratio, calls.calls - calls.outcomes.cancelled, aggregate);
}

function observeCount(
  count: number,
  ratio: number,
  n: number,
  aggregate: ThresholdAggregate,
): Observation {
  const plain = { n, atLeast: false, doubt: '' };
  if (aggregate.kind === 'count') return { ...plain, unit: 'count', value: count };
  if (aggregate.kind === 'rate') return { ...plain, unit: 'ratio', value: ratio };
  return missing(`${aggregate.kind} is for durations; wanted count or rate`);
}

function observeClock(clock: ClockSummary, aggregate: ThresholdAggregate): Observation {
  const plain = { unit: 'ns', n: clock.n, atLeast: false, doubt: CUT_OFF } as const;
  if (aggregate.kind === 'percentile') return observePercentile(clock, aggregate.percent);
  if (aggregate.kind === 'med') return observePercentile(clock, 50);
  if (aggregate.kind === 'min') return { ...plain, value: clock.minNs };
  if (aggregate.kind === 'max') return { ...plain, value: clock.maxNs, atLeast: clock.maxAtLeast };
  if (aggregate.kind === 'avg') {
    return { ...plain, value: clock.meanNs, atLeast: clock.censored > 0 };
  }
  return missing(`${aggregate.kind} is for errors, timeouts and dropped`);
}

/** No sample bounds the 100th percentile; what is meant is the longest of those that were seen. */
function observePercentile(clock: ClockSummary, percent: number): Observation {
  if (percent >= 100) return observeClock(clock, { kind: 'max' });
  const estimate = estimateAt(clock, percent);
  const { n } = clock;
  if (estimate.kind === 'refused') {
    const { neededN, lowerBoundNs } = estimate;
    const doubt = `the sample is too small for p${percent}`;
    const floor = lowerBoundNs === undefined ? {} : { floor: lowerBoundNs };
    return { unit: 'ns', n, atLeast: false, neededN, doubt, ...floor };
  }
  const { lowerNs, upperNs, upperAtLeast } = estimate;
  return {
    unit: 'ns',
    n,
    value: estimate.valueNs,
    atLeast: estimate.atLeast,
    interval: { lower: lowerNs, upper: upperNs, open: upperAtLeast },
    doubt: CUT_OFF,
  };
}

/** Calls that were slow together are so at a percentile between two reported ones as well. */
function estimateAt({ percentiles, sample }: ClockSummary, percent: number): QuantileEstimate {
  const nearest = percentiles.find((p) => p.percent >= percent) ?? percentiles.at(-1);
  if (nearest?.percent === percent) return nearest;
  return estimateQuantile(sample, percent, nearest?.designEffect);
}

function missing(reason: string): Observation {
  return { unit: 'count', n: 0, atLeast: false, doubt: '', missing: reason };
}

function unanswered(calls: CallSummary): Observation {
  const reason = `none of ${calls.calls} calls was answered`;
  return { unit: 'ns', n: 0, atLeast: false, doubt: '', unanswered: reason };
}
