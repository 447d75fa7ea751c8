import type { CounterName, Ns } from '../core/index.ts';
import type { TraceSpec } from '../scenario/index.ts';
import type { EndpointNames } from './endpoint-table.ts';

/**
 * Most calls kept for their spans in one second, the head sample and the others each; further ones
 * count as `dropped_spans`.
 */
export const MAX_KEPT_PER_SECOND = 10_000;

/** What is counted of what policies do. */
export type PolicyCounter = Extract<
  CounterName,
  | 'retries'
  | 'failed_retries'
  | 'hedges'
  | 'hedge_wins'
  | 'retries_denied'
  | 'hedges_denied'
  | 'breaker_rejected'
  | 'bulkhead_rejected'
  | 'rate_limited'
  | 'fallbacks'
  | 'breaker_opened'
  | 'breaker_open_ns'
  | 'endpoints_out'
  | 'health_checks'
  | 'failed_health_checks'
>;

export interface RecorderOptions {
  readonly seed: number;
  readonly phases: readonly string[];
  readonly targets: readonly string[];
  /** Every step of every flow, in the order by which calls know them. */
  readonly steps: readonly { readonly name: string; readonly target: string }[];
  /** By step, where targets have several; absent: none has. */
  readonly endpoints?: EndpointNames;
  readonly keep: TraceSpec['keep'];
  /**
   * Returns how long an answer that is read at `readNs` may have lain unread, the thread having
   * been busy; nothing is recorded of it where this is not given.
   */
  readonly unreadForNs?: (readNs: Ns) => Ns;
  /** {@link MAX_KEPT_PER_SECOND} where it is not given. */
  readonly maxKeptPerSecond?: number;
  /** Most calls of a second that are held though they were not kept; absent: none. */
  readonly maxHeldPerSecond?: number;
}
