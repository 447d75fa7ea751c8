/**
 * JSON whose numbers keep every digit. A number that JavaScript would write otherwise than it was
 * written, 9007199254740993, 10.10, -0 or 1e400 say, is kept as its text (a raw JSON value of
 * ECMAScript); every other number is a plain one. JSON.stringify writes both as they came.
 *
 * @see https://tc39.es/proposal-json-parse-with-source/
 */

declare global {
  interface JSON {
    rawJSON(text: string): ExactNumber;
    isRawJSON(value: unknown): value is ExactNumber;
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

/** A number as it was written: a frozen object, which no structured clone keeps. */
export interface ExactNumber {
  readonly rawJSON: string;
}

/** Where a number of a JSON text may begin, and what makes one that is not written as we would. */
const MAY_DIFFER =
  /(?:^|[\s:,[])-?(?:\d+(?:\.\d+)?[eE]|\d*\.\d*0(?!\d)|[\d.]{16}|0\.0{6})|-0(?![.\d])/u;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/u;

/**
 * Returns the value of a JSON text, its numbers exact.
 * @throws SyntaxError for what is no JSON.
 */
export function parseExactly(text: string): unknown {
  if (!mayHoldExact(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exactNumber(source) : value,
  );
}

/** Returns whether a JSON text may hold a number that is kept as its text. */
export function mayHoldExact(text: string): boolean {
  return MAY_DIFFER.test(text);
}

/** Returns the number of a JSON text: a plain one where that is written the same. */
export function exactNumber(text: string): number | ExactNumber {
  const value = Number(text);
  return String(value) === text ? value : JSON.rawJSON(text);
}

export function isExactNumber(value: unknown): value is ExactNumber {
  return JSON.isRawJSON(value);
}

/** Returns whether a value is a number, plain or exact. */
export function isNumeric(value: unknown): value is number | ExactNumber {
  return typeof value === 'number' || isExactNumber(value);
}

/**
 * Returns a value with every exact number in it, at any depth, as `replaced` returns it; the value
 * itself where there is none.
 */
export function mapExact(value: unknown, replaced: (number: ExactNumber) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isExactNumber(value)) return replaced(value);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mapExact(item, replaced));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  let hasChanged = false;
  const entries = Object.entries(value).map(([key, inner]: [string, unknown]) => {
    const mapped = mapExact(inner, replaced);
    hasChanged ||= mapped !== inner;
    return [key, mapped] as const;
  });
  return hasChanged ? Object.fromEntries(entries) : value;
}

/**
 * Returns a value as the JSON mapping of protobuf writes it: a text for a whole number that no
 * double holds, a double for any other.
 */
export function protobufJson(value: unknown): unknown {
  return mapExact(value, ({ rawJSON }) =>
    isWholeBeyondDoubles(rawJSON) ? rawJSON : Number(rawJSON),
  );
}

/** Returns whether the text of a number is a whole one that no double holds for certain. */
export function isWholeBeyondDoubles(text: string): boolean {
  return /^-?\d+$/u.test(text) && !Number.isSafeInteger(Number(text));
}

/** Returns a number < 0 where a < b, 0 where both are the same number (1 and 1.0), else > 0. */
export function compareNumbers(a: number | ExactNumber, b: number | ExactNumber): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = decimalOf(a);
  const right = decimalOf(b);
  if (left.sign !== right.sign) return left.sign - right.sign;
  return left.sign < 0 ? compareMagnitudes(right, left) : compareMagnitudes(left, right);
}

/** Returns whether two JSON values are equal: numbers by value, maps whatever their order. */
export function isEqualJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumeric(a)) return isNumeric(b) && compareNumbers(a, b) === 0;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isExactNumber(b)) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => isEqualJson(item, b[i]));
  }
  const keys = Object.keys(a);
  const values = new Map<string, unknown>(Object.entries(b));
  if (keys.length !== values.size) return false;
  return Object.entries(a).every(
    ([key, inner]) => values.has(key) && isEqualJson(inner, values.get(key)),
  );
}

/** A number 0.DIGITS * 10^exponent, without zeros at either end of its digits; 0 has none. */
interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly exponent: bigint;
}

function decimalOf(number: number | ExactNumber): Decimal {
  const text = typeof number === 'number' ? String(number) : number.rawJSON;
  const [, minus, whole = '', fraction = '', power = '0'] = NUMBER.exec(text) ?? [];
  const written = whole + fraction;
  const digits = written.replace(/^0+/u, '');
  if (digits === '') return { sign: 0, digits: '', exponent: 0n };
  return {
    sign: minus === '-' ? -1 : 1,
    digits: digits.replace(/0+$/u, ''),
    exponent: BigInt(power) + BigInt(whole.length - (written.length - digits.length)),
  };
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  if (a.exponent !== b.exponent) return a.exponent < b.exponent ? -1 : 1;
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -1 : 1;
}
