import { countOf, type HistogramSlice, type Outcome } from '../core/index.ts';
import type { ServedCalls } from '../spans/index.ts';
import type { ServedAnalysis, ServedCount, ServedKind } from './run-analysis.ts';

/** Outcomes of attempts that a server has answered, and made a span of. */
const ANSWERED: ReadonlySet<Outcome> = new Set(['ok', 'status', 'check']);
/** Of fewer calls than this share, spans are no picture of all. */
const SEEN_MIN = 0.9;
/** By so much more of the first half than of the second: the last ones were lost. */
const HALVES_MAX = 0.1;
/** So many kept calls of each half tell the halves apart. */
const HALF_MIN = 10;
/** A step none of whose kept calls has a server's span is of a server that sends none. */
const UNSERVED_KEPT_MIN = 5;

/** Returns for how many of the answered calls the server's span has come. */
export function analyzeServed(
  { calls: served, kept }: ServedCalls,
  slices: readonly HistogramSlice[],
): ServedAnalysis {
  const steps = [...Map.groupBy(kept, ({ step }) => step)].map(([step, parts]) => ({
    step,
    ...countsOf(parts),
  }));
  const unserved = new Set(
    steps
      .filter(({ calls, seen }) => served > 0 && seen === 0 && calls >= UNSERVED_KEPT_MIN)
      .map(({ step }) => step),
  );
  const answered = slices.filter(
    ({ clock, outcome, step }) =>
      clock === 'service' && ANSWERED.has(outcome) && !unserved.has(step),
  );
  const calls = sum(answered.map(countOf));
  // Calls that had timed out may have a server's span too.
  const whole = { calls, seen: Math.min(calls, served) };
  const [firstHalf, secondHalf] = halvesOf(kept.filter(({ step }) => !unserved.has(step)));
  return {
    ...whole,
    kind: kindOf(whole, firstHalf, secondHalf),
    keptFirstHalf: firstHalf,
    keptSecondHalf: secondHalf,
    keptBySteps: steps,
  };
}

/**
 * Returns whether the spans of services are of a part of the calls that is no sample of all: what
 * is missing went with the services that were stopped, or slow, and its times are unknown.
 */
export function areSpansBiased({ kind }: ServedAnalysis): boolean {
  return kind === 'part' || kind === 'early';
}

function kindOf(whole: ServedCount, firstHalf: ServedCount, secondHalf: ServedCount): ServedKind {
  if (whole.seen === 0) return 'none';
  const isTold = Math.min(firstHalf.calls, secondHalf.calls) >= HALF_MIN;
  if (isTold && ratioOf(firstHalf) - ratioOf(secondHalf) > HALVES_MAX) return 'early';
  return ratioOf(whole) < SEEN_MIN ? 'part' : 'whole';
}

/** Returns the kept calls of the first half of the time of the load, and of the second. */
function halvesOf(kept: ServedCalls['kept']): readonly [ServedCount, ServedCount] {
  const middle = (kept.reduce((last, { second }) => Math.max(last, second), 0) + 1) / 2;
  return [
    countsOf(kept.filter(({ second }) => second < middle)),
    countsOf(kept.filter(({ second }) => second >= middle)),
  ];
}

function countsOf(parts: readonly ServedCount[]): ServedCount {
  return { calls: sum(parts.map((p) => p.calls)), seen: sum(parts.map((p) => p.seen)) };
}

function ratioOf({ calls, seen }: ServedCount): number {
  return calls === 0 ? 1 : seen / calls;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
