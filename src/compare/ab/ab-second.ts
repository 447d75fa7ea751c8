import type { Outcome } from '../../core/index.ts';
import type { BucketCounts } from '../log-buckets.ts';

/** What both sides did in one second of the load: calls by their intended start. */
export interface AbSecond {
  readonly second: number;
  readonly phase: string;
  readonly steps: readonly AbStepSecond[];
  readonly arrivals: AbPair;
  /** Of the arrivals, those that found no free slot. */
  readonly dropped: AbPair;
}

/** The calls of one step. */
export interface AbStepSecond {
  readonly step: string;
  readonly a: SideCalls;
  readonly b: SideCalls;
}

/** The calls that one of the two sides got. */
export interface SideCalls {
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** The response times of answered and cut-off calls, the latter at their bounds. */
  readonly response: BucketCounts;
  /** Those of `response` that were cut off; empty for none. */
  readonly cutOff: BucketCounts;
}

/** A count of each side. */
export interface AbPair {
  readonly a: number;
  readonly b: number;
}
