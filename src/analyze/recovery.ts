import {
  CENSORED_OUTCOMES,
  countOf,
  NS_PER_SEC,
  TIMED_OUTCOMES,
  type HistogramSlice,
  type Ns,
  type Ratio,
} from '../core/index.ts';
import { upperTailCount } from './binomial.ts';
import type { CensoredSample } from './censored-sample.ts';
import { designEffects } from './effective-sample-size.ts';
import { estimateQuantile } from './quantile.ts';
import { tailRatioOf } from './quantile-ranks.ts';
import type { Recovery } from './run-analysis.ts';
import { countAbove, mergeHistograms } from './sparse-histogram.ts';

/** The first of them that has an interval before the window is the one that is watched. */
const PERCENTS = [99, 95, 90] as const;
/** For so many seconds the calls must stay within their healthy interval. */
const STAY_SECONDS = 5;
/** Looks at those seconds: at each of them, and at all of them together. */
const LOOKS = STAY_SECONDS + 1;
/** The chance that calls which are healthy are taken as not, over all looks. */
const FALSE_ALARM: Ratio = 0.025;
/** How many of a span's independent calls are expected past the percentile at least. */
const SPAN_PAST_MIN = 1;

/** What is asked of one step after one window. All slices are of the response clock. */
export interface RecoveryQuestion {
  /** The end of the window. */
  readonly endNs: Ns;
  /** The first second that is not watched any more: then another fault begins, or the phase ends. */
  readonly horizonSecond: number;
  /** Of the healthy time before the window. */
  readonly before: readonly HistogramSlice[];
  /** Of the seconds from the end of the window on; others are passed over. */
  readonly after: readonly HistogramSlice[];
  readonly stratumOf: (second: number) => string;
}

/**
 * Returns how long after the end of a window the response p99 was back inside its healthy interval,
 * and stayed there.
 *
 * Back inside is not "p99 of this second <= p99 before": of n calls with exactly that p99, more than
 * n / 100 lie past it about every other time. It is asked whether the calls could be healthy ones:
 *
 *   U = upper end of the 95% interval of the p99 before the window
 *   E = calls of a span past U;  healthy:  E ~ Binomial(n / d, 1%) at most, times d
 *   the span is out   <=>   P(E or more | healthy) <= 2.5% / 6
 *
 * d: the design effect of the healthy calls, by which those of one second are alike. A span is one
 * second, by the intended start of its calls, or as many as hold 100 d calls: fewer could not be seen
 * to be out. Where the calls before the window are too few, or too much alike, for an interval of p99,
 * it is p95 that is watched in its place, or p90, with 5% or 10% and 20 d or 10 d calls. Calls that failed count as endless: an error that comes fast is no recovery. It is
 * recovered at the first second s, counted from the one in which the window ended, such that the spans
 * that begin in s and in the 4 seconds after it are inside, and all of those seconds' calls taken
 * together as well. The 2.5% are shared by these six looks, so that where a fault changed nothing the
 * answer is 0 nearly always. What happens later has causes of its own; an effect that comes back after
 * more than 5 quiet seconds is one of them.
 *
 * Seconds are whole: the moment lies between `atLeastNs`, where the second before s began, and
 * `atMostNs`, where s began. Inside means "not shown to be out": an effect on fewer than some 4% of a
 * second's 200 calls is not seen in that second, one on more than some 2% is in the five together.
 */
export function recoveryOf(question: RecoveryQuestion): Recovery {
  const { endNs, horizonSecond, before, after, stratumOf } = question;
  const healthy = healthyLimit(before, stratumOf);
  if (typeof healthy === 'string') return { kind: 'not-measurable', reason: healthy };
  const { percent, limitNs } = healthy;
  const watch = new Watch(after, { ...healthy, horizonSecond });
  const firstSecond = Math.floor(endNs / NS_PER_SEC);
  const span = watch.spanFrom(firstSecond);
  if (span === undefined) {
    const { calls } = watch.countTo(firstSecond, horizonSecond);
    const reason = `${calls} calls after it, ${watch.spanCallsMin} are needed`;
    return { kind: 'not-measurable', reason };
  }
  for (let second = firstSecond; second < horizonSecond; second++) {
    if (!watch.staysInside(second)) continue;
    const sinceNs = (at: number): Ns => Math.max(0, at * NS_PER_SEC - endNs);
    const isFirst = second === firstSecond;
    return {
      kind: 'recovered',
      percent,
      atLeastNs: isFirst ? 0 : sinceNs(second - 1),
      atMostNs: sinceNs(second),
      limitNs,
    };
  }
  const watchedNs = horizonSecond * NS_PER_SEC - endNs;
  return { kind: 'not-recovered', percent, watchedNs, limitNs };
}

interface HealthyLimit {
  readonly percent: number;
  /** The upper end of the percentile's interval. */
  readonly limitNs: Ns;
  readonly designEffect: number;
}

/** Returns the limit of the highest percentile that has one, or why none has. */
function healthyLimit(
  before: readonly HistogramSlice[],
  stratumOf: (second: number) => string,
): HealthyLimit | string {
  const sample = withFailures(before);
  const designEffectAt = designEffects(before, stratumOf);
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

interface Calls {
  readonly calls: number;
  /** How many of them lie past the limit or failed. */
  readonly past: number;
}

interface WatchOptions extends HealthyLimit {
  readonly horizonSecond: number;
}

/** The calls after a window, second by second, against the limit of the healthy ones. */
class Watch {
  readonly #options: WatchOptions;
  readonly #seconds: ReadonlyMap<number, Calls>;

  constructor(slices: readonly HistogramSlice[], options: WatchOptions) {
    this.#options = options;
    const bySecond = Map.groupBy(slices, (s) => s.second);
    this.#seconds = new Map(
      [...bySecond].map(([second, parts]) => [second, countPast(parts, options.limitNs)]),
    );
  }

  /** How many calls a span holds at least. */
  get spanCallsMin(): number {
    const { percent, designEffect } = this.#options;
    return Math.ceil((SPAN_PAST_MIN / tailRatioOf(percent)) * designEffect);
  }

  /** Returns the calls from one second up to another, excluded. */
  countTo(fromSecond: number, toSecond: number): Calls {
    let calls = 0;
    let past = 0;
    for (let second = fromSecond; second < toSecond; second++) {
      const own = this.#seconds.get(second);
      calls += own?.calls ?? 0;
      past += own?.past ?? 0;
    }
    return { calls, past };
  }

  /** Returns the calls from a second on, as many seconds as are enough; undefined if none are. */
  spanFrom(second: number): Calls | undefined {
    const { horizonSecond } = this.#options;
    let calls = 0;
    let past = 0;
    for (let at = second; at < horizonSecond; at++) {
      const own = this.#seconds.get(at);
      calls += own?.calls ?? 0;
      past += own?.past ?? 0;
      if (calls >= this.spanCallsMin) return { calls, past };
    }
    return undefined;
  }

  /** Returns whether the calls from a second on are back, and stay. */
  staysInside(second: number): boolean {
    const { horizonSecond } = this.#options;
    const first = this.spanFrom(second);
    if (first === undefined) return false;
    for (let i = 0; i < STAY_SECONDS; i++) {
      const span = this.spanFrom(second + i);
      if (span !== undefined && !this.#isInside(span)) return false;
    }
    const toSecond = Math.min(horizonSecond, second + STAY_SECONDS);
    const together = this.countTo(second, toSecond);
    return together.calls < first.calls || this.#isInside(together);
  }

  #isInside({ calls, past }: Calls): boolean {
    const { percent, designEffect } = this.#options;
    const independent = Math.floor(calls / designEffect);
    const alpha = FALSE_ALARM / LOOKS;
    const out = upperTailCount(independent, tailRatioOf(percent), alpha);
    return past < Math.ceil(out * designEffect);
  }
}

function countPast(parts: readonly HistogramSlice[], limitNs: Ns): Calls {
  const { exact, censored } = withFailures(parts);
  const calls = countOf(exact) + countOf(censored);
  // Whatever was cut off went on past its bound; where that is below the limit, nobody knows.
  return { calls, past: countAbove(exact, limitNs) + countAbove(censored, limitNs) };
}

/** Returns the response times of all calls that came to an end, a failed one's as endless. */
function withFailures(parts: readonly HistogramSlice[]): CensoredSample {
  const timed = parts.filter((p) => TIMED_OUTCOMES.has(p.outcome));
  const failed = parts.filter((p) => p.outcome === 'status' || p.outcome === 'transport');
  const count = failed.reduce((sum, p) => sum + countOf(p), 0);
  const endless = { valueNs: [Infinity], count: [count] };
  return {
    exact: mergeHistograms([
      ...timed.filter((p) => !CENSORED_OUTCOMES.has(p.outcome)),
      ...(count > 0 ? [endless] : []),
    ]),
    censored: mergeHistograms(timed.filter((p) => CENSORED_OUTCOMES.has(p.outcome))),
  };
}
