/** One cookie as a set-cookie field sets it; what is wrong in it is passed over, as browsers do. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** Seconds from now; undefined where it does not say. */
  readonly maxAgeSec: number | undefined;
  /** Milliseconds since 1970; undefined where it does not say. */
  readonly expiresMs: number | undefined;
  /** In lower case and without a leading dot; '' for the host that sets it alone. */
  readonly domain: string;
  /** '' for the default. */
  readonly path: string;
  readonly secure: boolean;
}

/**
 * Returns the cookie of a set-cookie field; undefined where it has no name.
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.2
 */
export function readSetCookie(field: string): SetCookie | undefined {
  const [pair = '', ...attributes] = field.split(';');
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, equals)).trim();
  if (name === '') return undefined;
  const cookie = {
    name,
    value: pair.slice(equals + 1).trim(),
    maxAgeSec: undefined as number | undefined,
    expiresMs: undefined as number | undefined,
    domain: '',
    path: '',
    secure: false,
  };
  // Of an attribute that comes twice, the last one counts.
  for (const attribute of attributes) {
    const at = attribute.indexOf('=');
    const key = (at < 0 ? attribute : attribute.slice(0, at)).trim().toLowerCase();
    const value = at < 0 ? '' : attribute.slice(at + 1).trim();
    switch (key) {
      case 'max-age':
        if (/^-?\d+$/u.test(value)) cookie.maxAgeSec = Number(value);
        break;
      case 'expires':
        cookie.expiresMs = cookieDateMs(value) ?? cookie.expiresMs;
        break;
      case 'domain':
        if (value !== '') cookie.domain = value.replace(/^\./u, '').toLowerCase();
        break;
      case 'path':
        cookie.path = value.startsWith('/') ? value : '';
        break;
      case 'secure':
        cookie.secure = true;
        break;
      default:
    }
  }
  return cookie;
}

/** Returns the value of the cookie that the fields of an answer set last under a name. */
export function cookieNamed(
  fields: readonly (readonly [name: string, value: string])[],
  name: string,
): string | undefined {
  let value: string | undefined;
  for (const [field, line] of fields) {
    if (field !== 'set-cookie') continue;
    const cookie = readSetCookie(line);
    if (cookie?.name === name) value = cookie.value;
  }
  return value;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DELIMITERS = /[\t\u0020-\u002f\u003b-\u0040\u005b-\u0060\u007b-\u007e]+/u;

/**
 * Returns the moment of a date as cookies have it, whatever the order of its parts; undefined for
 * what is none.
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.1.1
 */
export function cookieDateMs(text: string): number | undefined {
  let time: readonly number[] | undefined;
  let day: number | undefined;
  let month = -1;
  let year: number | undefined;
  for (const token of text.split(DELIMITERS)) {
    const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/u.exec(token);
    if (time === undefined && clock) {
      time = clock.slice(1).map(Number);
      continue;
    }
    const digits = /^(\d+)(?:\D|$)/u.exec(token)?.[1] ?? '';
    if (day === undefined && (digits.length === 1 || digits.length === 2)) {
      day = Number(digits);
    } else if (month < 0 && MONTHS.includes(token.slice(0, 3).toLowerCase())) {
      month = MONTHS.indexOf(token.slice(0, 3).toLowerCase());
    } else if (year === undefined && digits.length >= 2 && digits.length <= 4) {
      year = fullYear(Number(digits));
    }
  }
  const [hour = 99, minute = 99, second = 99] = time ?? [];
  if (day === undefined || month < 0 || year === undefined || day < 1 || day > 31) return undefined;
  if (year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = Date.UTC(year, month, day, hour, minute, second);
  return new Date(ms).getUTCDate() === day ? ms : undefined;
}

function fullYear(year: number): number {
  if (year >= 70 && year <= 99) return year + 1900;
  return year <= 69 ? year + 2000 : year;
}
