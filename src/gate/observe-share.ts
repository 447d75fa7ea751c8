import {
  shareInterval,
  type CallSummary,
  type OutcomeClumps,
  type ShareParts,
} from '../analyze/index.ts';
import type { ThresholdSpec } from '../scenario/index.ts';
import { observeEvents } from './observe-events.ts';
import type { Observation } from './observation.ts';

type Judged = Pick<ThresholdSpec, 'aggregate' | 'operator' | 'limit'>;

/** Calls that ended in one way. */
export interface Hits {
  readonly count: number;
  readonly of: keyof OutcomeClumps;
  /** How many such shares are looked at for the worst of them; absent for one. */
  readonly looks?: number | undefined;
}

/**
 * Returns what a run says on the share of calls that ended in one way, of those that came to an end
 * by themselves; with an interval, where the limit is one that a share may be near. `count`, and
 * limits of 0% and 100%, are about the calls that were made: no other run would tell more of them.
 */
export function observeShare(
  { count, of, looks = 1 }: Hits,
  { calls, outcomes, clumps }: CallSummary,
  threshold: Judged,
): Observation {
  const n = calls - outcomes.cancelled;
  const seen = observeEvents({ count, rate: n === 0 ? 0 : count / n, n }, threshold.aggregate);
  const side = sideOf(threshold);
  if (seen.unit !== 'ratio' || n === 0 || side === undefined) return seen;
  const share = { hits: count, n, clumps: clumps?.[of] ?? 1, side };
  return { ...seen, share, interval: shareInterval(share, { fails: looks, passes: 1 }) };
}

/** On which side of the limit the share is to be; undefined where its value alone decides. */
function sideOf({ operator, limit }: Judged): ShareParts['side'] | undefined {
  if (typeof limit !== 'number' || limit <= 0 || limit >= 1) return undefined;
  if (operator === '==' || operator === '!=') return undefined;
  return operator.startsWith('<') ? 'below' : 'above';
}
