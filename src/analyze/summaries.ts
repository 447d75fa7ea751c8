import type { Ns, Outcome, Ratio, RatePerSec } from '../core/index.ts';
import type { CensoredSample } from './censored-sample.ts';
import type { OutcomeClumps } from './clumped-outcomes.ts';
import type { Dependence } from './effective-sample-size.ts';
import type { QuantileEstimate } from './quantile.ts';

export interface CallSummary {
  /** Calls that were sent or gave up waiting: every outcome but `dropped`. */
  readonly calls: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** `status` + `timeout` + `transport` + `check`. */
  readonly errors: number;
  /**
   * `errors` over the calls that came to an end by themselves (all but `cancelled`); 0 for none.
   */
  readonly errorRatio: Ratio;
  readonly timeoutRatio: Ratio;
  /** How calls that ended in one way come together; absent where nothing shows it. */
  readonly clumps?: OutcomeClumps;
  /** Calls per second of the time that was measured. */
  readonly achievedPerSec: RatePerSec;
  /** Over the outcomes ok, check, timeout and cancelled, the latter two censored. */
  readonly response: ClockSummary;
  /**
   * Likewise, from the moment at which the arrival was seen: the response time without the
   * generator's own delay. Empty for a run that was stored before this was recorded.
   */
  readonly corrected: ClockSummary;
  /** Likewise; less a call that was cancelled while it waited, which was never sent. */
  readonly service: ClockSummary;
}

/** The distribution of one clock. Without a sample (`n` 0) the durations are 0 and mean nothing. */
export interface ClockSummary {
  readonly n: number;
  readonly censored: number;
  readonly minNs: Ns;
  /** A lower bound where `censored` > 0. */
  readonly meanNs: Ns;
  readonly maxNs: Ns;
  /** True where the longest was cut off, so that `maxNs` is only what it took at least. */
  readonly maxAtLeast: boolean;
  /** One estimate per entry of REPORTED_PERCENTS, in that order. */
  readonly percentiles: readonly QuantileEstimate[];
  /** How alike the calls are behind each of them, in the same order. */
  readonly dependence: readonly Dependence[];
  /** What the estimates were made of, for further percentiles. */
  readonly sample: CensoredSample;
}
