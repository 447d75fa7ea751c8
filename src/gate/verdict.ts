import type { ServiceEnd, TimeRange } from '../core/index.ts';
import type { ThresholdOperator } from '../scenario/index.ts';
import type { BaselineTerms } from './baseline-values.ts';

/**
 * - `pass`, `fail`: the condition holds, or not.
 * - `inconclusive`: the run cannot tell; `reason` and `neededN` say what is wanted.
 * - `unmatched`: nothing in the run answers to the subject. An error: it fails the run.
 */
export type ThresholdState = 'pass' | 'fail' | 'inconclusive' | 'unmatched';

/** The stretch of time that decided a threshold: the numbers beside it are of its calls. */
export interface WorstStretch extends TimeRange {
  /** How many there were, and how many of them fail. */
  readonly stretches: number;
  readonly failed: number;
}

/** One threshold held against the run. */
export interface ThresholdResult {
  /** As the user wrote it. */
  readonly text: string;
  readonly state: ThresholdState;
  readonly operator: ThresholdOperator;
  /**
   * In ns, a ratio or a number, as `unit` says; `factor` is attempts per call, `rate` events per
   * second. Absent where a baseline is to say it and does not.
   */
  readonly limit?: number;
  readonly unit: 'ns' | 'ratio' | 'count' | 'factor' | 'rate';
  /** Of a limit that is relative to a baseline: what it was made of. */
  readonly baseline?: BaselineTerms;
  /** Of a threshold over stretches of time: the worst of them; absent where there is none. */
  readonly stretch?: WorstStretch;
  /** The value seen, in `unit`; absent where there is none. */
  readonly value?: number;
  /**
   * Where there is no value: what it is not below, with 95% probability; absent where not even that
   * is known.
   */
  readonly lowerBound?: number;
  /** True where the value is only a lower bound, calls having been cut off. */
  readonly atLeast: boolean;
  /** The 95% interval of a percentile or share, in `unit`; absent where there is none. */
  readonly interval?: { readonly lower: number; readonly upper: number; readonly open: boolean };
  /** How many calls, arrivals or attempts the value is of. */
  readonly n: number;
  /** Calls that the percentile wants; absent where they are not what is missing. */
  readonly neededN?: number;
  /** Of one that is inconclusive: what the scenario has it count as; absent for what it is. */
  readonly countsAs?: 'pass' | 'fail';
  /** Why it is not a pass, a short phrase; '' for a pass. */
  readonly reason: string;
}

/**
 * Invalid beats failed, also where a failed threshold ended the load; failed beats inconclusive,
 * inconclusive beats passed; but a run that lost a service, or whose target let no call succeed,
 * has failed. Without thresholds a run passes where it is valid and a call succeeded.
 */
export type VerdictOutcome = 'passed' | 'failed' | 'inconclusive' | 'invalid';

/** Why a run must not be believed. */
export interface Invalidity {
  /** What the generator did to the results, each a phrase with its numbers; at least one. */
  readonly reasons: readonly string[];
  /** What to do about it. */
  readonly remedy: string;
}

export interface Verdict {
  readonly outcome: VerdictOutcome;
  /**
   * Set where the numbers must not be believed: the generator itself was the cause of what was
   * measured. The outcome is `invalid` then, or `failed` for what no lateness explains.
   */
  readonly invalid?: Invalidity;
  /**
   * Set where no call succeeded, and no threshold asks for that: why, one sentence. The outcome is
   * `failed` then, or `invalid`.
   */
  readonly lackOfSuccess?: string;
  /** Services that ended unasked while the load went on; with one, the outcome is `failed`. */
  readonly lostServices: readonly ServiceEnd[];
  /** True where the run was not complete: the verdict is on what was measured. */
  readonly partial: boolean;
  /** In the order of the scenario. */
  readonly thresholds: readonly ThresholdResult[];
}
