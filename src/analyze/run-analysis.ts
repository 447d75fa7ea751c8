import type {
  ConnectReason,
  FaultWindow,
  LoadModel,
  Ns,
  Outcome,
  Ratio,
  RatePerSec,
  RunRecord,
  TimeRange,
} from '../core/index.ts';
import type { FailedAttempts, SpanCounts } from '../spans/index.ts';
import type { SelectedCalls } from './call-selection.ts';
import type { PolicyCounts, PolicySummary } from './policy-analysis.ts';
import type { SlowCall } from './slow-call.ts';
import type { StatusCount } from './status-count.ts';
import type { CallSummary, ClockSummary } from './summaries.ts';

export type { CallSummary, ClockSummary } from './summaries.ts';

/**
 * What one run showed, as plain data: no classes, no bigints, safe to serialise. All numbers are of
 * the measured phases, where not said otherwise.
 */
export interface RunAnalysis {
  readonly run: RunRecord;
  /** True where the run was stopped early or its process died: less was measured than planned. */
  readonly partial: boolean;
  /** How long the measured phases ran. */
  readonly measuredNs: Ns;
  /** Every phase in the order of the scenario, the unmeasured too. */
  readonly phases: readonly PhaseAnalysis[];
  /** In the order of their names. */
  readonly steps: readonly StepAnalysis[];
  /** The generator's own delay: how long after its intended start each arrival was seen. */
  readonly lag: ClockSummary;
  /** What the generator added to the results itself, and how its sending threads fared. */
  readonly generator: GeneratorAnalysis;
  readonly counters: RunCounters;
  /** Why calls failed, in the measured phases: the most frequent first. */
  readonly errors: readonly ErrorAnalysis[];
  /** Why attempts between services failed in the measured phases; the most frequent first. */
  readonly edgeErrors: readonly FailedAttempts[];
  /** Time to open a connection, per target, over all phases and outside every fault window. */
  readonly connects: readonly ConnectAnalysis[];
  /** Connections that were dialled in the measured phases, by target. */
  readonly dials: readonly DialAnalysis[];
  readonly faults: readonly FaultAnalysis[];
  readonly healthy: HealthyTime;
  /**
   * The harness's own edges first, then those between services; each by caller, callee, operation.
   */
  readonly edges: readonly EdgeAnalysis[];
  /** Slowest response first. Only calls whose span was kept. */
  readonly slowestCalls: readonly SlowCall[];
  readonly spans: SpanCounts;
  /** For how many of the calls the server's span is stored, over all phases. */
  readonly served: ServedAnalysis;
  /** The calls that were asked for beside; absent for none. */
  readonly selected?: readonly SelectedCalls[];
}

/**
 * What is known of the servers' side of the calls:
 * - `none`: no server's span is stored; nobody sends any
 * - `whole`: of nearly all calls
 * - `part`: of less than 90% of the calls
 * - `early`: of the first half of the kept calls clearly more than of the second, as where services
 *   were stopped before they had sent their last
 */
export type ServedKind = 'none' | 'whole' | 'part' | 'early';

export interface ServedAnalysis extends ServedCount {
  readonly kind: ServedKind;
  /** Of the kept calls alone, by when they were sent. */
  readonly keptFirstHalf: ServedCount;
  readonly keptSecondHalf: ServedCount;
  readonly keptBySteps: readonly (ServedCount & { readonly step: string })[];
}

export interface ServedCount {
  /** Calls that were answered. */
  readonly calls: number;
  /** Those of them with a server's span. */
  readonly seen: number;
}

/** Calls of one step that failed for one reason; counted exactly. */
export interface ErrorAnalysis {
  readonly step: string;
  readonly outcome: Outcome;
  /** `other` for the reasons past the number of different ones that are counted apart. */
  readonly text: string;
  readonly count: number;
  /** Traces of such calls that are stored, at most two: of the first and of the last. */
  readonly traceIds: readonly string[];
}

export interface PhaseAnalysis {
  readonly name: string;
  readonly model: LoadModel;
  readonly measured: boolean;
  readonly fromNs: Ns;
  readonly toNs: Ns;
  /** How much of the phase took place: less than its length where the run was stopped. */
  readonly ranNs: Ns;
  /** Arrivals that the schedule foresees for the whole phase, where the caller knows it. */
  readonly wantedArrivals?: number;
  /** Arrivals that fell due. */
  readonly arrivals: number;
  readonly droppedArrivals: number;
  /** The generator's own delay in this phase. */
  readonly lag: ClockSummary;
}

/** The generator's knowledge of itself, over the measured phases. */
export interface GeneratorAnalysis {
  /** Arrivals that the schedule foresees; absent where that is not known, or a phase cut short. */
  readonly wantedArrivals?: number;
  /** Arrivals that were seen more than `lateNs` after their intended start. */
  readonly lateNs: Ns;
  readonly lateArrivals: number;
  /** Over all arrivals that fell due; 0 for none. */
  readonly lateRatio: Ratio;
  /** In the order of the run's steps. */
  readonly steps: readonly GeneratorStep[];
  /**
   * How long answers may have lain unread, the loop being busy: times are too long by at most that.
   */
  readonly uncertainty: ClockSummary;
  /** Absent for a run that was stored before this was recorded. */
  readonly thread?: ThreadAnalysis;
}

export interface GeneratorStep {
  readonly step: string;
  readonly corrected: ClockSummary;
  /** One per reported percentile that is known, ascending. */
  readonly added: readonly GeneratorShare[];
}

/** A percentile of the response time, and what of it is the generator's. */
export interface GeneratorShare {
  readonly percent: number;
  /** Whether the calls are too few, or too much alike, for an interval of the response time. */
  readonly isRefused: boolean;
  readonly responseNs: Ns;
  readonly correctedNs: Ns;
  readonly addedNs: Ns;
}

/** The sending threads, all together. */
export interface ThreadAnalysis {
  /** The time that the ratios are of. */
  readonly watchedNs: Ns;
  /** On a core. A sender that is paced precisely never sleeps: 1 is no alarm then. */
  readonly cpuRatio: Ratio;
  /**
   * Awake in turns of the loop in which an answer was read: near 1 the thread can send no more,
   * however it is paced. 0 for a run that was stored before this was recorded.
   */
  readonly busyRatio: Ratio;
  /** Ready to run, while the host ran something else; 0 where the system does not tell. */
  readonly runDelayRatio: Ratio;
  readonly gcPauses: number;
  readonly gcPauseNs: Ns;
  readonly gcLongestNs: Ns;
}

/** Totals over the measured phases of what is counted beside the calls; see core's COUNTERS. */
export interface RunCounters {
  readonly arrivals: number;
  readonly droppedArrivals: number;
  readonly droppedSpans: number;
  readonly rejectedSpans: number;
  readonly clamped: number;
  readonly lateResponses: number;
  readonly abandonedSteps: number;
  /** Answers that were followed; absent where there was none. */
  readonly redirects?: number;
  /** Arrivals whose flow ended early, a call or a hook of it having failed. */
  readonly failedIterations: number;
  readonly failedHooks: number;
  /** Calls that were sent a second time, the target having done nothing with them at the first. */
  readonly resentCalls: number;
  readonly connects: number;
  readonly reconnects: number;
  readonly tlsResumed: number;
  readonly staleDns: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Of gRPC calls. */
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Sending threads that no longer answered and were ended; absent where there was none. */
  readonly lostThreads?: number;
}

export interface StepAnalysis {
  readonly step: string;
  readonly target: string;
  /** Over all measured phases. */
  readonly overall: CallSummary;
  /** How many whole answers had which status, in the order of the numbers; none for old runs. */
  readonly statuses: readonly StatusCount[];
  /** Where the time of the calls that went well is spent, over all measured phases. */
  readonly parts: CallParts;
  /** The measured phases in which the step was called, in their order. */
  readonly phases: readonly StepPhase[];
  /** Absent for a step without one, but for its endpoints where its target has several. */
  readonly policy?: PolicySummary;
}

export interface StepPhase {
  readonly phase: string;
  readonly summary: CallSummary;
  readonly policy?: PolicyCounts;
}

/**
 * wait + service = corrected response time, and first byte + body = service time. The calls are
 * taken to be as alike as by their service times, in `wait` as by their response times.
 */
export interface CallParts {
  /** sent - seen: waiting for a connection. */
  readonly wait: ClockSummary;
  /** first byte - sent. */
  readonly firstByte: ClockSummary;
  /** end - first byte. */
  readonly body: ClockSummary;
  /**
   * Between the messages of streams, or from each that was sent to the one that answers it; also
   * those of calls that failed later. Empty for steps that stream nothing.
   */
  readonly message: ClockSummary;
}

export interface ConnectAnalysis {
  readonly target: string;
  readonly connect: ClockSummary;
  /** The look-up of the name; of no connection where the url has an address. */
  readonly dns: ClockSummary;
  /** Through a proxy with its CONNECT. */
  readonly tcp: ClockSummary;
  /** The handshake; of no connection to an http url. */
  readonly tls: ClockSummary;
}

/** How many connections were opened, and how many could not be. */
export interface DialNumbers {
  readonly opened: number;
  readonly failed: number;
  /** Over all that were dialled; 0 for none. */
  readonly failedRatio: Ratio;
  /** Why, the most frequent first. */
  readonly reasons: readonly ConnectErrorAnalysis[];
}

/** The connections to one target. */
export interface DialAnalysis extends DialNumbers {
  readonly target: string;
  /** The measured phases in which there were any, by name. */
  readonly phases: readonly (DialNumbers & { readonly phase: string })[];
}

export interface ConnectErrorAnalysis {
  readonly reason: ConnectReason;
  /** What the system, or the handshake, said: `ECONNREFUSED`. */
  readonly text: string;
  readonly count: number;
}

/** One fault window and what the calls showed before, during and after it. */
export interface FaultAnalysis {
  readonly window: FaultWindow;
  /** Steps with calls around the window, by name; the numbers are of whole seconds. */
  readonly steps: readonly FaultEffect[];
}

/** What a step's calls were around a window: percentiles alone, their samples are empty. */
export interface FaultEffect {
  readonly step: string;
  /** In the healthy time of its phase before the window. */
  readonly before: CallSummary;
  /** In the seconds of which half or more lie in the window; of a short one, those it touches. */
  readonly during: CallSummary;
  /** For as long as the window lasted, or until the recovery where that is later. */
  readonly after: CallSummary;
  /** Arrivals that were dropped in the same seconds: none of their flow's steps was called. */
  readonly dropped: { readonly before: number; readonly during: number; readonly after: number };
  readonly recovery: Recovery;
}

/** How long after the end of a window the response p99 was back inside its healthy interval. */
export type Recovery =
  | RecoveryFound<'recovered'>
  | (RecoveryFound<'unconfirmed'> & {
      /** It was inside for so long, less than 5 s: then it could be watched no longer. */
      readonly watchedNs: Ns;
    })
  | {
      readonly kind: 'not-recovered';
      readonly percent: number;
      /** For so long it was watched: until the next fault began or the phase ended. */
      readonly watchedNs: Ns;
      readonly limitNs: Ns;
    }
  | { readonly kind: 'not-measurable'; readonly reason: string };

/** When the calls were back inside: for 5 s, or unconfirmed for as long as they were watched. */
export interface RecoveryFound<Kind extends string = string> {
  readonly kind: Kind;
  /** 99; 95 or 90 where the calls before the window carry no interval of p99. */
  readonly percent: number;
  /** Both from the end of the window; seconds are whole, and the moment lies between. */
  readonly atLeastNs: Ns;
  readonly atMostNs: Ns;
  /** The upper end of the interval of that percentile before the window. */
  readonly limitNs: Ns;
}

/**
 * The time from which recommendations are drawn: the measured phases, less every fault window and a
 * guard on both sides of it. Histograms count whole seconds that lie in it, spans begin in it.
 */
export interface HealthyTime {
  readonly ranges: readonly TimeRange[];
  readonly guardNs: Ns;
  /** The seconds of the run whose histograms count. */
  readonly seconds: number;
}

/** Attempts on one edge in the healthy time, as the caller saw them (service time). */
export interface EdgeAnalysis {
  /** `harness`: callgauge called; from histograms. `service`: from the spans of two services. */
  readonly kind: 'harness' | 'service';
  readonly caller: string;
  readonly callee: string;
  readonly operation: string;
  /** Attempts that failed without a duration that counts; they are not in `attempt`. */
  readonly failed: number;
  /** Attempts that followed a failed one, and those given up for another; absent: not counted. */
  readonly retries?: number;
  readonly cancelled?: number;
  /** Attempts per second of the healthy time, those in `attempt`. */
  readonly ratePerSec: RatePerSec;
  readonly attempt: ClockSummary;
  /** Whether no span of the caller's is stored, and times are the server's. */
  readonly byServer?: true;
}
