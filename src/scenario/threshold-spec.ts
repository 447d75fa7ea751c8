import type { Ns } from '../core/index.ts';
import type { ThresholdAggregate } from './threshold-aggregates.ts';

export type ThresholdOperator = '<' | '<=' | '>' | '>=' | '==' | '!=';

export type ThresholdMetric =
  | 'response'
  | 'service'
  | 'lag'
  | 'errors'
  | 'timeouts'
  | 'calls'
  | 'rejected'
  | 'fallbacks'
  | 'amplification'
  | 'arrivals'
  | 'dropped'
  | 'connect-errors';

/** In place of the name of a step: every step that the selectors leave. */
export const EVERY_STEP = '*';

/**
 * One condition on the result, `create-order.response p(99.9) < 300ms` say. The subject is a step's
 * `response`, `service` or `errors`, what its policy did, or the run's `dropped`, `lag`; selectors
 * narrow it: `*.response{target: orders, fault: none} p(99) over 10s <= baseline * 1.05`. Or it is
 * an edge, `orders → payment p(99) < 200ms`: its metric is `service`, the time of an attempt as its
 * caller saw it.
 */
export interface ThresholdSpec {
  /** As the user wrote it. */
  readonly text: string;
  /** A target of `connect-errors`; '' for edges and for the subjects of the whole run. */
  readonly step: string;
  /** The steps of the scenario that are meant; absent where `step` is the one. */
  readonly steps?: readonly string[];
  readonly edge?: EdgeSubject;
  readonly metric: ThresholdMetric;
  /** '' for all measured phases. */
  readonly phase: string;
  /** With `over` and no phase: those that call one of its steps, where not all of them do. */
  readonly phases?: readonly string[];
  /** Only steps that call it; absent for any. */
  readonly target?: string;
  /** Only steps that have it; absent for any. */
  readonly tag?: TagSelector;
  /** Only the time in the windows of this fault; absent for all. */
  readonly fault?: string;
  /** Only the healthy time, `{fault: none}`: outside every fault window and its guard. */
  readonly healthy?: true;
  /** Absent for calls, but `service`, which is of attempts. */
  readonly of?: 'calls' | 'attempts';
  readonly aggregate: ThresholdAggregate;
  /** Whole seconds: it must hold in every stretch of this length. Absent for once, over all. */
  readonly overNs?: Ns;
  readonly operator: ThresholdOperator;
  /**
   * In ns for durations, a ratio for `rate`, events per second for `calls rate` and
   * `arrivals rate`, a number for `count` and `amplification`.
   */
  readonly limit: number | BaselineLimit;
  /** Absent: it is judged at the end alone. */
  readonly abortOnFail?: AbortOnFail;
  /** Absent: the run is inconclusive then. */
  readonly whenInconclusive?: WhenInconclusive;
}

/** That a threshold ends the load once it has failed for sure. */
export interface AbortOnFail {
  /** How long its phase, or the first that is measured, goes on before it is looked at. */
  readonly delayNs: Ns;
}

/**
 * What becomes of a threshold that the run cannot tell: it counts as failed, or as held, or the
 * load goes on until it can, up to a bound.
 */
export type WhenInconclusive = 'fail' | 'pass' | 'extend';

/** A threshold whose limit is known before the run. */
export interface FixedThreshold extends ThresholdSpec {
  readonly limit: number;
}

/** A limit by what the baseline had: `factor * baseline + offset`. */
export interface BaselineLimit {
  /** > 0. */
  readonly factor: number;
  /** In the unit of the limit; below 0 where it is to be better by so much. */
  readonly offset: number;
}

export interface TagSelector {
  readonly name: string;
  /** Absent for any. */
  readonly value?: string;
}

/** The edge that a threshold is on; whether there is one is known after the run. */
export interface EdgeSubject {
  readonly caller: string;
  readonly callee: string;
  /** '' for all operations together. */
  readonly operation: string;
}
