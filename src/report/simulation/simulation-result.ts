import type { QuantileEstimate } from '../../analyze/index.ts';
import type { Ms, Ns, Ratio, RatePerSec } from '../../core/index.ts';

/** What a simulated load was, beside the run as whose its targets answered. */
export interface SimulationResult {
  /** The run. */
  readonly as: {
    readonly runId: string;
    readonly startedEpochMs: Ms;
    /** It ended before its load did. */
    readonly isPartial: boolean;
  };
  /** In the order of the scenario. */
  readonly steps: readonly SimulatedStep[];
  /** By target: the whole measured time first, then its stretches. */
  readonly loads: readonly TargetLoad[];
  /** What of the scenario is not simulated, a sentence each. */
  readonly leftOut: readonly string[];
}

export interface SimulatedStep {
  readonly step: string;
  readonly target: string;
  /** In the run; undefined where no call of the step was measured there. */
  readonly run: StepSide | undefined;
  /** In the simulation; undefined where no call of it was made. */
  readonly simulated: StepSide | undefined;
  /** Attempts of all phases that the model was asked for. */
  readonly attempts: number;
  /**
   * Those that the run had cut off, and that have more time here: it is not known what would have
   * become of them, and they time out.
   */
  readonly unknown: number;
  /** The shortest time past which nothing is known of some; undefined where all is known. */
  readonly unknownFromNs: Ns | undefined;
  /** Those in stretches in which the run made none. */
  readonly borrowed: number;
  /**
   * How often retries of the run failed, beside first attempts of the same seconds: so they do
   * here. Undefined where it does not tell; attempts are independent then.
   */
  readonly failsAgain: { readonly retries: number; readonly failed: number } | undefined;
}

/** Calls of a step in the measured phases. */
export interface StepSide {
  readonly calls: number;
  /** Calls that were no errors, of those that came to an end; with its 95% interval. */
  readonly success: { readonly ratio: Ratio; readonly lower: Ratio; readonly upper: Ratio };
  /** Of the response time: p50, p99 and p99.9. */
  readonly percentiles: readonly QuantileEstimate[];
  readonly attempts: number;
  readonly attemptsPerCall: number;
}

/** Attempts that a target gets, in the whole measured time or in a stretch of it. */
export interface TargetLoad {
  readonly target: string;
  /** `steady`, `steady during payment-stall`; '' for the whole. */
  readonly stretch: string;
  readonly seconds: number;
  readonly runPerSec: RatePerSec;
  readonly simulatedPerSec: RatePerSec;
  /** More than the run put on it by what chance does not: the model says nothing of that. */
  readonly isBeyond: boolean;
}
