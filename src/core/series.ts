import type { Outcome } from './outcome.ts';
import type { Ns } from './units.ts';

/**
 * The clocks of a call (docs/terminology.md). `service` = end - sent, of each of its attempts by
 * how that ended; `response` = end - intended, of the call;
 * `lag` = seen - intended, the generator's own delay; `connect` = time to open a connection;
 * `corrected` = end - seen, the response time without the lag.
 *
 * The parts of a call that went well: `wait` = sent - seen, waiting for a free connection;
 * `first_byte` = first byte - sent; `body` = end - first byte. first_byte + body = service, and of
 * a call with one attempt wait + service = corrected; of one with more they are those of the
 * attempt that answered, which was seen when it was due. The parts of a `connect`: `dns`, the
 * look-up of a name; `tcp`, through a proxy with its CONNECT; `tls`, the handshake.
 *
 * Of a stream of messages: `message` = between a message that came and the one before it, or, where
 * each answers one that was sent, since that one was sent.
 *
 * Of the sending thread rather than of
 * a call: `uncertainty` = how long an answer may have lain unread while the thread was busy; `gc` =
 * how long a garbage collection held the thread up.
 */
export const CLOCKS = [
  'service',
  'response',
  'lag',
  'connect',
  'corrected',
  'wait',
  'first_byte',
  'body',
  'message',
  'dns',
  'tcp',
  'tls',
  'uncertainty',
  'gc',
] as const;
export type CallClock = (typeof CLOCKS)[number];

/** What a histogram is of: one clock of one step against one target, in one phase, one outcome. */
export interface SeriesKey {
  readonly phase: string;
  readonly step: string;
  readonly target: string;
  readonly outcome: Outcome;
  readonly clock: CallClock;
}

/**
 * A histogram without its empty buckets: `valueNs[i]` is a bucket's midpoint, `count[i]` > 0 how
 * many values fell into it. Values ascend strictly; both arrays are equally long, or empty.
 */
export interface SparseHistogram {
  readonly valueNs: readonly Ns[];
  readonly count: readonly number[];
}

/**
 * What one series gathered of one second of the run, `second` 0 being the first: calls by their
 * intended start, everything else by when it happened. A second may come in several parts.
 */
export interface HistogramSlice extends SeriesKey, SparseHistogram {
  readonly second: number;
}

/**
 * Things counted per second beside the calls. `arrivals`: due by the schedule. `dropped_arrivals`:
 * no free slot. `dropped_spans`: kept calls whose span found the buffer full, and traces of which
 * a service sent spans when their calls were held no more. `rejected_spans`: spans
 * of services that no store can hold, their ids invalid or their times implausible. `clamped`:
 * times past a histogram's range. `late_responses`: timed-out attempts whose answer had begun.
 * `abandoned_steps`: later steps of a flow of equal steps in a row whose earlier step failed.
 * `redirects`: answers that were followed to where they sent their call. `failed_iterations`:
 * arrivals whose flow ended early, a call or a hook of it having failed. `failed_hooks`: hooks that
 * threw or rejected. `resent_calls`: times that a call was sent again, having met a close or a
 * refusal. `connects`: connections opened; `reconnects`: of these, the ones that replace one that
 * was lost; `tls_resumed`: those whose handshake took up an earlier session; `stale_dns`: those to
 * a last known address, the name not having been found anew. `bytes_in`, `bytes_out`: on the wire
 * of the targets. `messages_in`, `messages_out`: of gRPC calls, whole ones that came, and those
 * that were handed out.
 *
 * Of steps with a policy: `attempts`: made, also those that found no connection. Among them
 * `retries`, of them `failed_retries`, which failed too; `hedges`, of them `hedge_wins`, which
 * answered first. `retries_denied`, `hedges_denied`: by their budgets. `breaker_rejected`: attempts
 * that an open breaker refused; `bulkhead_rejected`, `rate_limited`: calls. `fallbacks`: calls that
 * had the policy's own answer.
 * `breaker_opened`: by an attempt of the step; `breaker_open_ns`: time for which the breaker of the
 * step was open, summed over the sending threads. `endpoints_out`: times that an endpoint was taken
 * out; `health_checks`, `failed_health_checks`: requests that are no calls, in the phase alone.
 *
 * Of the sending threads: `sender_ns`: time for which one was watched; within it, `sender_cpu_ns`:
 * on a core; `loop_busy_ns`: awake in turns of the loop in which an answer was read;
 * `run_delay_ns`: ready to run, while the host ran something else; `gc_pause_ns`: held up by
 * garbage collections. `lost_threads`: those that no longer answered and were ended.
 */
export const COUNTERS = [
  'arrivals',
  'dropped_arrivals',
  'dropped_spans',
  'rejected_spans',
  'clamped',
  'late_responses',
  'abandoned_steps',
  'redirects',
  'failed_iterations',
  'failed_hooks',
  'resent_calls',
  'connects',
  'reconnects',
  'tls_resumed',
  'stale_dns',
  'bytes_in',
  'bytes_out',
  'messages_in',
  'messages_out',
  'attempts',
  'retries',
  'failed_retries',
  'hedges',
  'hedge_wins',
  'retries_denied',
  'hedges_denied',
  'breaker_rejected',
  'bulkhead_rejected',
  'rate_limited',
  'fallbacks',
  'breaker_opened',
  'breaker_open_ns',
  'endpoints_out',
  'health_checks',
  'failed_health_checks',
  'sender_ns',
  'sender_cpu_ns',
  'loop_busy_ns',
  'run_delay_ns',
  'gc_pause_ns',
  'lost_threads',
] as const;
export type CounterName = (typeof COUNTERS)[number];

/** How many calls of a step failed for one reason in one second. */
export interface ErrorSlice {
  readonly second: number;
  readonly phase: string;
  readonly step: string;
  /** `status`, `check`, `timeout`, `transport` or `rejected`. */
  readonly outcome: Outcome;
  /** `status 503`, `check json $.ok: is not true`; {@link OTHER_ERRORS} past a bound. */
  readonly text: string;
  readonly count: number;
}

/** How many connections to a target could not be opened for one reason in one second. */
export interface ConnectErrorSlice {
  readonly second: number;
  readonly phase: string;
  readonly target: string;
  /**
   * `ECONNREFUSED`, `connect timeout`, `ECONNRESET in the TLS handshake`; {@link OTHER_ERRORS} past
   * a bound.
   */
  readonly text: string;
  readonly count: number;
}

/** Counts the reasons past the bound of different ones. */
export const OTHER_ERRORS = 'other';

/** Counts the whole answers that had one status: `status 302`, `status UNAVAILABLE`. */
export type StatusCounter = `status ${string}`;

/** Returns the counter of a status, which is given as it is shown. */
export function statusCounter(status: string): StatusCounter {
  return `status ${status}`;
}

export function isStatusCounter(counter: CounterSlice['counter']): counter is StatusCounter {
  return statusOfCounter(counter) !== undefined;
}

/** Returns the status whose answers the counter counts; undefined for any other counter. */
export function statusOfCounter(counter: string): string | undefined {
  return counter.startsWith('status ') ? counter.slice('status '.length) : undefined;
}

/** Counts the attempts that went to one of several endpoints: `endpoint 10.0.0.7:8080`. */
export type EndpointCounter = `endpoint ${string}`;

/** Returns the counter of an endpoint, which is given as it is shown. */
export function endpointCounter(endpoint: string): EndpointCounter {
  return `endpoint ${endpoint}`;
}

export function isEndpointCounter(counter: CounterSlice['counter']): counter is EndpointCounter {
  return endpointOfCounter(counter) !== undefined;
}

/** Returns the endpoint whose attempts the counter counts; undefined for any other counter. */
export function endpointOfCounter(counter: string): string | undefined {
  return counter.startsWith('endpoint ') ? counter.slice('endpoint '.length) : undefined;
}

/**
 * An increment of one counter in one second; `phase` and `step` are '' where they do not apply. The
 * arrivals of a phase in which two versions take turns are under the first step of their flow.
 */
export interface CounterSlice {
  readonly second: number;
  readonly phase: string;
  readonly step: string;
  readonly counter: CounterName | StatusCounter | EndpointCounter;
  readonly value: number;
}

/** Returns the sum of one counter. */
export function counterTotal(counters: readonly CounterSlice[], name: CounterName): number {
  return counters.reduce((sum, { counter, value }) => (counter === name ? sum + value : sum), 0);
}
