import {
  areSpansBiased,
  INDEPENDENT,
  quantileUpperBound,
  tailRatioOf,
  type ClockSummary,
  type Dependence,
  type EdgeAnalysis,
  type RunAnalysis,
} from '../analyze/index.ts';
import { NS_PER_MS, NS_PER_SEC, type Ns, type RatePerSec } from '../core/index.ts';
import type {
  ConnectAdvice,
  EdgeAdvice,
  Grade,
  RecommendedTimeout,
  RefusedTimeout,
  TimeoutAdvice,
  TimeoutRecommendation,
} from './advice.ts';
import { unseenTail } from './unseen-tail.ts';

/** What is tried, the first that the sample carries, where 99.9% is refused to it. */
const LOWER_PERCENTS = [99.5, 99, 98, 95, 90] as const;

/** The shares of attempts, in percent and ascending, for whose success a timeout is recommended. */
export const SUCCESS_PERCENTS = [99.9, 99.99] as const;

/**
 * What is recommended where the first of them is out of a sample's reach: it cuts off one attempt
 * in 100 that would have ended well, so it is no value to leave in place.
 */
const FALLBACK_PERCENT = 99;

/** Room above the upper bound, for days that are a little worse than the run. */
const MARGIN = 1.2;
/** A timeout is this many times the median at least, for an edge whose tail is short. */
const MEDIAN_FACTOR = 2;
/** And this much above the median at least, so that a fast edge survives a pause of the runtime. */
const ABOVE_MEDIAN_NS: Ns = 5 * NS_PER_MS;
/** The client's own: its timer ticks in whole ms. */
const CLIENT_OVERHEAD_MS = 1;
/** With fewer calls past the percentile than this, no timeout is recommended. */
const TAIL_COUNT_MIN = 3;
const CONNECT_PERCENT = 99.9;

/** What one recommendation is drawn from. */
export interface TimeoutQuestion {
  /** Service times of attempts in healthy time. */
  readonly attempt: ClockSummary;
  readonly successPercent: number;
  /** >= 1, of this percentile; see analyze. */
  readonly designEffect: number;
  /** Whether that is more than the run shows, which is too short to show how much it is. */
  readonly isAssumed?: boolean;
  /** Attempts per second, to say how long the missing ones would take. */
  readonly ratePerSec: RatePerSec;
}

/** Returns the recommended timeouts of every edge, and of opening a connection to every target. */
export function adviseTimeouts(analysis: RunAnalysis): TimeoutAdvice {
  return {
    edges: analysis.edges.map((edge) => adviseEdge(edge, areSpansBiased(analysis.served))),
    connects: analysis.connects.map(({ target, connect }) => adviseConnect(target, connect)),
  };
}

/** Returns what opening a connection may take, whatever opened those that were measured. */
export function adviseConnect(target: string, connect: ClockSummary): ConnectAdvice {
  const { designEffect } = dependenceAt(connect, CONNECT_PERCENT);
  // Connections are opened when a run begins, and kept: they have no rate to go by.
  const question = { attempt: connect, successPercent: CONNECT_PERCENT, designEffect };
  return { target, n: connect.n, timeout: recommendTimeout({ ...question, ratePerSec: 0 }) };
}

/**
 * Returns the timeout for one attempt that lets `successPercent` of attempts end by themselves, in
 * whole ms and rounded up to two digits; or a refusal where the sample cannot carry it.
 *
 *   T = ceil(max(U * m, 2 * p50, p50 + 5 ms)) + 1 ms
 *
 * U: the one-sided 95% upper bound of the percentile, so that the false timeouts stay under the
 * wanted share in 19 of 20 such runs. m = 1.2: room for what the run did not see. 2 * p50 and p50 +
 * 5 ms: an edge whose tail is close to its median would else be cut off by the first hiccup. The
 * last 1 ms: the client's timer. For one sample and one design effect, a higher `successPercent`
 * never gives a shorter timeout: U never falls, and nothing else depends on it.
 * @see "Timeouts, retries and backoff with jitter", Amazon Builders' Library
 */
export function recommendTimeout(question: TimeoutQuestion): TimeoutRecommendation {
  const { attempt, successPercent, designEffect } = question;
  const upper = quantileUpperBound(attempt.sample, successPercent, designEffect);
  // What was cut off before the percentile says less of what lies past it.
  const worthN = upper.kind === 'known' ? upper.worthN : attempt.n;
  const tailCount = (worthN / designEffect) * tailRatioOf(successPercent);
  const neededForTail = Math.ceil((TAIL_COUNT_MIN / tailRatioOf(successPercent)) * designEffect);
  if (upper.kind === 'sample' || worthN < neededForTail) {
    const forBound = upper.kind === 'sample' ? upper.neededN : 0;
    return refuse(question, tailCount, 'sample', Math.max(forBound, neededForTail));
  }
  const p50 = attempt.percentiles.find((p) => p.percent === 50);
  if (upper.kind === 'censored' || p50?.kind !== 'known') {
    return refuse(question, tailCount, 'censored', 0);
  }
  const floorNs = Math.max(p50.valueNs * MEDIAN_FACTOR, p50.valueNs + ABOVE_MEDIAN_NS);
  const wantedNs = Math.max(upper.valueNs * MARGIN, floorNs);
  const wholeMs = Math.ceil(wantedNs / NS_PER_MS) + CLIENT_OVERHEAD_MS;
  const timeoutNs = roundUpTwoDigits(wholeMs) * NS_PER_MS;
  const unseen = unseenTail(attempt.sample, timeoutNs, successPercent);
  return {
    kind: 'recommended',
    successPercent,
    timeoutNs,
    upperBoundNs: upper.valueNs,
    p50Ns: p50.valueNs,
    tailCount,
    grade: gradeOf(tailCount),
    ...(unseen && { unseen }),
  };
}

/**
 * The stricter percentile takes over the greatest design effect of those before it: an estimate of
 * correlation that happens to be smaller further out would else let the bound there be the lower
 * one.
 */
export function adviseEdge(edge: EdgeAnalysis, isBiased: boolean): EdgeAdvice {
  const { kind, caller, callee, operation, failed, attempt, ratePerSec } = edge;
  let greatest = INDEPENDENT;
  const timeouts = SUCCESS_PERCENTS.map((successPercent) => {
    const own = dependenceAt(attempt, successPercent);
    if (own.designEffect > greatest.designEffect) greatest = own;
    const question = { attempt, successPercent, ...questionOf(greatest), ratePerSec };
    return kind === 'service' && isBiased
      ? refuse(question, tailCountOf(question), 'spans', 0)
      : recommendTimeout(question);
  });
  const fallback = fallbackFor(edge, timeouts);
  const all = fallback ? [fallback, ...timeouts] : timeouts;
  return { kind, caller, callee, operation, n: attempt.n, failed, timeouts: all };
}

/**
 * Returns the timeout of the highest percentile below 99.9 that a sample carries; undefined where
 * it carries none, or more than a tenth was cut off. It is no value to leave in place: it cuts off
 * good attempts.
 */
export function bestBound({
  attempt,
  ratePerSec,
}: Pick<EdgeAnalysis, 'attempt' | 'ratePerSec'>): RecommendedTimeout | undefined {
  for (const successPercent of LOWER_PERCENTS) {
    // What lies between two that are reported is as alike as the worse of them.
    const below = attempt.percentiles.findLast((p) => p.percent <= successPercent);
    const above = attempt.percentiles.find((p) => p.percent >= successPercent);
    const designEffect = Math.max(below?.designEffect ?? 1, above?.designEffect ?? 1);
    const bound = recommendTimeout({ attempt, successPercent, designEffect, ratePerSec });
    if (bound.kind === 'recommended') return bound;
  }
  return undefined;
}

/** A sample of which even this is not known gets no further refusal. */
function fallbackFor(
  { attempt, ratePerSec }: EdgeAnalysis,
  [strict]: readonly TimeoutRecommendation[],
): RecommendedTimeout | undefined {
  if (strict?.kind !== 'refused' || strict.reason !== 'sample') return undefined;
  const own = questionOf(dependenceAt(attempt, FALLBACK_PERCENT));
  const timeout = recommendTimeout({
    attempt,
    successPercent: FALLBACK_PERCENT,
    ...own,
    ratePerSec,
  });
  return timeout.kind === 'recommended' ? timeout : undefined;
}

function questionOf({ designEffect, from }: Dependence) {
  return { designEffect, isAssumed: from !== 'seconds' };
}

function tailCountOf({ attempt, designEffect, successPercent }: TimeoutQuestion): number {
  return (attempt.n / designEffect) * tailRatioOf(successPercent);
}

function dependenceAt({ percentiles, dependence }: ClockSummary, percent: number): Dependence {
  return dependence[percentiles.findIndex((p) => p.percent === percent)] ?? INDEPENDENT;
}

function refuse(
  { successPercent, ratePerSec, isAssumed = false }: TimeoutQuestion,
  tailCount: number,
  reason: RefusedTimeout['reason'],
  neededN: number,
): RefusedTimeout {
  const neededNs = ratePerSec === 0 ? 0 : Math.round((neededN / ratePerSec) * NS_PER_SEC);
  const neededIsBound = reason === 'sample' && isAssumed;
  return { kind: 'refused', successPercent, tailCount, reason, neededN, neededIsBound, neededNs };
}

function gradeOf(tailCount: number): Grade {
  if (tailCount >= 100) return 'high';
  return tailCount >= 10 ? 'medium' : 'low';
}

/** 1234 -> 1300, 87 -> 87: what a person would put into a configuration. */
function roundUpTwoDigits(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / step) * step;
}
