import { counted } from '../core/index.ts';
import {
  areSpansBiased,
  estimateQuantile,
  mergeSamples,
  summarizeClock,
  type CallSummary,
  type ClockSummary,
  type DialNumbers,
  type Dependence,
  type QuantileEstimate,
  type RunAnalysis,
  type ServedAnalysis,
} from '../analyze/index.ts';
import type { Ns } from '../core/index.ts';
import type {
  EdgeSubject,
  EventAggregate,
  ThresholdAggregate,
  ThresholdSpec,
  TimeAggregate,
} from '../scenario/index.ts';
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
  const { metric, step, edge, phase, aggregate } = threshold;
  if (edge) return observeEdge(edge, aggregate, analysis);
  if (phase !== '' && !analysis.phases.some((p) => p.name === phase && p.measured)) {
    return missing(`the run has no measured phase ${phase}`);
  }
  if (metric === 'dropped') return observeDropped(threshold, analysis);
  if (metric === 'connect-errors') return observeConnects(threshold, analysis);
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

/**
 * An edge that was not seen is no edge without calls: its name is wrong, or it has no spans. One
 * between services is open where spans are missing, as its recommended timeout is refused.
 */
function observeEdge(
  { caller, callee, operation }: EdgeSubject,
  aggregate: ThresholdAggregate,
  { edges, served }: RunAnalysis,
): Observation {
  const between = edges.filter((e) => e.caller === caller && e.callee === callee);
  const found = between.filter((e) => operation === '' || e.operation === operation);
  if (found.length === 0) {
    const seen = between.length > 0 ? between.map((e) => e.operation) : edges.map(edgeName);
    const what = between.length > 0 ? `operation ${operation}` : `edge ${caller} → ${callee}`;
    const others = [...new Set(seen)].join(', ');
    return missing(
      others === ''
        ? `no ${what} was seen, and no other: it takes spans of both services`
        : `no ${what} was seen; seen were ${others}`,
    );
  }
  const clock = togetherOf(found.map((e) => e.attempt));
  if (found.some((e) => e.kind === 'service') && areSpansBiased(served)) {
    return { unit: 'ns', n: clock.n, atLeast: false, doubt: missingSpans(served) };
  }
  if (clock.n > 0) return observeClock(clock, aggregate);
  const failed = found.reduce((sum, e) => sum + e.failed, 0);
  const reason = `none of ${counted(failed, 'attempt')} was answered`;
  return { unit: 'ns', n: 0, atLeast: false, doubt: '', unanswered: reason };
}

/** Quick or slow, what is missing may decide either way: no bound is known. */
function missingSpans({ kind, calls, seen }: ServedAnalysis): string {
  const which = kind === 'early' ? 'fewer of the last ones' : 'and not by chance';
  return `server spans seen for ${seen} of ${calls} calls, ${which}`;
}

function edgeName({ caller, callee }: RunAnalysis['edges'][number]): string {
  return `${caller} → ${callee}`;
}

/** Calls of several operations are taken to be as much alike as those of the worst. */
function togetherOf(clocks: readonly ClockSummary[]): ClockSummary {
  const [only, ...others] = clocks;
  if (only !== undefined && others.length === 0) return only;
  const worst = (percent: number): Dependence | undefined =>
    clocks
      .flatMap(
        (clock) =>
          clock.dependence[clock.percentiles.findIndex((p) => p.percent === percent)] ?? [],
      )
      .toSorted((a, b) => b.designEffect - a.designEffect)[0];
  return summarizeClock(mergeSamples(clocks.map((clock) => clock.sample)), worst);
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

/** Of one target where the threshold names one. A run that opened none has no failed ones. */
function observeConnects({ step, phase, aggregate }: ThresholdSpec, { dials }: RunAnalysis) {
  const own = dials
    .filter(({ target }) => step === '' || target === step)
    .flatMap((dial): readonly DialNumbers[] =>
      phase === '' ? [dial] : dial.phases.filter((one) => one.phase === phase),
    );
  const failed = own.reduce((sum, dial) => sum + dial.failed, 0);
  const all = own.reduce((sum, dial) => sum + dial.opened + dial.failed, 0);
  return observeCount(failed, all === 0 ? 0 : failed / all, all, aggregate);
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
  if (!isKeyOf(EVENT_OBSERVERS, aggregate.kind)) {
    return missing(`${aggregate.kind} is for durations; wanted count or rate`);
  }
  return { n, atLeast: false, doubt: '', ...EVENT_OBSERVERS[aggregate.kind](count, ratio) };
}

const EVENT_OBSERVERS: Readonly<
  Record<EventAggregate, (count: number, ratio: number) => Pick<Observation, 'unit' | 'value'>>
> = {
  count: (count) => ({ unit: 'count', value: count }),
  rate: (_count, ratio) => ({ unit: 'ratio', value: ratio }),
};

function observeClock(clock: ClockSummary, aggregate: ThresholdAggregate): Observation {
  if (aggregate.kind === 'percentile') return observePercentile(clock, aggregate.percent);
  if (!isKeyOf(TIME_OBSERVERS, aggregate.kind)) {
    return missing(`${aggregate.kind} is for errors, timeouts and dropped`);
  }
  return TIME_OBSERVERS[aggregate.kind](clock);
}

/** A value that calls which were cut off can only raise is at least what is seen. */
const TIME_OBSERVERS: Readonly<Record<TimeAggregate, (clock: ClockSummary) => Observation>> = {
  avg: (clock) => observeValue(clock, clock.meanNs, clock.censored > 0),
  min: (clock) => observeValue(clock, clock.minNs, false),
  max: (clock) => observeValue(clock, clock.maxNs, clock.maxAtLeast),
  med: (clock) => observePercentile(clock, 50),
};

function observeValue({ n }: ClockSummary, valueNs: Ns, atLeast: boolean): Observation {
  return { unit: 'ns', n, value: valueNs, atLeast, doubt: CUT_OFF };
}

function isKeyOf<T extends object>(table: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(table, key);
}

/** No sample bounds the 100th percentile; what is meant is the longest of those that were seen. */
function observePercentile(clock: ClockSummary, percent: number): Observation {
  if (percent >= 100) return TIME_OBSERVERS.max(clock);
  const estimate = estimateAt(clock, percent);
  const { n } = clock;
  if (estimate.kind === 'refused') {
    const { neededN, lowerBoundNs } = estimate;
    const doubt = doubtOf(clock, percent);
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

/** Why a percentile is refused. */
function doubtOf({ percentiles, dependence }: ClockSummary, percent: number): string {
  const at = percentiles.findIndex((p) => p.percent >= percent);
  const { designEffect = 1, from = 'seconds' } = dependence.at(at) ?? {};
  if (from === 'queue') return `the run is too short to rule out that its calls shared one queue`;
  if (from === 'few-seconds') return `so few seconds show little of p${percent}`;
  const alike = designEffect >= 1.5 ? ', its calls having been slow together' : '';
  return `the sample is too small for p${percent}${alike}`;
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
  const reason = `none of ${counted(calls.calls, 'call')} was answered`;
  return { unit: 'ns', n: 0, atLeast: false, doubt: '', unanswered: reason };
}
