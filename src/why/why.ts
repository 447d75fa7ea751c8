import type { Ns, Outcome, Ratio, SparseHistogram, TimeRange } from '../core/index.ts';
import type { Cause } from '../incident/index.ts';

/** What a gate failed on, and what makes a call one of those it failed for. */
export interface WhyTarget {
  /** The threshold as it was written, or what got worse: `create-order p99`. */
  readonly text: string;
  readonly step: string;
  /** Set for attempts between services, in place of a step. */
  readonly edge?: { readonly caller: string; readonly callee: string; readonly operation: string };
  readonly phases: readonly string[];
  /** Only calls that began in these times, from the start of the run; absent for all. */
  readonly ranges?: readonly TimeRange[];
  /** Whether calls count by their response times, or attempts by their own. */
  readonly clock: 'response' | 'service';
  readonly bad: BadCalls;
}

/** Calls beyond a limit, or those that ended so. */
export type BadCalls =
  | { readonly kind: 'slow'; readonly limitNs: Ns }
  | { readonly kind: 'failed'; readonly outcomes: readonly Outcome[] };

/** How many calls of a target there were, whether or not their spans are stored. */
export interface CallCounts {
  /** Durations of those that ended ok or failed a check, on the clock of the target. */
  readonly timed: SparseHistogram;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

/**
 * - `explained`: something sets the bad calls apart.
 * - `unexplained`: what sets them apart is no more than how calls of the run differ by themselves.
 * - `all`: there are next to no calls that are not bad, to hold them against.
 * - `few`: too few of them are stored.
 */
export type WhyState = 'explained' | 'unexplained' | 'all' | 'few';

/** Why a gate failed, as far as spans tell. */
export interface Why {
  readonly target: WhyTarget;
  readonly state: WhyState;
  readonly bad: CallSide;
  readonly good: CallSide;
  /** Which places of the critical path hold more in bad calls, those with most first. */
  readonly places: readonly PlaceDifference[];
  /** Where the failures of bad calls began, the most frequent first. */
  readonly origins: readonly Origin[];
  /** The calls between services that are repeated more in bad calls; at most one. */
  readonly retries: readonly Retries[];
  /** Faults of the scenario that touched bad calls. */
  readonly faults: readonly FaultShare[];
  /** Values of attributes that bad calls have more than others. */
  readonly values: readonly SeparatingValue[];
  /** The shortest time in which almost all bad calls began, where that is much shorter. */
  readonly burst?: Burst;
  /** Where the bad calls spend their time on average, most first: no cause by itself. */
  readonly usual: readonly PlaceTime[];
  /** The bad calls that took longest, or failed last, at most {@link EXAMPLES_MAX}. */
  readonly examples: readonly CallExample[];
  readonly against?: AgainstBaseline;
  readonly stored: Stored;
}

export const EXAMPLES_MAX = 5;
export const PLACES_MAX = 6;

/** Calls of one sort. */
export interface CallSide {
  /** All that the run had. */
  readonly calls: number;
  /** Those of them whose spans were read. */
  readonly read: number;
  /** Of all, as far as those that were read stand for them. */
  readonly meanNs: number;
}

/** A place of a critical path: what a caller waits for. */
export interface Place {
  /**
   * - `work`: a service's own.
   * - `way`: a call there and back, without what its callee's span has: network, queue, proxy.
   * - `generator`: callgauge's own delay before it saw the call; `connection`: waiting for one;
   *   `between`: waits between attempts.
   */
  readonly kind: 'work' | 'way' | 'generator' | 'connection' | 'between';
  readonly service: string;
  /** Of a way; '' where nobody knows. */
  readonly callee: string;
  readonly operation: string;
  /** The operation of the service above, where one place is called from several; else ''. */
  readonly below: string;
}

/** How long a place holds a call, on average over all calls of a sort, in ns. */
export interface PlaceDifference {
  readonly place: Place;
  readonly beforeNs: number;
  readonly afterNs: number;
  /** 95% interval of the difference, by bootstrap over calls. */
  readonly lowNs: number;
  readonly highNs: number;
  /** Of the difference of whole calls, 0 to 1. */
  readonly share: Ratio;
  /** How many calls of either sort it held far longer than the others differ by themselves. */
  readonly farBefore: Ratio;
  readonly farAfter: Ratio;
  /** Whether that is so for most of the bad, and it is a good part of the difference. */
  readonly standsOut: boolean;
}

export interface Origin {
  readonly place: Place;
  /** A status, the type of an error; '' where the span says nothing. */
  readonly reason: string;
  /** - `waiting`: the place still ran when its caller gave up. */
  readonly kind: 'own' | 'peer' | 'waiting';
  /** Of the bad calls. */
  readonly share: Ratio;
  readonly calls: number;
}

export interface Retries {
  readonly caller: string;
  readonly peer: string;
  /** Further attempts, per call. */
  readonly badPerCall: number;
  readonly goodPerCall: number;
}

/** How often something is there among bad calls and others. */
export interface ValueShares {
  readonly badGivenValue: Ratio;
  readonly valueGivenBad: Ratio;
  readonly valueGivenGood: Ratio;
}

export interface FaultShare extends ValueShares {
  readonly fault: string;
}

export interface SeparatingValue extends ValueShares {
  readonly service: string;
  readonly key: string;
  readonly value: string;
  /** The part of false discoveries to expect if this and all surer values are taken for real. */
  readonly q: number;
  /** How many further values the same calls have. */
  readonly alike: number;
}

export interface Burst {
  /** From the start of the run. */
  readonly fromNs: Ns;
  readonly toNs: Ns;
  readonly badShare: Ratio;
  readonly goodShare: Ratio;
}

export interface CallExample {
  readonly traceId: string;
  readonly tookNs: Ns;
  readonly outcome: string;
  /** What holds most of it, the most first. */
  readonly path: readonly PlaceTime[];
}

export interface PlaceTime {
  readonly place: Place;
  readonly ns: number;
}

/** The same calls of a baseline, all of them, against all of this run. */
export interface AgainstBaseline {
  readonly runId: string;
  /** Of the same run, where it measured two versions; absent for another run. */
  readonly version?: 'A';
  readonly before: CallSide;
  readonly after: CallSide;
  readonly places: readonly PlaceDifference[];
  /** The services that explain the change, as `incident` ranks them; proven ones. */
  readonly causes: readonly Pick<Cause, 'service' | 'kind' | 'addedTime' | 'addedErrors'>[];
}

/** How much of the calls the stored spans show. */
export interface Stored {
  /** Calls that were read of which a service's span is there. */
  readonly served: number;
  /** Calls that were read with a span whose parent is missing. */
  readonly broken: number;
  /** Why attributes of services took no part; '' where they did. */
  readonly noAttributes: string;
}

/** Why one threshold failed, or why nothing is said of it. */
export interface WhyEntry {
  /** As {@link WhyTarget.text}. */
  readonly text: string;
  readonly why?: Why;
  /** Why there is none; '' where there is one. */
  readonly silence: string;
}

/** Why the gate of a run failed. */
export interface WhyOfRun {
  readonly runId: string;
  /** By the thresholds, in the order of the scenario; as many as were asked for. */
  readonly entries: readonly WhyEntry[];
  /** Further thresholds that failed. */
  readonly left: number;
  /** Why nothing is told of any of them: the generator was the cause; '' where it was not. */
  readonly invalid: string;
  /** What is to be said of the baseline; '' for nothing. */
  readonly baselineNote: string;
}
