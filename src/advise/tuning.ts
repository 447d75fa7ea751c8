import type { Ms, Ns, Ratio, RatePerSec } from '../core/index.ts';
import type { CallRequest } from '../spans/index.ts';
import type { ConnectAdvice, EdgeAdvice, RecommendedTimeout } from './advice.ts';
import type { CallPolicy } from './call-policy.ts';
import type { DeadlineAbove } from './deadline-above.ts';
import type { DeadlineBudget } from './deadline-budget.ts';
import type { Protection } from './protection.ts';

/** What callers should run with, by what stored runs showed. */
export interface Tuning {
  readonly runs: readonly TunedRun[];
  /** Absent where no traces of a time were looked at. */
  readonly traces?: TunedTraces;
  /** The time that a whole call may take, where somebody said so. */
  readonly deadlineNs?: Ns;
  /** In the order of the analysis: the harness's own first. */
  readonly edges: readonly EdgeTuning[];
}

/** A run that was looked at. */
export interface TunedRun {
  readonly runId: string;
  readonly scenario: string;
  readonly startedEpochMs: number;
  /** The time outside faults from which times were taken. */
  readonly healthyNs: Ns;
  /** Why its numbers are to be doubted, a sentence each. */
  readonly doubts: readonly string[];
}

/** The traces of a time that were looked at. */
export interface TunedTraces {
  readonly fromEpochMs: Ms;
  readonly toEpochMs: Ms;
  /** From the first attempt to the last. */
  readonly seenNs: Ns;
  readonly attempts: number;
  /** The share of the traces that was read. */
  readonly ratio: Ratio;
  /** What is to be known of its numbers, a sentence each. */
  readonly doubts: readonly string[];
}

/** What the caller of one edge should run with. */
export interface EdgeTuning {
  readonly kind: 'harness' | 'service';
  readonly caller: string;
  readonly callee: string;
  readonly operation: string;
  readonly request: Omit<CallRequest, 'caller' | 'operation'>;
  readonly ratePerSec: RatePerSec;
  /** Whether no span of the caller's is stored, and times are the server's. */
  readonly byServer?: true;
  /** For 99.9% and 99.99%, as reports have them. */
  readonly advice: EdgeAdvice;
  /** The highest percentile that the sample bounds, where that is not 99.9. */
  readonly bestBound?: RecommendedTimeout;
  /** Absent where the spans do not tell how long connecting takes. */
  readonly connect?: ConnectAdvice;
  readonly retries: RetryAdvice;
  readonly worstLoad: WorstLoad;
  /** Absent where not even p99 of the attempts' times is bounded. */
  readonly policy?: CallPolicy;
  /** Likewise. */
  readonly protection?: Protection;
  /** Absent where nobody calls the caller, or a timeout of the two is not known. */
  readonly deadlineAbove?: DeadlineAbove;
  /** Absent where no trace shows how the callee works, or no timeout of the edge is known. */
  readonly deadlineBudget?: DeadlineBudget;
  /** What is recommended in words, and why; in the order of reading. */
  readonly settings: readonly TunedSetting[];
}

/** A part of what is recommended. Each text is a phrase; '' where there is nothing to say. */
export interface TunedSetting {
  readonly name: string;
  readonly value: string;
  readonly restsOn: string;
  readonly costs: string;
  readonly changedBy: string;
}

/** Why a call is sent again, or is not. */
export type RetryReason =
  /** Nothing says that it would not help. */
  | 'may-help'
  /** Failures do not come together: another attempt goes well more often than not. */
  | 'helps'
  /** What was done once may be done twice. */
  | 'not-idempotent'
  /** It fails again more often than not. */
  | 'fails-again'
  /** More work for who has too much already. */
  | 'overload'
  /** Two attempts take longer than the call may. */
  | 'deadline';

export interface RetryAdvice {
  readonly reason: RetryReason;
  /** Whether an operation may be repeated, and who says so. */
  readonly idempotence: 'by-method' | 'told' | 'no' | 'unknown';
  readonly again: FailsAgain;
  /** What shows that the callee has too much to do; absent where nothing does. */
  readonly overload?: string;
  /** Of attempts in healthy time: failed, and cut off. */
  readonly failureRatio: Ratio;
  /** Its one-sided 95% upper bound. */
  readonly failureUpper: Ratio;
}

/** How often an attempt that followed a failed one failed too. */
export interface FailsAgain {
  readonly retried: number;
  readonly failedAgain: number;
  /** One-sided 95% bounds; 0 and 1 where nothing was sent again. */
  readonly lower: Ratio;
  readonly upper: Ratio;
  readonly verdict: 'helps' | 'fails-again' | 'undecided' | 'never-seen';
}

/** How many attempts one call from outside can become on an edge. */
export interface WorstLoad {
  /** The services from the outermost caller to the callee of the edge. */
  readonly path: readonly string[];
  /** The product of the attempts of every layer. */
  readonly attempts: number;
  /** While every layer keeps its retry budget. */
  readonly withBudgets: number;
}
