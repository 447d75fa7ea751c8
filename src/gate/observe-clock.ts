import { estimateQuantile, type ClockSummary, type QuantileEstimate } from '../analyze/index.ts';
import type { Ns } from '../core/index.ts';
import type { ThresholdAggregate, TimeAggregate } from '../scenario/index.ts';
import { missing, type Observation } from './observation.ts';

const CUT_OFF = 'calls were cut off below the limit';

/** Returns what the distribution of a clock says, aggregated as it is asked for. */
export function observeClock(clock: ClockSummary, aggregate: ThresholdAggregate): Observation {
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
  const { n, sample } = clock;
  const quantile = { sample, percent, designEffect: estimate.designEffect };
  if (estimate.kind === 'refused') {
    const { neededN, lowerBoundNs } = estimate;
    const doubt = doubtOf(clock, percent);
    const floor = lowerBoundNs === undefined ? {} : { floor: lowerBoundNs };
    return { unit: 'ns', n, atLeast: false, neededN, quantile, doubt, ...floor };
  }
  const { lowerNs, upperNs, upperAtLeast } = estimate;
  return {
    unit: 'ns',
    n,
    value: estimate.valueNs,
    atLeast: estimate.atLeast,
    interval: { lower: lowerNs, upper: upperNs, open: upperAtLeast },
    quantile,
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
