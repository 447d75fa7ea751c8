import {
  estimateQuantile,
  mergeSamples,
  summarizeClock,
  type CallSummary,
  type ClockSummary,
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

/** Returns what the run says on the threshold's subject, aggregated as the threshold asks. */
export function observe(threshold: ThresholdSpec, analysis: RunAnalysis): Observation {
  const { metric, step, phase, aggregate } = threshold;
  if (phase !== '' && !analysis.phases.some((p) => p.name === phase && p.measured)) {
    return missing(`the run has no measured phase ${phase}`);
  }
  if (metric === 'dropped') return observeDropped(threshold, analysis);
  if (metric === 'lag' && step === '') {
    const lag = lagOfRun(analysis, phase);
    return lag.n === 0 ? missing('no call was made') : observeClock(lag, aggregate);
  }
  const calls = findCalls(threshold, analysis);
  if (calls === undefined || calls.calls === 0) {
    return missing(`no call of step ${step}${phase === '' ? '' : ` in phase ${phase}`}`);
  }
  if (metric === 'errors') return observeShare(calls.errors, calls.errorRatio, calls, aggregate);
  if (metric === 'timeouts') {
    return observeShare(calls.outcomes.timeout, calls.timeoutRatio, calls, aggregate);
  }
  const clock = calls[metric];
  return clock.n === 0 ? unanswered(calls) : observeClock(clock, aggregate);
}

function findCalls(
  { step, phase }: ThresholdSpec,
  { steps }: RunAnalysis,
): CallSummary | undefined {
  const found = steps.find((s) => s.step === step);
  return phase === '' ? found?.overall : found?.phases.find((p) => p.phase === phase)?.summary;
}

function lagOfRun(analysis: RunAnalysis, phase: string): ClockSummary {
  if (phase === '') return analysis.lag;
  const parts = analysis.steps.flatMap((s) => s.phases.filter((p) => p.phase === phase));
  return summarizeClock(mergeSamples(parts.map((p) => p.summary.lag.sample)));
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
  const { n } = clock;
  const cutOff = 'calls were cut off below the limit';
  const plain = { unit: 'ns', n, doubt: cutOff } as const;
  switch (aggregate.kind) {
    case 'count':
      return { unit: 'count', n, doubt: '', value: n, atLeast: false };
    case 'min':
      return { ...plain, value: clock.minNs, atLeast: false };
    case 'max':
      return { ...plain, value: clock.maxNs, atLeast: clock.maxAtLeast };
    case 'avg':
      return { ...plain, value: clock.meanNs, atLeast: clock.censored > 0 };
    case 'med':
      return observePercentile(clock, 50);
    case 'percentile':
      return observePercentile(clock, aggregate.percent);
    case 'rate':
      return missing('rate is for errors, timeouts and dropped');
  }
}

/** The extremes are no quantiles that a sample could bound: p(0) and p(100) are its min and max. */
function observePercentile(clock: ClockSummary, percent: number): Observation {
  if (percent <= 0) return observeClock(clock, { kind: 'min' });
  if (percent >= 100) return observeClock(clock, { kind: 'max' });
  const reported = clock.percentiles.find((p) => p.percent === percent);
  const estimate = reported ?? estimateQuantile(clock.sample, percent);
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
    doubt: 'calls were cut off below the limit',
  };
}

function missing(reason: string): Observation {
  return { unit: 'count', n: 0, atLeast: false, doubt: '', missing: reason };
}

function unanswered(calls: CallSummary): Observation {
  const reason = `none of ${calls.calls} calls was answered`;
  return { unit: 'ns', n: 0, atLeast: false, doubt: '', unanswered: reason };
}
