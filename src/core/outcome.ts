/**
 * How a call ended, and an attempt of one. The order is the code by which the hot path and the
 * histograms know it.
 *
 * - `ok`: an answer came and passed the step's check.
 * - `status`: an answer came whole, with a status that the step does not accept.
 * - `timeout`: no whole answer within the attempt's bound; its times are censored at that bound.
 * - `transport`: refused, reset, closed early, or an answer that is no valid message.
 * - `cancelled`: still under way when the run was stopped; censored at that moment.
 * - `dropped`: an arrival that found no free slot and was never sent.
 * - `check`: an answer came whole with an accepted status, and failed a check of its body, headers
 *   or duration, or lacked what the step captures.
 *
 * Of calls with a policy, never of their attempts:
 *
 * - `rejected`: refused by the policy before anything was sent.
 * - `fallback`: it failed, and the policy's own answer took the place of the failure.
 */
export const OUTCOMES = [
  'ok',
  'status',
  'timeout',
  'transport',
  'cancelled',
  'dropped',
  'check',
  'rejected',
  'fallback',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

export const OK = 0;
export const STATUS = 1;
export const TIMEOUT = 2;
export const TRANSPORT = 3;
export const CANCELLED = 4;
export const DROPPED = 5;
export const CHECK = 6;
export const REJECTED = 7;
export const FALLBACK = 8;

/** An index into {@link OUTCOMES}. */
export type OutcomeCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Outcomes whose times end at a bound: what the call would have taken is known from below only. */
export const CENSORED_OUTCOMES: ReadonlySet<Outcome> = new Set(['timeout', 'cancelled']);

/**
 * Outcomes whose times say how long an answer took, or took at least: percentiles are over these.
 * The answer of a failed check came whole, and was timed to its end: were it left out, a check of
 * the duration would take the slow calls out of the percentiles.
 */
export const TIMED_OUTCOMES: ReadonlySet<Outcome> = new Set([
  'ok',
  'check',
  'timeout',
  'cancelled',
]);

/**
 * Outcomes that are errors. A cancelled call is not one, the run was stopped; nor is a fallback,
 * whose caller has an answer, though none of the target's.
 */
export const ERROR_OUTCOMES: ReadonlySet<Outcome> = new Set([
  'status',
  'timeout',
  'transport',
  'check',
  'rejected',
]);
