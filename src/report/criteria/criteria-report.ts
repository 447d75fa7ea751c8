import type { Ms, Ns, Ratio } from '../../core/index.ts';
import type { ThresholdResult } from '../../gate/index.ts';
import type { ReportDocument } from '../section.ts';

/**
 * - `pass`, `fail`: what was asked for holds, or not.
 * - `inconclusive`: the sample was too small to tell.
 * - `invalid`: the generator itself was the cause of what was measured.
 * - `error`: it could not be found out, or not be kept.
 * - `skipped`: not judged, which decides nothing.
 */
export type CriterionState = 'pass' | 'fail' | 'inconclusive' | 'invalid' | 'error' | 'skipped';

/** One thing that a CI system shows as green, red or neither. */
export interface Criterion {
  /** What is asked for: `create-order.response p(99) < 300ms`. */
  readonly name: string;
  readonly state: CriterionState;
  /** What was seen, or why there is nothing; one phrase. */
  readonly message: string;
  /** What more there is to say of it, a sentence each. */
  readonly details?: readonly string[];
  /** What was measured, and held against a limit. */
  readonly measured?: JudgedValue;
  /** Where a file asks for it. */
  readonly place?: CriterionPlace;
}

/** A value and its limit, in `unit`. */
export interface JudgedValue {
  /** What it is of, without its limit: `create-order.response p(99)`. */
  readonly label: string;
  readonly unit: ThresholdResult['unit'];
  readonly value: number;
  /** Absent where nothing was asked for, or a baseline is to say it and does not. */
  readonly limit?: { readonly operator: ThresholdResult['operator']; readonly value: number };
}

/** A place in a file of the user's; line and column count from 1. */
export interface CriterionPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A number by which one run is compared with another, as monitoring systems take it. */
export interface Metric {
  /** Of the family, with its unit last: `callgauge_response_time_quantile_seconds`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * What a CI system is told of a run, of two runs, of many, or of a command that did not get so far.
 * Every form for such systems (JUnit, annotations, metrics, Nagios) is written from it alone.
 */
export interface CriteriaReport {
  /** Of the scenario; of a command that did not get so far its own. */
  readonly name: string;
  /** In a word or two: `passed`, `regression`. */
  readonly verdict: string;
  readonly startedEpochMs: Ms;
  /** How long was measured; 0 where nothing was. */
  readonly measuredNs: Ns;
  /** The machine; '' where that is not known. */
  readonly host: string;
  /** What identifies it and its main numbers, by names with the unit last. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** At least one. */
  readonly criteria: readonly Criterion[];
  /** Families together. */
  readonly metrics: readonly Metric[];
  /** The whole report. */
  readonly document: ReportDocument;
}

/** Returns a time in seconds to four digits, as files for programs have it. */
export function secondsOf(ns: Ns): number {
  return roundedTo4(ns / 1e9);
}

/** Returns a number with four digits: what lies beyond them is noise between two runs. */
export function roundedTo4(value: number | Ratio): number {
  return Number(value.toPrecision(4));
}

/** Returns whether the numbers beside it are to be believed; where not, there are none. */
export function validityMetric(isValid: boolean): Metric {
  return { name: 'callgauge_valid', labels: {}, value: isValid ? 1 : 0 };
}
