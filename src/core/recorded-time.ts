import { NS_PER_SEC } from './units.ts';

/** A moment as a list has it. Two numbers: ns since the epoch are past what one number can hold. */
export interface RecordedTime {
  /** Whole seconds since the Unix epoch. */
  readonly sec: number;
  /** Within that second, 0 to 999,999,999. */
  readonly ns: number;
  /** Whether the text says nothing finer than seconds. */
  readonly isWhole: boolean;
}

/** How times may be written, for messages. */
export const TIME_WANTED =
  'a time (2026-11-28T16:40:01.120Z, 28/Nov/2026:16:40:01 +0000, or a number since 1970)';

const EPOCH_NS = /^[1-9]\d{18}$/u;
const EPOCH = /^(\d{1,19})(?:\.(\d{1,18}))?$/u;
/** A number as databases export it. */
const EXPONENT = /^\d\.\d{1,18}[eE]\+?(?:9|1\d)$/u;
const CLOCK = String.raw`(\d\d:\d\d:\d\d)(?:[.,](\d{1,18}))?`;
const ZONE = String.raw`\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?(?: UTC)?`;
const ISO = new RegExp(String.raw`^(\d{4})[-/](\d\d)[-/](\d\d)[T ]${CLOCK}${ZONE}$`, 'u');
/** Of access logs, of Kibana, and of mail and HTTP headers. */
const NAMED_MONTH = [
  new RegExp(
    String.raw`^(?<day>\d\d)/(?<month>[A-Z][a-z]{2})/(?<year>\d{4}):${CLOCK}${ZONE}$`,
    'u',
  ),
  new RegExp(
    String.raw`^(?<month>[A-Z][a-z]{2}) (?<day>\d\d?), (?<year>\d{4}) @ ${CLOCK}${ZONE}$`,
    'u',
  ),
  new RegExp(
    String.raw`^[A-Z][a-z]{2}, (?<day>\d\d?) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) ${CLOCK}${ZONE}$`,
    'u',
  ),
];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Digits behind the point of seconds that a whole number of this many digits has lost: seconds
 * since the epoch have 10 digits until 2286, and no list is from before 1973 (9 digits).
 */
const SUBSECOND_DIGITS: readonly (readonly [digitsMax: number, lost: number])[] = [
  [11, 0],
  [14, 3],
  [17, 6],
  [19, 9],
];

/**
 * Returns the moment that a text names: ISO 8601 as programs and databases write it, a log's
 * `10/Oct/2000:13:55:36 -0700`, the times of Kibana and of HTTP headers, or a number since the
 * epoch in s, ms, us or ns, told apart by its digits. A time without a zone is in UTC. Undefined
 * for anything else.
 */
export function recordedTime(text: string): RecordedTime | undefined {
  const epoch = EPOCH.exec(text);
  if (epoch) return epochTime(epoch[1] ?? '', epoch[2] ?? '');
  const iso = ISO.exec(text);
  if (iso) return zonedTime(`${iso[1]}-${iso[2]}-${iso[3]}`, iso.slice(4));
  for (const form of NAMED_MONTH) {
    const found = form.exec(text);
    const { day = '', month = '', year } = found?.groups ?? {};
    if (!found) continue;
    const number = String(MONTHS.indexOf(month) + 1).padStart(2, '0');
    return zonedTime(`${year}-${number}-${day.padStart(2, '0')}`, found.slice(4));
  }
  return EXPONENT.test(text)
    ? recordedTime(BigInt(Math.round(Number(text))).toString())
    : undefined;
}

/** Returns the moment that {@link recordedTime} reads, in ns since the epoch. */
export function recordedEpochNs(text: string): bigint | undefined {
  if (EPOCH_NS.test(text)) return BigInt(text);
  const time = recordedTime(text);
  return time && BigInt(time.sec) * BigInt(NS_PER_SEC) + BigInt(time.ns);
}

function epochTime(whole: string, fraction: string): RecordedTime | undefined {
  const lost = SUBSECOND_DIGITS.find(([digitsMax]) => whole.length <= digitsMax)?.[1] ?? 0;
  const sec = whole.slice(0, whole.length - lost);
  const below = whole.slice(whole.length - lost) + fraction;
  if (sec === '') return undefined;
  return { sec: Number(sec), ns: nanoseconds(below), isWhole: below === '' };
}

/** The last three groups of a match: the time of day, its fraction, and the zone. */
type ClockGroups = readonly (string | undefined)[];

function zonedTime(day: string, [clock, fraction, zone]: ClockGroups): RecordedTime | undefined {
  const epochMs = Date.parse(`${day}T${clock}${zoneOffset(zone)}`);
  if (Number.isNaN(epochMs) || !isInCalendar(day)) return undefined;
  return {
    sec: epochMs / 1_000,
    ns: nanoseconds(fraction ?? ''),
    isWhole: fraction === undefined,
  };
}

/** Whether its month has the day of an ISO date: Date.parse takes February 30 for March 2. */
export function isInCalendar(day: string): boolean {
  return Number(day.slice(8)) <= 28 || new Date(day).toISOString().startsWith(day);
}

/** `+0530`, `+05:30` and PostgreSQL's `+05` are offsets; UTC, GMT, Z and no zone are none. */
function zoneOffset(zone: string | undefined): string {
  const [, hours, minutes = '00'] = /^([+-]\d\d):?(\d\d)?$/u.exec(zone ?? '') ?? [];
  return hours === undefined ? 'Z' : `${hours}:${minutes}`;
}

/**
 * Returns what digits behind the point of seconds are worth; below a nanosecond they are cut off.
 */
function nanoseconds(digits: string): number {
  return Number(digits.slice(0, 9).padEnd(9, '0'));
}
