import type { Ns, Ratio } from '../core/index.ts';
import type { Measure } from './series.ts';

/** What one window of traces has that the baseline has not, the likeliest causes first. */
export interface Incident {
  /** Per root operation, those with the most traces first: what a user of the system saw. */
  readonly roots: readonly RootChange[];
  /** Whether any cause is proven; where none is, nothing explains a change. */
  readonly isExplained: boolean;
  /** The likeliest first, those that chance may explain among them; at most {@link CAUSES_MAX}. */
  readonly causes: readonly Cause[];
  readonly baseline: Completeness;
  readonly window: Completeness;
  readonly seed: number;
}

export const CAUSE_KINDS = [
  'slower-inside',
  'network-around',
  'called-more',
  'errors-begin',
  'calls-missing',
  'retries-multiply',
  'attribute-value',
] as const;

/**
 * - `slower-inside`: the service's own work takes longer.
 * - `network-around`: calls to it take longer than it does, or calls that it makes.
 * - `called-more`: it makes more calls per request.
 * - `errors-begin`: errors begin in it.
 * - `calls-missing`: requests stop in it, or after a call to it.
 * - `retries-multiply`: it repeats failed calls.
 * - `attribute-value`: any of these, where one value of an attribute has almost all of the harm.
 */
export type CauseKind = (typeof CAUSE_KINDS)[number];

/** One service, with all that speaks for it. */
export interface Cause {
  readonly service: string;
  /** Of its evidence, the kind with the most harm. */
  readonly kind: CauseKind;
  /** Whether some of its evidence is large enough to matter, and chance does not explain it. */
  readonly isProven: boolean;
  /** In traces of the window: 0.5 is half the time of all, or half of them failed. */
  readonly harm: number;
  /** The part of the time that was added to the traces. */
  readonly addedTime?: Share;
  /** The part of the errors that were added. */
  readonly addedErrors?: Share;
  /** The part of the requests that stopped where those of the baseline went on. */
  readonly stopped?: Share;
  /** The most harmful first, at most {@link EVIDENCE_MAX}. */
  readonly evidence: readonly Evidence[];
  /** Of a proven cause: values that bad calls have more than others, most so first. */
  readonly attributes: readonly AttributeValue[];
  /** The traces with the most of it, at most three. */
  readonly examples: readonly TraceExample[];
}

export const CAUSES_MAX = 8;
export const EVIDENCE_MAX = 5;

export interface Share {
  readonly share: Ratio;
  /** 95% interval, by bootstrap over traces. */
  readonly low: Ratio;
  readonly high: Ratio;
  /** Per trace of the window: ns of time, or a number of errors or stops. */
  readonly perTrace: number;
}

/** One measured change of a service. */
export interface Evidence {
  readonly kind: CauseKind;
  readonly measure: Measure;
  readonly service: string;
  readonly peer: string;
  readonly operation: string;
  /** See `SeriesKey`. */
  readonly place: string;
  /** The part of it that is laid to the cause; the rest to the other side of the call. */
  readonly share: Ratio;
  readonly harm: number;
  /** Ns per span, calls per span of the operation, or a ratio. */
  readonly baselineMean: number;
  readonly windowMean: number;
  readonly baselineCount: number;
  readonly windowCount: number;
  readonly q: number;
}

/** One value of an attribute among the calls that the strongest evidence of a cause is about. */
export interface AttributeValue {
  readonly key: string;
  readonly value: string;
  /** P(bad | v) and P(v | bad); P(v | not bad) beside. */
  readonly badGivenValue: Ratio;
  readonly valueGivenBad: Ratio;
  readonly valueGivenGood: Ratio;
  readonly badCalls: number;
  readonly calls: number;
  readonly q: number;
}

export interface TraceExample {
  readonly traceId: string;
  /** In traces' worth: 1 is what a trace of the baseline takes, or one failure. */
  readonly harm: number;
  readonly durationNs: Ns;
  /** Of its earliest span. */
  readonly startEpochNs: bigint;
}

/** One root operation in both windows. */
export interface RootChange {
  readonly service: string;
  readonly operation: string;
  readonly baseline: RootNumbers;
  readonly window: RootNumbers;
}

export interface RootNumbers {
  readonly count: number;
  readonly errorCount: number;
  /** Undefined where there is no trace. */
  readonly medianNs: number | undefined;
  readonly p95Ns: number | undefined;
}

/** How whole the traces of a window are. */
export interface Completeness {
  readonly traces: number;
  /** How many traces they stand for: more where the store has a sample. */
  readonly weightedTraces: number;
  readonly spans: number;
  /** Spans whose parent is named and absent, and traces that have one. */
  readonly orphans: number;
  readonly brokenTraces: number;
  /** Spans without valid times, which take no part. */
  readonly invalidSpans: number;
  /** Traces that there are; more than `traces` where these are a sample. */
  readonly tracesInAll: number;
}
