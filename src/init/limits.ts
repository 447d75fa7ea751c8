import {
  dependenceIn,
  INDEPENDENT,
  neededForInterval,
  proportionBounds,
  quantileUpperBound,
  shareInterval,
  type CallSummary,
  type ClockSummary,
  type KnownQuantile,
} from '../analyze/index.ts';
import { NS_PER_MS, NS_PER_SEC, type Ns, type Ratio } from '../core/index.ts';

/** A limit of the response time, and what it rests on. */
export interface TimeLimit {
  readonly percent: number;
  readonly limitNs: Ns;
  /** What the percentile does not pass with 95% probability. */
  readonly upperNs: Ns;
  readonly n: number;
  /** Absent where the sample has an upper end alone. */
  readonly interval?: Pick<KnownQuantile, 'valueNs' | 'lowerNs' | 'upperNs'>;
}

/** The percentiles that a limit may be of, the best first. */
const PERCENTS = [99, 95, 90, 50] as const;
/** A limit is so many times what was measured at most, and at least so much above it. */
const MARGIN = 2;
const MARGIN_NS_MIN: Ns = 10 * NS_PER_MS;
/** A run of so many times the calls that it needs decides its threshold, also where calls vary. */
const SPARE = 1.5;

/**
 * Returns the limit for the highest percentile that the measurement bounds and that a run with
 * `growth` times as many calls will decide; undefined where there is none.
 *
 *   limit = max(2 u, u + 10 ms), rounded up to two digits      u: upper end of the interval
 */
export function timeLimit(clock: ClockSummary, growth: number): TimeLimit | undefined {
  for (const percent of PERCENTS) {
    const { designEffect } = dependenceIn(clock)(percent) ?? INDEPENDENT;
    const upper = quantileUpperBound(clock.sample, percent, designEffect);
    const isDecided = clock.n * growth >= neededForInterval(percent, designEffect) * SPARE;
    if (upper.kind !== 'known' || !isDecided) continue;
    const estimate = clock.percentiles.find((one) => one.percent === percent);
    const interval = estimate?.kind === 'known' && !estimate.upperAtLeast ? estimate : undefined;
    const upperNs = Math.max(upper.valueNs, interval?.upperNs ?? 0);
    return {
      percent,
      limitNs: roundedUp(Math.max(upperNs * MARGIN, upperNs + MARGIN_NS_MIN)),
      upperNs,
      n: clock.n,
      ...(interval && { interval }),
    };
  }
  return undefined;
}

/** To two digits, of milliseconds. */
function roundedUp(ns: Ns): Ns {
  const ms = ns / NS_PER_MS;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(ms)) - 1);
  return Math.ceil(ms / unit) * unit * NS_PER_MS;
}

/** Returns a limit as a scenario writes it: `45ms`, `1.2s`. */
export function limitText(ns: Ns): string {
  return ns < NS_PER_SEC ? `${ns / NS_PER_MS}ms` : `${ns / NS_PER_SEC}s`;
}

/** A step that fails more often than this is no step of a first scenario. */
export const ERRORS_MAX: Ratio = 0.1;
const ERRORS_USUAL: Ratio = 0.01;

/** So many calls of a run may fail, and it still passes. */
const FAILURES_SPARED = 2;

/**
 * Returns the limit of the share of errors, in whole percent: 1%, or what is more of twice the
 * upper end of what was measured, and of what a run with `growth` times as many calls passes when
 * two of them fail. A limit below that would be open however well the run went.
 */
export function errorLimit(
  { errors, calls }: Pick<CallSummary, 'errors' | 'calls'>,
  growth: number,
): Ratio {
  const seen = errors === 0 ? 0 : proportionBounds(errors, calls).upper * 2;
  const n = Math.max(FAILURES_SPARED, Math.floor(calls * growth));
  const share = { hits: FAILURES_SPARED, n, clumps: 1, side: 'below' } as const;
  const { upper } = shareInterval(share, { fails: 1, passes: 1 });
  const least = Math.max(ERRORS_USUAL, seen, upper);
  return Math.min(1, Math.ceil(least * 100) / 100);
}
