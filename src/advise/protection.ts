import {
  binomialAtMost,
  quantileUpperBound,
  sampleSize,
  upperTailCount,
  type CensoredSample,
  type EdgeAnalysis,
} from '../analyze/index.ts';
import { NS_PER_SEC, type Ns, type Ratio, type RatePerSec } from '../core/index.ts';
import type { KnownCapacity } from './overload-sign.ts';

/** What keeps a slow or failing callee from taking its callers with it. */
export interface Protection {
  /** Absent where a call may not be sent twice, or a second one would hardly be sooner. */
  readonly hedge?: Hedge;
  /** Absent where so much fails on a healthy day that it would open then. */
  readonly breaker?: Breaker;
  readonly bulkhead: Bulkhead;
  /** Absent without a search for the capacity. */
  readonly rateLimit?: RateLimit;
}

/** A second attempt beside one that is late; the first answer counts. */
export interface Hedge {
  readonly delayNs: Ns;
  /** The share of calls that are sent twice, at the most. */
  readonly extraRatio: Ratio;
  /** p99.9 as it was, and as it would be if attempts were independent. */
  readonly p999Ns: Ns;
  readonly predictedP999Ns: Ns;
}

export interface Breaker {
  /** The last so many calls are looked at. */
  readonly windowCalls: number;
  /** It opens where at least this share of them failed. */
  readonly failureRatio: Ratio;
  /** So long a full window takes at the measured rate, at least. */
  readonly windowNs: Ns;
  readonly sleepNs: Ns;
  /** So many failures one after another say the same, for stacks that count so; 2 or more. */
  readonly inARow: number;
  /** Whether a recovery after a fault was measured, or the sleep window is a preset. */
  readonly isSleepMeasured: boolean;
  /** Calls that are let through when it is half open. */
  readonly probes: number;
}

export interface Bulkhead {
  /** More are under way at once in less than 1 of 10,000 moments, when all is well. */
  readonly concurrent: number;
  /** So many are when the callee hangs. */
  readonly whenHung: number;
}

export interface RateLimit {
  readonly perSec: RatePerSec;
  readonly burst: number;
}

/** What it is drawn from. */
export interface ProtectionQuestion {
  readonly edge: EdgeAnalysis;
  readonly mayRepeat: boolean;
  readonly failureUpper: Ratio;
  readonly attemptTimeoutNs: Ns;
  readonly totalTimeoutNs: Ns;
  /** From the end of a fault until all was well, of each that was measured. */
  readonly recoveriesNs: readonly Ns[];
  readonly capacity: KnownCapacity | undefined;
}

/** The slowest so many of calls are hedged. */
const HEDGED_PERCENT = 95;
const HEDGED_RATIO: Ratio = 0.05;
/** A gain of less is not worth the load. */
const HEDGE_GAIN_MIN = 1.5;
/** Of the capacity, hedges included: above it, a second attempt waits behind the first. */
const HEDGE_UTILISATION_MAX: Ratio = 0.7;

const WINDOWS = [20, 50, 100, 200, 500] as const;
const FAILURE_RATIOS = [0.4, 0.3, 0.2] as const;
/** A window that fills in more sees an outage late; a lower threshold wants fewer calls. */
const WINDOW_SEC_MAX = 10;
/** What a breaker is for: half of the calls fail. */
const OUTAGE_RATIO: Ratio = 0.5;
const DETECTED_MIN = 0.95;
const MONTH_SEC = 30 * 86_400;
const SLEEP_PRESET_NS: Ns = 60 * NS_PER_SEC;
const SLEEP_MIN_NS: Ns = NS_PER_SEC;

const CROWDED_RATIO: Ratio = 1e-4;
/** A binomial of so many tries is a Poisson distribution, to all digits that matter. */
const POISSON_TRIES = 1e7;

const RATE_OF_CAPACITY: Ratio = 0.75;

/** Returns what protects the caller of an edge, as far as the runs tell. */
export function protectionOf(question: ProtectionQuestion): Protection {
  const hedge = hedgeOf(question);
  const breaker = breakerOf(question);
  const rateLimit = rateLimitOf(question);
  return {
    ...(hedge && { hedge }),
    ...(breaker && { breaker }),
    bulkhead: bulkheadOf(question),
    ...(rateLimit && { rateLimit }),
  };
}

/**
 * A second attempt after d, the upper bound of p95, sends at most 5% of the calls twice. With
 * independent attempts
 *
 *   P(L_h > t) = P(L > t) P(L > t - d)      for t > d
 *
 * @see Dean, Barroso, "The tail at scale", CACM 2013; Primorac et al., "When to hedge in
 *   interactive services", NSDI 2021
 */
function hedgeOf({ edge, mayRepeat, capacity }: ProtectionQuestion): Hedge | undefined {
  const { sample, percentiles } = edge.attempt;
  const at95 = percentiles.find(({ percent }) => percent === HEDGED_PERCENT);
  const p999 = percentiles.find(({ percent }) => percent === 99.9);
  const delay = quantileUpperBound(sample, HEDGED_PERCENT, at95?.designEffect);
  if (!mayRepeat || delay.kind !== 'known' || p999?.kind !== 'known' || p999.atLeast) {
    return undefined;
  }
  const hedged = edge.ratePerSec * (1 + HEDGED_RATIO);
  if (capacity && hedged > HEDGE_UTILISATION_MAX * capacity.metPerSec) return undefined;
  const predictedP999Ns = hedgedQuantile(sample, delay.valueNs, 0.001);
  if (predictedP999Ns === undefined || p999.valueNs < HEDGE_GAIN_MIN * predictedP999Ns) {
    return undefined;
  }
  return {
    delayNs: delay.valueNs,
    extraRatio: HEDGED_RATIO,
    p999Ns: p999.valueNs,
    predictedP999Ns,
  };
}

/**
 * The smallest t after d that hedged calls pass as rarely as wanted: a time of the sample, or one
 * of it later by d.
 */
function hedgedQuantile(sample: CensoredSample, delayNs: Ns, tailRatio: Ratio): Ns | undefined {
  const n = sampleSize(sample);
  const { valueNs } = sample.exact;
  const [first, second] = [new Passed(sample), new Passed(sample)];
  const times = [...valueNs, ...valueNs.map((ns) => ns + delayNs)].sort((a, b) => a - b);
  return times.find(
    (ns) =>
      ns > delayNs && (1 - first.upTo(ns) / n) * (1 - second.upTo(ns - delayNs) / n) <= tailRatio,
  );
}

/** How many times of a sample lie at or below a time that only rises. */
class Passed {
  readonly #exact: CensoredSample['exact'];
  #at = 0;
  #count = 0;

  constructor({ exact }: CensoredSample) {
    this.#exact = exact;
  }

  upTo(ns: Ns): number {
    const { valueNs, count } = this.#exact;
    while (this.#at < valueNs.length && (valueNs[this.#at] ?? 0) <= ns) {
      this.#count += count[this.#at++] ?? 0;
    }
    return this.#count;
  }
}

/**
 * Window N and threshold th such that a healthy day opens it less than once a month, looked at
 * after every call, and an outage of half of the calls is seen in 95% of the windows:
 *
 *   P(Bin(N, p0) >= th N) * calls a month < 1        P(Bin(N, 1/2) >= th N) >= 0.95
 *
 * The highest threshold whose smallest such window fills within 10 s, since an open breaker refuses
 * every call: at a share that retries get past it does more harm than what fails. Half-open, five
 * probes see an outage with 95%: ln 0.05 / ln 0.5.
 */
function breakerOf(question: ProtectionQuestion): Breaker | undefined {
  const { edge, failureUpper, attemptTimeoutNs, recoveriesNs } = question;
  const callsAMonth = Math.max(1, edge.ratePerSec * MONTH_SEC);
  const found = FAILURE_RATIOS.flatMap((failureRatio) => {
    const windowCalls = smallestWindow(failureRatio, failureUpper, callsAMonth);
    return windowCalls === undefined ? [] : [{ windowCalls, failureRatio }];
  });
  const shortest = found.toSorted((a, b) => a.windowCalls - b.windowCalls)[0];
  const callsMax = edge.ratePerSec * WINDOW_SEC_MAX;
  const chosen = found.find(({ windowCalls }) => windowCalls <= callsMax) ?? shortest;
  if (chosen === undefined) return undefined;
  const fullNs = edge.ratePerSec > 0 ? (chosen.windowCalls / edge.ratePerSec) * NS_PER_SEC : 0;
  return {
    ...chosen,
    windowNs: Math.round(Math.max(fullNs, 2 * attemptTimeoutNs)),
    sleepNs: sleepOf(recoveriesNs, attemptTimeoutNs),
    inARow: inARowOf(failureUpper, callsAMonth),
    isSleepMeasured: recoveriesNs.length > 0,
    probes: Math.ceil(Math.log(0.05) / Math.log(1 - OUTAGE_RATIO)),
  };
}

function smallestWindow(
  failureRatio: Ratio,
  failureUpper: Ratio,
  callsAMonth: number,
): number | undefined {
  return WINDOWS.find((windowCalls) => {
    const failures = Math.ceil(windowCalls * failureRatio);
    const isQuiet = atLeast(windowCalls, failureUpper, failures) * callsAMonth < 1;
    return isQuiet && atLeast(windowCalls, OUTAGE_RATIO, failures) >= DETECTED_MIN;
  });
}

/** The fewest failures in a row that chance makes less than once a month: p0^N calls < 1. */
function inARowOf(failureUpper: Ratio, callsAMonth: number): number {
  return Math.max(2, Math.floor(Math.log(callsAMonth) / -Math.log(failureUpper)) + 1);
}

/**
 * The median of the recoveries, and at least the timeout: attempts from before it opened are over
 * by then. Breakers take the end of such a one for a probe's
 * (findings/breakers-count-late-answers.sh).
 */
function sleepOf(recoveriesNs: readonly Ns[], attemptTimeoutNs: Ns): Ns {
  const sorted = recoveriesNs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const sleepNs = median === undefined ? SLEEP_PRESET_NS : Math.max(SLEEP_MIN_NS, median);
  return Math.max(sleepNs, attemptTimeoutNs);
}

function atLeast(n: number, p: Ratio, hits: number): Ratio {
  if (p <= 0) return hits === 0 ? 1 : 0;
  if (p >= 1) return 1;
  return 1 - binomialAtMost(n, p, hits - 1);
}

/** Little's law: calls under way are the rate times their time, as a Poisson variable. */
function bulkheadOf({ edge, totalTimeoutNs }: ProtectionQuestion): Bulkhead {
  const underWay = (edge.ratePerSec * edge.attempt.meanNs) / NS_PER_SEC;
  const ratio = Math.min(0.5, underWay / POISSON_TRIES);
  const concurrent =
    ratio === 0 ? 1 : Math.max(1, upperTailCount(POISSON_TRIES, ratio, CROWDED_RATIO) - 1);
  return {
    concurrent,
    whenHung: Math.max(1, Math.ceil((edge.ratePerSec * totalTimeoutNs) / NS_PER_SEC)),
  };
}

function rateLimitOf({ edge, capacity, attemptTimeoutNs }: ProtectionQuestion) {
  if (capacity === undefined || edge.kind !== 'harness') return undefined;
  const perSec = RATE_OF_CAPACITY * capacity.metPerSec;
  // As many as can wait within the time of an attempt.
  const burst = Math.max(1, Math.floor((perSec * attemptTimeoutNs) / NS_PER_SEC));
  return { perSec, burst };
}
