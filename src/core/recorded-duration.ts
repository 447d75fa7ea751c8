import { NS_PER_MS, NS_PER_SEC, NS_PER_US, type Ns } from './units.ts';

/** The units in which a log may count how long a request took. */
export type DurationUnit = 's' | 'ms' | 'us' | 'ns';

const NS_PER_UNIT: Readonly<Record<DurationUnit, Ns>> = {
  s: NS_PER_SEC,
  ms: NS_PER_MS,
  us: NS_PER_US,
  ns: 1,
};
const NS_PER_WORD: Readonly<Record<string, Ns>> = {
  ...NS_PER_UNIT,
  '\u00b5s': NS_PER_US,
  '\u03bcs': NS_PER_US,
  m: 60 * NS_PER_SEC,
  h: 3_600 * NS_PER_SEC,
};

const NUMBER = /^\d{1,15}(?:\.\d{1,12})?(?:[eE]-\d{1,2})?$/u;
const WITH_UNITS = /^(?:\d{1,15}(?:\.\d{1,12})?\s?(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/u;
const EACH_UNIT = /(\d+(?:\.\d+)?)\s?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gu;
/** The names of units at the end of a field's name. */
const UNIT_OF_SUFFIX: Readonly<Record<string, DurationUnit>> = {
  s: 's',
  sec: 's',
  secs: 's',
  seconds: 's',
  ms: 'ms',
  millis: 'ms',
  milliseconds: 'ms',
  us: 'us',
  micros: 'us',
  microseconds: 'us',
  ns: 'ns',
  nano: 'ns',
  nanos: 'ns',
  nanoseconds: 'ns',
};
const SUFFIX =
  /(?:[._-](s|secs?|seconds|ms|millis|milliseconds|us|micros|microseconds|ns|nanos?|nanoseconds)|(Secs?|Seconds|Ms|Millis|Milliseconds|Us|Micros|Microseconds|Ns|Nanos?|Nanoseconds))$/u;

/**
 * Returns the duration that a text names: with its unit, `9.1ms`, or a number in `unit`. Undefined
 * for anything else, and for a number without a unit.
 */
export function recordedDuration(text: string, unit: DurationUnit | undefined): Ns | undefined {
  if (NUMBER.test(text)) {
    return unit === undefined ? undefined : Math.round(Number(text) * NS_PER_UNIT[unit]);
  }
  if (!WITH_UNITS.test(text)) return undefined;
  let ns = 0;
  for (const [, number, word = ''] of text.matchAll(EACH_UNIT)) {
    ns += Number(number) * (NS_PER_WORD[word] ?? 0);
  }
  return Math.round(ns);
}

/** Returns the unit that the name of a field ends in: that of `duration_ms` and `latencyMs`. */
export function unitInName(name: string): DurationUnit | undefined {
  const [, word, capitalized] = SUFFIX.exec(name) ?? [];
  return UNIT_OF_SUFFIX[(word ?? capitalized ?? '').toLowerCase()];
}
