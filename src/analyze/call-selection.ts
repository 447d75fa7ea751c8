import type { Ns, TimeRange } from '../core/index.ts';
import type { CallSummary } from './summaries.ts';

/** Calls of the measured phases that are summed up beside the steps: of some of them, some time. */
export interface CallSelection {
  /** Together; none where only the arrivals are wanted. */
  readonly steps: readonly string[];
  /** '' for all measured phases. */
  readonly phase: string;
  /** Only these of them; absent for all. */
  readonly phases?: readonly string[];
  /** Only the seconds in the windows of this fault; absent for any. */
  readonly fault?: string;
  /** Only the healthy seconds. */
  readonly healthy?: true;
  /** Attempts are those that were sent; of a step without a policy they are its calls. */
  readonly of: 'calls' | 'attempts';
  /** Absent where no stretches are wanted. */
  readonly stretches?: StretchQuestion;
}

/** What is wanted of every stretch of some length, from each second on. */
export interface StretchQuestion {
  readonly seconds: number;
  /** The clock that is summed up; absent for none: counts alone. */
  readonly clock?: 'response' | 'service';
  /** The percentile of it; absent for its mean and its ends alone. */
  readonly percent?: number;
  /**
   * The end of the interval that is held against a limit to tell that a stretch misses it. Of m
   * stretches each misses 2.5% / m of the time, since so many are looked at.
   */
  readonly worstBy: 'lower' | 'upper';
}

export interface SelectedCalls {
  readonly selection: CallSelection;
  /** How much of the measured time was selected. */
  readonly ranNs: Ns;
  /** Of attempts, their times are service times in both clocks. */
  readonly summary: CallSummary;
  /** Of steps with a policy; absent where none of the selected has one. */
  readonly policy?: { readonly calls: number; readonly attempts: number };
  readonly arrivals: SelectedArrivals;
  /** Those that lie in the selected time, in their order; none where none were wanted. */
  readonly stretches: readonly StretchCalls[];
}

/** Arrivals that fell due, and those of them that were dropped. */
export interface SelectedArrivals {
  readonly due: number;
  readonly dropped: number;
}

/** The calls of a stretch of time; its clocks have one percentile at most, and no sample. */
export interface StretchCalls extends TimeRange {
  readonly summary: CallSummary;
  readonly arrivals: SelectedArrivals;
}
