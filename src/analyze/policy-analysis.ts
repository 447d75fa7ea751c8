import {
  counterTotal,
  endpointOfCounter,
  NS_PER_SEC,
  type CounterName,
  type CounterSlice,
  type Ns,
  type Ratio,
} from '../core/index.ts';

/** What the policy of a step did with its calls. */
export interface PolicyCounts {
  readonly calls: number;
  /** Sendings, also those that found no connection. */
  readonly attempts: number;
  /** Attempts per call; 0 without calls. Less than 1 where calls are refused. */
  readonly amplification: number;
  /** Attempts that were made since the one before had failed, and those that had no budget. */
  readonly retries: number;
  readonly retriesDenied: number;
  /** Attempts that were made beside one that took long; those that answered first. */
  readonly hedges: number;
  readonly hedgeWins: number;
  readonly hedgesDenied: number;
  /** Calls that ended so: refused before anything was sent. */
  readonly rejected: number;
  /** Why: attempts that an open breaker, calls that a full bulkhead or a rate limit refused. */
  readonly breakerRejected: number;
  readonly bulkheadRejected: number;
  readonly rateLimited: number;
  /** Calls that had the policy's own answer in place of a failure. */
  readonly fallbacks: number;
}

/** The same over all measured phases, with what became of its breaker and its endpoints. */
export interface PolicySummary extends PolicyCounts {
  /** Absent where it never opened. */
  readonly breaker?: BreakerAnalysis;
  /** Of a target with several, those that had attempts, by name; else empty. */
  readonly endpoints: readonly EndpointShare[];
}

export interface BreakerAnalysis {
  readonly opened: number;
  /** How much of the measured time it was open, of all sending threads. */
  readonly openRatio: Ratio;
  /** The seconds of the run in which it was open, ascending, and for how much of each. */
  readonly seconds: readonly { readonly second: number; readonly openRatio: Ratio }[];
}

export interface EndpointShare {
  readonly endpoint: string;
  readonly attempts: number;
  /** Of the attempts of the step. */
  readonly ratio: Ratio;
}

/** What is counted where a step has a policy. */
const OF_POLICIES = [
  'attempts',
  'retries',
  'retries_denied',
  'hedges',
  'hedge_wins',
  'hedges_denied',
  'breaker_rejected',
  'bulkhead_rejected',
  'rate_limited',
  'fallbacks',
  'breaker_opened',
  'breaker_open_ns',
] as const satisfies readonly CounterName[];
type PolicyCounter = (typeof OF_POLICIES)[number];

/** What of it is looked at second by second. */
export const POLICY_SECONDS: readonly CounterName[] = ['attempts', 'retries', 'breaker_open_ns'];

/** Calls of a step, and how many of them ended otherwise than by an answer. */
interface EndedCalls {
  readonly calls: number;
  readonly outcomes: Readonly<Record<'rejected' | 'fallback', number>>;
}

/** Returns whether anything that a policy does was counted. */
export function hasPolicies(counters: readonly CounterSlice[]): boolean {
  return counters.some(({ counter }) => OF_POLICIES.some((name) => name === counter));
}

/**
 * Returns what a policy did with the calls of a step in a stretch of time; undefined for a step
 * without one. `counters` are those of the step in that time.
 */
export function countPolicy(
  { calls, outcomes }: EndedCalls,
  counters: readonly CounterSlice[],
): PolicyCounts | undefined {
  if (!hasPolicies(counters)) return undefined;
  const of = (name: PolicyCounter): number => counterTotal(counters, name);
  const attempts = of('attempts');
  return {
    calls,
    attempts,
    amplification: calls === 0 ? 0 : attempts / calls,
    retries: of('retries'),
    retriesDenied: of('retries_denied'),
    hedges: of('hedges'),
    hedgeWins: of('hedge_wins'),
    hedgesDenied: of('hedges_denied'),
    rejected: outcomes.rejected,
    breakerRejected: of('breaker_rejected'),
    bulkheadRejected: of('bulkhead_rejected'),
    rateLimited: of('rate_limited'),
    fallbacks: outcomes.fallback,
  };
}

/** What a policy is summed up from: counters of the step, in the measured phases. */
export interface PolicyNumbers {
  readonly counters: readonly CounterSlice[];
  readonly seconds: readonly CounterSlice[];
  readonly measuredNs: Ns;
  /** Threads that sent, each of which has a breaker of its own. */
  readonly threads: number;
}

/** Returns what the policy of a step did over the measured phases; undefined without one. */
export function summarizePolicy(
  calls: EndedCalls,
  numbers: PolicyNumbers,
): PolicySummary | undefined {
  const counts = countPolicy(calls, numbers.counters);
  if (counts === undefined) return undefined;
  const breaker = breakerOf(numbers);
  return {
    ...counts,
    ...(breaker && { breaker }),
    endpoints: endpointShares(numbers.counters, counts.attempts),
  };
}

function breakerOf({
  counters,
  seconds,
  measuredNs,
  threads,
}: PolicyNumbers): BreakerAnalysis | undefined {
  const opened = counterTotal(counters, 'breaker_opened');
  const openNs = counterTotal(counters, 'breaker_open_ns');
  if (opened === 0 && openNs === 0) return undefined;
  const open = seconds.filter(({ counter, value }) => counter === 'breaker_open_ns' && value > 0);
  return {
    opened,
    openRatio: ratioOf(openNs, measuredNs * threads),
    seconds: [...Map.groupBy(open, ({ second }) => second)]
      .toSorted(([a], [b]) => a - b)
      .map(([second, all]) => ({
        second,
        openRatio: ratioOf(counterTotal(all, 'breaker_open_ns'), NS_PER_SEC * threads),
      })),
  };
}

function endpointShares(
  counters: readonly CounterSlice[],
  attempts: number,
): readonly EndpointShare[] {
  const byEndpoint = new Map<string, number>();
  for (const { counter, value } of counters) {
    const endpoint = endpointOfCounter(counter);
    if (endpoint === undefined) continue;
    byEndpoint.set(endpoint, (byEndpoint.get(endpoint) ?? 0) + value);
  }
  return [...byEndpoint]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([endpoint, own]) => ({ endpoint, attempts: own, ratio: ratioOf(own, attempts) }));
}

/** Counts are of moments and times of seconds: a little more than all is all. */
function ratioOf(part: number, whole: number): Ratio {
  return whole === 0 ? 0 : Math.min(1, part / whole);
}
