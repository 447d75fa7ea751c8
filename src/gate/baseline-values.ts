import type { Ratio } from '../core/index.ts';

/** What of two runs is compared. */
export interface BaselineQuestion {
  readonly of: BaselineSubject;
  /** The steps that are meant, together; empty for `dropped` and `arrivals`. */
  readonly steps: readonly string[];
  /** '' for all phases that both runs have. */
  readonly phase: string;
  /** Whether only the time outside fault windows and their guards is meant. */
  readonly isHealthy: boolean;
  /** What the baseline's value is multiplied by. */
  readonly factor: number;
}

/** A percentile of the response time, a share of the calls or arrivals, or a rate per second. */
export type BaselineSubject =
  | { readonly kind: 'percentile'; readonly percent: number }
  | { readonly kind: 'errors' | 'timeouts' | 'rejected' | 'fallbacks' | 'dropped' }
  | { readonly kind: 'calls' | 'arrivals' };

/** What both runs say: values in ns, ratios or events per second. */
export type BaselineAnswer = BaselineDifference | BaselineGap;

export interface BaselineDifference {
  readonly kind: 'known';
  /** The baseline's value, before the factor. */
  readonly baseline: number;
  /** The run's. */
  readonly value: number;
  /** Of value - factor * baseline: the 95% interval, by blocks of time of both runs. */
  readonly lower: number;
  readonly upper: number;
  /** Why the interval says nothing, the samples being too small; '' where it does. */
  readonly doubt: string;
  /** Calls or arrivals of the run. */
  readonly n: number;
  /** How many it wants; absent where they are not what is missing. */
  readonly neededN?: number;
  /** Where the baseline is version A of the same run; absent else. */
  readonly by?: BaselineEvidence;
}

/**
 * What says how B lies to A: `pairs` of seconds, in which what both met alike cancels out, or
 * `blocks` of time, in which it does not.
 */
export type BaselineEvidence = 'pairs' | 'blocks';

/** One of the runs has nothing that answers, or is not there. */
export interface BaselineGap {
  /** - `absent`: the baseline is not there, so that nothing is known. */
  readonly kind: 'missing' | 'absent';
  readonly reason: string;
}

/** A run and the one that it is held against; `compare` makes one of two digests. */
export interface BaselineValues {
  /** The run that is the baseline. */
  readonly runId: string;
  readonly answer: (question: BaselineQuestion) => BaselineAnswer;
}

/** A threshold's limit as the baseline makes it. */
export interface BaselineTerms {
  readonly factor: Ratio;
  readonly offset: number;
  /** The baseline's value; absent where there is none. */
  readonly value?: number;
  /** Where it is version A of the same run; absent else. */
  readonly by?: BaselineEvidence;
}
