import { counted, type HistogramSlice, type Ns, NS_PER_SEC } from '../core/index.ts';
import { seenDesignEffects } from './effective-sample-size.ts';
import { estimateQuantile } from './quantile.ts';
import {
  RecoveryWatch,
  STAY_SECONDS,
  withFailures,
  type DroppedIn,
  type HealthyLimit,
} from './recovery-watch.ts';
import type { Recovery } from './run-analysis.ts';
import type { Merge } from './sliding-merge.ts';

/** The first of them that has an interval before the window is the one that is watched. */
const PERCENTS = [99, 95, 90] as const;

/** What is asked of one step after one window. All slices are of the response clock. */
export interface RecoveryQuestion {
  /** The end of the window. */
  readonly endNs: Ns;
  /** The first second that is not watched any more: another fault begins, or the phase ends. */
  readonly horizonSecond: number;
  /** The seconds of the healthy time before the window, those without calls too. */
  readonly beforeSeconds: readonly number[];
  /** Of those seconds. */
  readonly before: readonly HistogramSlice[];
  /** Of the seconds from the end of the window on; others are passed over. */
  readonly after: readonly HistogramSlice[];
  readonly droppedIn: DroppedIn;
  readonly stratumOf: (second: number) => string;
  /** For the calls before; absent: they are merged for themselves. */
  readonly merge?: Merge;
}

/**
 * Returns how long after the end of a window the response p99 was back inside its healthy interval,
 * and stayed there.
 *
 * Back inside is not "p99 of this second <= p99 before": of n calls with exactly that p99, more
 * than n / 100 lie past it about every other time. It is asked whether the calls could be healthy
 * ones:
 *
 *   U = upper end of the 95% interval of the p99 before the window
 *   E = calls of a span past U;  healthy:  E ~ Binomial(n / d, 1%) at most, times d
 *   the span is out   <=>   P(E or more | healthy) <= 2.5% / 6
 *
 * d: the design effect of the healthy calls, by which those of one second are alike. A span is one
 * second, by the intended start of its calls, or as many as hold 100 d calls: fewer could not be
 * seen to be out. Where the calls before the window are too few, or too much alike, for an interval
 * of p99, it is p95 that is watched in its place, or p90, with 5% or 10% and 20 d or 10 d calls.
 *
 * Calls that failed count as endless: an error that comes fast is no recovery. So do arrivals that
 * were dropped, since none of their steps was called: they count at every step of the phase,
 * whichever they would have called. A second without any of both is out, unless the healthy time
 * has such seconds too: then the step is called that seldom.
 *
 * It is recovered at the first second s, counted from the one in which the window ended, such that
 * the spans that begin in s and in the 4 seconds after it are inside, and all of those seconds'
 * calls taken together as well. The 2.5% are shared by these six looks, so that where a fault
 * changed nothing the answer is 0 nearly always. What happens later has causes of its own; an
 * effect that comes back after more than 5 quiet seconds is one of them. Where fewer than those 5
 * seconds were left to watch, the answer is unconfirmed: inside for so long.
 *
 * Seconds are whole: the moment lies between `atLeastNs`, where the second before s began, and
 * `atMostNs`, where s began. Inside means "not shown to be out": an effect on fewer than some 4% of
 * a second's 200 calls is not seen in that second, one on more than some 2% is in the five
 * together.
 */
export function recoveryOf(question: RecoveryQuestion): Recovery {
  const { endNs, horizonSecond, after, droppedIn } = question;
  const healthy = healthyLimit(question);
  if (typeof healthy === 'string') return { kind: 'not-measurable', reason: healthy };
  const { percent, limitNs } = healthy;
  const isEmptyOut = !hasEmptySecond(question);
  const watch = new RecoveryWatch(after, { ...healthy, horizonSecond, droppedIn, isEmptyOut });
  const firstSecond = Math.floor(endNs / NS_PER_SEC);
  const seconds = Array.from({ length: horizonSecond - firstSecond }, (_, i) => firstSecond + i);
  if (watch.spanFrom(firstSecond) === undefined && !seconds.some((s) => watch.isSilent(s))) {
    const { calls } = watch.countTo(firstSecond, horizonSecond);
    const reason = `${counted(calls, 'call')} after it, ${watch.spanCallsMin} are needed`;
    return { kind: 'not-measurable', reason };
  }
  const back = seconds.find((second) => watch.staysInside(second));
  if (back === undefined) {
    const watchedNs = horizonSecond * NS_PER_SEC - endNs;
    return { kind: 'not-recovered', percent, watchedNs, limitNs };
  }
  const sinceNs = (at: number): Ns => Math.max(0, at * NS_PER_SEC - endNs);
  const atLeastNs = back === firstSecond ? 0 : sinceNs(back - 1);
  const found = { percent, atLeastNs, atMostNs: sinceNs(back), limitNs };
  if (back + STAY_SECONDS <= horizonSecond) return { kind: 'recovered', ...found };
  const watchedNs = horizonSecond * NS_PER_SEC - Math.max(endNs, back * NS_PER_SEC);
  return { kind: 'unconfirmed', ...found, watchedNs };
}

/** Returns the limit of the highest percentile that has one, or why none has. */
function healthyLimit(question: RecoveryQuestion): HealthyLimit | string {
  const { before, beforeSeconds, droppedIn, stratumOf, merge } = question;
  const dropped = beforeSeconds.reduce((sum, second) => sum + droppedIn(second), 0);
  const sample = withFailures(before, dropped, merge);
  const designEffectAt = seenDesignEffects(before, stratumOf, merge);
  let reason = '';
  for (const percent of PERCENTS) {
    const designEffect = designEffectAt(percent);
    const healthy = estimateQuantile(sample, percent, designEffect);
    if (healthy.kind === 'refused') {
      reason = `${healthy.n} healthy calls before it, ${healthy.neededN} are needed`;
    } else if (healthy.upperAtLeast || !Number.isFinite(healthy.upperNs)) {
      reason = `more than ${100 - percent}% of the calls before it failed or timed out`;
    } else {
      return { percent, limitNs: healthy.upperNs, designEffect };
    }
  }
  return reason;
}

function hasEmptySecond({ before, beforeSeconds, droppedIn }: RecoveryQuestion): boolean {
  const called = new Set(before.map((s) => s.second));
  return beforeSeconds.some((second) => !called.has(second) && droppedIn(second) === 0);
}
