import type { ShareRow, PercentileRow, RowLimits } from '../compare/index.ts';
import type { Ns, Ratio, RatePerSec } from '../core/index.ts';

/**
 * Whether a part of what was recommended did what it promises:
 *
 * - `held`, `not-held`: by an interval that says so
 * - `cannot-tell`: the interval holds both
 * - `untested`: what the part is for did not happen; it takes part in no verdict
 */
export type PartVerdict = 'held' | 'not-held' | 'cannot-tell' | 'untested';

/**
 * Of a step, or of all: `not-held` where a part did not hold, `cannot-tell` where one is open.
 * `invalid`: the generator shaped a run, or a run ended early.
 */
export type Verdict = 'invalid' | 'not-held' | 'cannot-tell' | 'held';

/** One promise of a recommendation, and what became of it. */
export interface PartResult {
  readonly part: PartName;
  readonly verdict: PartVerdict;
  /** What it promises, and what was seen: a phrase each. */
  readonly promise: string;
  readonly seen: string;
  /** What would decide it, or how to test it; '' where it is decided. */
  readonly decidedBy: string;
}

export type PartName =
  | 'success'
  | 'median'
  | 'attempt timeout'
  | 'connect timeout'
  | 'retries'
  | 'load'
  | 'hedge'
  | 'refusals';

/** The calls of one step in one of the two runs, in its measured phases. */
export interface StepSide {
  readonly calls: number;
  /** Of the calls that ended by themselves, those that failed, refused ones among them. */
  readonly errorRatio: Ratio;
  /** Sendings; of a step without a policy as many as calls. */
  readonly attempts: number;
  readonly retries: number;
  readonly hedges: number;
  /** Calls that the policy refused. */
  readonly rejected: number;
  /** What refused most of them; '' for nothing. */
  readonly rejectedBy: string;
  readonly measuredNs: Ns;
  /** Attempts on the target. */
  readonly attemptsPerSec: RatePerSec;
  /** Of the calls outside faults and their guard. */
  readonly rejectedHealthy: Hits;
}

/** So many of n. */
export interface Hits {
  readonly hits: number;
  readonly n: number;
}

/** The connections to the target of a step, held against the connect timeout that was tried. */
export interface ConnectsSeen {
  readonly timeoutNs: Ns;
  /** Of those that the run before opened outside faults, the ones that took longer. */
  readonly healthy: Hits;
  /** In the measured phases of the run after, faults among them. */
  readonly after: { readonly opened: number; readonly timedOut: number };
}

/** What became of the recommendation for one step. */
export interface StepVerification {
  readonly step: string;
  readonly target: string;
  /** What it was made with after, in words. */
  readonly policy: string;
  readonly verdict: Exclude<Verdict, 'invalid'>;
  readonly parts: readonly PartResult[];
  readonly before: StepSide;
  readonly after: StepSide;
  /**
   * Of the attempts before, those that were answered after the recommended timeout: with it they
   * are given up although they would have succeeded.
   */
  readonly falseTimeouts: { readonly healthy: Hits; readonly all: Hits };
  readonly connects: ConnectsSeen;
}

/** A recommendation that the two runs say nothing of. */
export interface Unverified {
  /** `orders → payment  POST /api/charges`. */
  readonly edge: string;
  readonly reason: string;
}

/** One of the two runs. */
export interface VerifiedSide {
  readonly runId: string;
  readonly measuredNs: Ns;
}

/** A run as it is, and the same with what was recommended. */
export interface Verification {
  readonly scenario: string;
  /** By which recommendations were made. */
  readonly recommendedBy: readonly string[];
  readonly verdict: Verdict;
  /** Why it is invalid; empty for a valid one. */
  readonly invalid: readonly string[];
  readonly before: VerifiedSide;
  readonly after: VerifiedSide;
  /** In what the two were made otherwise; empty for nothing. */
  readonly differences: readonly string[];
  readonly steps: readonly StepVerification[];
  readonly limits: RowLimits;
  readonly shares: readonly ShareRow[];
  readonly percentiles: readonly PercentileRow[];
  readonly unverified: readonly Unverified[];
}
