import {
  CENSORED_OUTCOMES,
  type Outcome,
  countOf,
  TIMED_OUTCOMES,
  type HistogramSlice,
  type Ns,
  type Ratio,
} from '../core/index.ts';
import { upperTailCount } from './binomial.ts';
import type { CensoredSample } from './censored-sample.ts';
import { tailRatioOf } from './quantile-ranks.ts';
import type { Merge } from './sliding-merge.ts';
import { countAbove, mergeHistograms } from './sparse-histogram.ts';

/** For so many seconds the calls must stay within their healthy interval. */
export const STAY_SECONDS = 5;
/** Looks at those seconds: at each of them, and at all of them together. */
const LOOKS = STAY_SECONDS + 1;
/** The chance that calls which are healthy are taken as not, over all looks. */
const FALSE_ALARM: Ratio = 0.025;
/** How many of a span's independent calls are expected past the percentile at least. */
const SPAN_PAST_MIN = 1;

/** How many arrivals were dropped in a second of the run. */
export type DroppedIn = (second: number) => number;

export interface HealthyLimit {
  readonly percent: number;
  /** The upper end of the percentile's interval. */
  readonly limitNs: Ns;
  readonly designEffect: number;
}

export interface WatchOptions extends HealthyLimit {
  /** The first second that is not watched any more. */
  readonly horizonSecond: number;
  readonly droppedIn: DroppedIn;
  /** Whether a second without a call is out: there was none in the healthy time. */
  readonly isEmptyOut: boolean;
}

interface Calls {
  readonly calls: number;
  /** How many of them lie past the limit, failed or were dropped. */
  readonly past: number;
}

/** The calls after a window, second by second, against the limit of the healthy ones. */
export class RecoveryWatch {
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
      const own = this.#callsIn(second);
      calls += own.calls;
      past += own.past;
    }
    return { calls, past };
  }

  /** Returns the calls from a second on, as many seconds as are enough; undefined if none are. */
  spanFrom(second: number): Calls | undefined {
    const { horizonSecond } = this.#options;
    let calls = 0;
    let past = 0;
    for (let at = second; at < horizonSecond; at++) {
      const own = this.#callsIn(at);
      calls += own.calls;
      past += own.past;
      if (calls >= this.spanCallsMin) return { calls, past };
    }
    return undefined;
  }

  /** Returns whether the step was not called in a second in which it should have been. */
  isSilent(second: number): boolean {
    return this.#options.isEmptyOut && this.#callsIn(second).calls === 0;
  }

  /** Returns whether the calls from a second on are back, and stay for as long as is watched. */
  staysInside(second: number): boolean {
    const toSecond = Math.min(this.#options.horizonSecond, second + STAY_SECONDS);
    const first = this.spanFrom(second);
    if (first === undefined) return false;
    for (let at = second; at < toSecond; at++) {
      if (this.isSilent(at)) return false;
      const span = this.spanFrom(at);
      if (span !== undefined && !this.#isInside(span)) return false;
    }
    const together = this.countTo(second, toSecond);
    return together.calls < first.calls || this.#isInside(together);
  }

  #callsIn(second: number): Calls {
    const own = this.#seconds.get(second);
    const dropped = this.#options.droppedIn(second);
    return { calls: (own?.calls ?? 0) + dropped, past: (own?.past ?? 0) + dropped };
  }

  #isInside({ calls, past }: Calls): boolean {
    const { percent, designEffect } = this.#options;
    const independent = Math.floor(calls / designEffect);
    const alpha = FALSE_ALARM / LOOKS;
    const out = upperTailCount(independent, tailRatioOf(percent), alpha);
    return past < Math.ceil(out * designEffect);
  }
}

const FAILED: ReadonlySet<Outcome> = new Set(['status', 'transport', 'rejected', 'fallback']);

/**
 * Returns the response times of all calls that came to an end, a failed one's as endless, also
 * where a fallback took the place of the failure: the target is no better for it. And as
 * many endless ones more as arrivals were dropped.
 */
export function withFailures(
  parts: readonly HistogramSlice[],
  dropped: number,
  merge: Merge = mergeHistograms,
): CensoredSample {
  const timed = parts.filter((p) => TIMED_OUTCOMES.has(p.outcome));
  const failed = parts.filter((p) => FAILED.has(p.outcome));
  const count = failed.reduce((sum, p) => sum + countOf(p), dropped);
  const endless = { valueNs: [Infinity], count: [count] };
  return {
    exact: merge(
      [...timed.filter((p) => !CENSORED_OUTCOMES.has(p.outcome)), ...(count > 0 ? [endless] : [])],
      'recovery exact',
    ),
    censored: merge(
      timed.filter((p) => CENSORED_OUTCOMES.has(p.outcome)),
      'recovery censored',
    ),
  };
}

function countPast(parts: readonly HistogramSlice[], limitNs: Ns): Calls {
  const { exact, censored } = withFailures(parts, 0);
  const calls = countOf(exact) + countOf(censored);
  // Whatever was cut off went on past its bound; where that is below the limit, nobody knows.
  return { calls, past: countAbove(exact, limitNs) + countAbove(censored, limitNs) };
}
