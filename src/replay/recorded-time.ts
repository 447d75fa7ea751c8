/** A moment as a list has it. Two numbers: ns since the epoch are past what one number can hold. */
export interface RecordedTime {
  /** Whole seconds since the Unix epoch. */
  readonly sec: number;
  /** Within that second, 0 to 999,999,999. */
  readonly ns: number;
  /** Whether the text says nothing finer than seconds. */
  readonly isWhole: boolean;
}

const EPOCH = /^(\d{1,19})(?:\.(\d{1,18}))?$/u;
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,18}))?\s*(Z|[+-]\d\d:?\d\d)?$/u;
const LOG =
  /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d)(?:[.,](\d{1,18}))?\s*([+-]\d{4})?$/u;
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
 * Returns the moment that a text names: ISO 8601, a log's `10/Oct/2000:13:55:36 -0700`, or a number
 * since the epoch in s, ms, us or ns, told apart by its digits. A time without a zone is in UTC.
 * Undefined for anything else.
 */
export function recordedTime(text: string): RecordedTime | undefined {
  const epoch = EPOCH.exec(text);
  if (epoch) return epochTime(epoch[1] ?? '', epoch[2] ?? '');
  const iso = ISO.exec(text);
  if (iso) return zonedTime(`${iso[1]}T${iso[2]}`, iso[3], iso[4]);
  const log = LOG.exec(text);
  if (!log) return undefined;
  const month = String(MONTHS.indexOf(log[2] ?? '') + 1).padStart(2, '0');
  return zonedTime(`${log[3]}-${month}-${log[1]}T${log[4]}`, log[5], log[6]);
}

function epochTime(whole: string, fraction: string): RecordedTime | undefined {
  const lost = SUBSECOND_DIGITS.find(([digitsMax]) => whole.length <= digitsMax)?.[1] ?? 0;
  const sec = whole.slice(0, whole.length - lost);
  const below = whole.slice(whole.length - lost) + fraction;
  if (sec === '') return undefined;
  return { sec: Number(sec), ns: nanoseconds(below), isWhole: below === '' };
}

function zonedTime(
  local: string,
  fraction: string | undefined,
  zone = 'Z',
): RecordedTime | undefined {
  const offset = zone.replace(/^([+-]\d\d)(\d\d)$/u, '$1:$2');
  const epochMs = Date.parse(`${local}${offset}`);
  if (Number.isNaN(epochMs)) return undefined;
  return {
    sec: epochMs / 1_000,
    ns: nanoseconds(fraction ?? ''),
    isWhole: fraction === undefined,
  };
}

/** Returns what digits behind the point of seconds are worth; below a nanosecond they are cut off. */
function nanoseconds(digits: string): number {
  return Number(digits.slice(0, 9).padEnd(9, '0'));
}
