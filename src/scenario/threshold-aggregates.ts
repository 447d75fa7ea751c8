/**
 * The aggregates of times, and what each is. A new one is a line here, the line in
 * `gate/observation.ts` that computes it (the compiler asks for it), and one in
 * docs/reference/scenario.md. `p(N)` has a number and is read by itself.
 */
export const TIME_AGGREGATES = {
  avg: 'the mean',
  min: 'the shortest',
  max: 'the longest',
  med: 'the median: p(50)',
} as const;

/** The aggregates of events, and what each is. */
export const EVENT_AGGREGATES = {
  rate: 'their share of the calls, of the arrivals, or of the connections that were dialled; of `calls` and `arrivals` how many a second',
  count: 'how many there were',
} as const;

export type TimeAggregate = keyof typeof TIME_AGGREGATES;
export type EventAggregate = keyof typeof EVENT_AGGREGATES;

export type ThresholdAggregate =
  | { readonly kind: 'percentile'; readonly percent: number }
  | { readonly kind: TimeAggregate | EventAggregate };

/** Returns the kind of a word that names one; undefined for any other word. */
export function aggregateKindOf(word: string): ThresholdAggregate['kind'] | undefined {
  return word === 'percentile' || isTimeAggregate(word) || isEventAggregate(word)
    ? word
    : undefined;
}

/**
 * Returns every aggregate as it is written, for messages: `avg, min, max, med, p(N), rate, count`.
 */
export const AGGREGATE_LIST = [
  ...Object.keys(TIME_AGGREGATES),
  'p(N)',
  ...Object.keys(EVENT_AGGREGATES),
].join(', ');

/** Returns whether a condition begins with an aggregate of times in place of a subject. */
export function beginsWithTimeAggregate(condition: string): boolean {
  const word = /^[a-z]+/u.exec(condition)?.[0] ?? '';
  return isTimeAggregate(word) || /^p\s*\(/u.test(condition);
}

export function isTimeAggregate(word: string): word is TimeAggregate {
  return Object.hasOwn(TIME_AGGREGATES, word);
}

export function isEventAggregate(word: string): word is EventAggregate {
  return Object.hasOwn(EVENT_AGGREGATES, word);
}
