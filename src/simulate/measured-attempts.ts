import {
  countOf,
  type CounterSlice,
  counterTotal,
  type HistogramSlice,
  OUTCOMES,
  type OutcomeCode,
  statusOfCounter,
} from '../core/index.ts';
import type { EndedAttempts } from './answer-pool.ts';

/** What is known of a run, second by second: what its attempts were, and when they are alike. */
export interface MeasuredNumbers {
  /** Of the clocks `service` and `response`. */
  readonly histograms: readonly HistogramSlice[];
  /** Counters of statuses, `attempts`, `retries` and `failed_retries`, by second. */
  readonly counters: readonly CounterSlice[];
  /** Why attempts failed, in the whole run. */
  readonly errors: readonly FailureReason[];
  /** The steps that had a policy. */
  readonly policed: ReadonlySet<string>;
  /** Names the stretch of a second: those of one are alike by plan. */
  readonly stretchOf: (second: number) => string;
  /** What seconds past the end of the run are like. */
  readonly lastSeconds: readonly number[];
  /** The first second past its end. */
  readonly endSecond: number;
}

export interface FailureReason {
  readonly step: string;
  readonly outcome: (typeof OUTCOMES)[number];
  readonly text: string;
  readonly count: number;
}

/** Statuses of whole answers, as they are shown, and how many there were. */
export type StatusCounts = ReadonlyMap<string, number>;

/** What the attempts of one step were in one second of a run. */
export interface SecondOfAttempts {
  readonly second: number;
  readonly ended: readonly EndedAttempts[];
  readonly count: number;
  readonly statuses: StatusCounts;
  readonly retries: RetryCounts;
}

/** Attempts that were made since the one before had failed. */
export interface RetryCounts {
  readonly made: number;
  /** Those that failed too. */
  readonly failed: number;
}

/**
 * Returns the attempts of each step by second. The clock `service` has those that were sent. Of a
 * step without a policy a call is an attempt, and what `response` has beyond `service` is what
 * found no connection.
 */
export function attemptsBySecond({
  histograms,
  counters,
  policed,
}: MeasuredNumbers): ReadonlyMap<string, ReadonlyMap<number, SecondOfAttempts>> {
  const counted = Map.groupBy(counters, ({ step, second }) => `${second} ${step}`);
  const steps = Map.groupBy(
    histograms.filter(({ step }) => step !== ''),
    ({ step }) => step,
  );
  return new Map(
    [...steps].map(([step, own]) => [
      step,
      new Map(
        [...Map.groupBy(own, ({ second }) => second)].flatMap(([second, slices]) => {
          const sent = slices.filter(({ clock }) => clock === 'service').map(endedOf);
          const unsent = policed.has(step) ? [] : unsentOf(slices);
          const ended = [...sent, ...unsent].filter((part) => countOf(part) > 0);
          if (ended.length === 0) return [];
          const ownCounters = counted.get(`${second} ${step}`) ?? [];
          const statuses = statusCounts(ownCounters);
          const count = ended.reduce((sum, part) => sum + countOf(part), 0);
          const retries = retryCounts(ownCounters);
          return [[second, { second, ended, count, statuses, retries }] as const];
        }),
      ),
    ]),
  );
}

function statusCounts(slices: readonly CounterSlice[]): StatusCounts {
  const counts = new Map<string, number>();
  for (const { counter, value } of slices) {
    const status = statusOfCounter(counter);
    if (status !== undefined) counts.set(status, (counts.get(status) ?? 0) + value);
  }
  return counts;
}

function retryCounts(slices: readonly CounterSlice[]): RetryCounts {
  return { made: counterTotal(slices, 'retries'), failed: counterTotal(slices, 'failed_retries') };
}

/** Returns the retries of several seconds. */
export function retriesOf(seconds: readonly SecondOfAttempts[]): RetryCounts {
  const sum = (part: keyof RetryCounts): number =>
    seconds.reduce((n, { retries }) => n + retries[part], 0);
  return { made: sum('made'), failed: sum('failed') };
}

function endedOf({ outcome, valueNs, count }: HistogramSlice): EndedAttempts {
  return { outcome: codeOf(outcome), isUnsent: false, valueNs, count };
}

/**
 * Which of the failures were those is not stored, where some of a second were sent: their times are
 * taken evenly from all.
 */
function unsentOf(slices: readonly HistogramSlice[]): readonly EndedAttempts[] {
  const failures = slices.filter(({ outcome }) => outcome === 'transport');
  const all = failures.filter(({ clock }) => clock === 'response');
  const sum = (clock: HistogramSlice['clock']): number =>
    failures.filter((one) => one.clock === clock).reduce((n, one) => n + countOf(one), 0);
  const calls = sum('response');
  const ratio = calls === 0 ? 0 : Math.max(0, calls - sum('service')) / calls;
  if (ratio === 0) return [];
  return all.map(({ outcome, valueNs, count }) => ({
    outcome: codeOf(outcome),
    isUnsent: true,
    valueNs,
    count: count.map((n) => n * ratio),
  }));
}

function codeOf(outcome: HistogramSlice['outcome']): OutcomeCode {
  return OUTCOMES.indexOf(outcome) as OutcomeCode;
}
