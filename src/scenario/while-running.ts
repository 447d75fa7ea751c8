import type { ThresholdSpec } from './threshold-spec.ts';

/** What only grows fails for good against these. */
const FROM_ABOVE: readonly string[] = ['<', '<=', '=='];
/** Those that are judged by an interval. */
const SHARES_OF_CALLS: readonly string[] = ['errors', 'timeouts', 'rejected', 'fallbacks'];
/** What only falls fails for good against these. */
const FROM_BELOW: readonly string[] = ['>', '>=', '=='];

/**
 * Returns why a threshold is never known to have failed before its run is over, a phrase that ends
 * a sentence; undefined where it can be. gate/judge-so-far.ts says when it is.
 */
export function whyNotEarly(threshold: ThresholdSpec): string | undefined {
  const { aggregate, metric, operator, overNs, limit, edge, fault, healthy } = threshold;
  if (edge) return 'the spans of an edge are complete only after the calls';
  if (typeof limit !== 'number') return 'a run is held against its baseline at its end';
  if (fault !== undefined || healthy) return 'what a fault window holds is known at the end';
  if (overNs !== undefined) return 'which stretch is the worst is known at the end';
  switch (aggregate.kind) {
    case 'avg':
      return 'a mean can come back from anywhere';
    case 'min':
      return FROM_BELOW.includes(operator) ? undefined : 'a minimum can still fall';
    case 'rate':
      if (metric === 'calls' || metric === 'arrivals' || metric === 'amplification') {
        return `${metric} rate can come back from anywhere`;
      }
      if (metric === 'connect-errors') return 'how many connections will be opened nobody knows';
      return FROM_ABOVE.includes(operator) ? undefined : 'a share can still rise';
    case 'max':
    case 'count':
      return FROM_ABOVE.includes(operator) ? undefined : `a ${aggregate.kind} can still rise`;
    default:
      return undefined;
  }
}

/**
 * Returns why more calls do not decide a threshold that is open, a phrase that ends a sentence;
 * undefined where they may. Counts and means are judged by their value, and never open; shares of
 * calls are so at limits of 0% and 100%.
 */
export function whyNotExtended({
  aggregate,
  metric,
  operator,
  limit,
  edge,
  overNs,
}: ThresholdSpec): string | undefined {
  if (edge) return 'the spans of an edge are complete only after the calls';
  if (typeof limit !== 'number') return 'a run is held against its baseline at its end';
  if (overNs !== undefined) return 'a longer load has more stretches, none of them longer';
  const { kind } = aggregate;
  const isNear = limit > 0 && limit < 1 && operator !== '==' && operator !== '!=';
  if (kind === 'rate' && SHARES_OF_CALLS.includes(metric) && isNear) return undefined;
  return kind === 'percentile' || kind === 'med'
    ? undefined
    : `${kind} is judged by its value, and not open for want of calls`;
}
