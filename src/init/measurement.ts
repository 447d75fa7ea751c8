import type { Ms, RatePerSec, Ratio } from '../core/index.ts';
import type { TimeLimit } from './limits.ts';

/** What a step showed when it was called for the first time. */
export type StepFinding =
  | {
      readonly kind: 'ok';
      readonly calls: number;
      readonly errors: number;
      readonly errorLimit: Ratio;
      /** Absent where the calls do not bound a percentile that a run would decide. */
      readonly timeLimit?: TimeLimit;
    }
  /** `seen`: what came in place of an answer that the step accepts. */
  | { readonly kind: 'failed'; readonly seen: string };

/** What thresholds are made of, or why there is nothing. */
export type Measurement =
  | {
      readonly kind: 'measured';
      readonly startedEpochMs: Ms;
      readonly ratePerSec: RatePerSec;
      /** Processor, cores and platform of the machine that called. */
      readonly machine: string;
      /** By the names of the steps: every one has its finding. */
      readonly findings: ReadonlyMap<string, StepFinding>;
    }
  /** `findings`: of steps that were called and failed. */
  | {
      readonly kind: 'none';
      readonly reason: string;
      readonly findings: ReadonlyMap<string, StepFinding>;
    };

/** How long the steps are measured, behind one call of each. */
export const MEASURED_SECONDS = 10;
/** The calls of the first round come one after another, so far apart. */
export const FIRST_CALLS_PER_SEC: RatePerSec = 10;
