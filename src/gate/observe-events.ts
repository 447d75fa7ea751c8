import type { EventAggregate, ThresholdAggregate } from '../scenario/index.ts';
import { missing, type Observation } from './observation.ts';

/** Events: how many there were, and of how many; `rate` is the share of these. */
interface Events {
  readonly count: number;
  readonly rate: number;
  readonly n: number;
}

/** Returns what events say, aggregated as it is asked for. */
export function observeEvents(events: Events, aggregate: ThresholdAggregate): Observation {
  const { kind } = aggregate;
  if (kind !== 'count' && kind !== 'rate') {
    return missing(`${kind} is for durations; wanted count or rate`);
  }
  return { n: events.n, atLeast: false, doubt: '', ...EVENT_OBSERVERS[kind](events) };
}

/** The same where the rate is not a share, but of events per second. */
export function observePerSecond(
  count: number,
  rate: number,
  aggregate: ThresholdAggregate,
): Observation {
  const seen = observeEvents({ count, rate, n: count }, aggregate);
  return seen.unit === 'ratio' ? { ...seen, unit: 'rate' } : seen;
}

const EVENT_OBSERVERS: Readonly<
  Record<EventAggregate, (events: Events) => Pick<Observation, 'unit' | 'value'>>
> = {
  count: ({ count }) => ({ unit: 'count', value: count }),
  rate: ({ rate }) => ({ unit: 'ratio', value: rate }),
};
