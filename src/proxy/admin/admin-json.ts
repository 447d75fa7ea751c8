import { errorText } from '../../core/index.ts';
import { badBody } from './api-error.ts';

/** The members of a JSON object by their names in lower case; one that is null is absent. */
export type Fields = ReadonlyMap<string, unknown>;

/**
 * Returns the JSON value of a body. `JSON.parse` keeps the last of a key that comes twice, makes
 * `__proto__` a key like any other, and does not recurse: nesting is bounded by the body's size.
 * What reads the value must not recurse without a bound either.
 * @throws ApiError 400 where the body is anything but one JSON value.
 */
export function parseBody(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (error) {
    throw badBody(errorText(error));
  }
}

/**
 * Returns the fields of a JSON object; none of null. Toxiproxy takes a key in any case: of two that
 * differ in nothing else the last counts.
 * @throws ApiError 400
 */
export function fieldsOf(value: unknown, location: string): Fields {
  if (value === null) return new Map();
  if (!isObject(value)) throw wrongType(location, 'an object', value);
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  return new Map(entries.map(([key, member]) => [key.toLowerCase(), member]));
}

/** Returns the items of a JSON array; none of null. @throws ApiError 400 */
export function itemsOf(value: unknown, location: string): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw wrongType(location, 'a list', value);
  return value;
}

/** Returns a string, undefined if absent; a lone surrogate becomes U+FFFD. @throws ApiError 400 */
export function stringField(fields: Fields, name: string): string | undefined {
  const value = fields.get(name.toLowerCase());
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw wrongType(name, 'a string', value);
  return value.toWellFormed();
}

/** Returns a boolean, undefined if absent. @throws ApiError 400 */
export function booleanField(fields: Fields, name: string): boolean | undefined {
  const value = fields.get(name.toLowerCase());
  if (value === undefined) return undefined;
  if (typeof value !== 'boolean') throw wrongType(name, 'true or false', value);
  return value;
}

/** Returns a number in the range of a float32, undefined if absent. @throws ApiError 400 */
export function float32Field(fields: Fields, name: string): number | undefined {
  const value = fields.get(name.toLowerCase());
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) {
    throw wrongType(name, 'a number of 32 bits', value);
  }
  return value;
}

/** Returns the refusal of a value; `location` is '' for the whole body. */
export function wrongType(location: string, wanted: string, seen: unknown): Error {
  const subject = location === '' ? 'it' : location;
  return badBody(`${subject} must be ${wanted}, got ${seenText(seen)}`);
}

/** Returns a value as a refusal shows it: of what nests, only the kind, since it may nest deep. */
export function seenText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON text, for use inside another one. */
export type JsonText = string & { readonly json?: never };

/**
 * Returns a text as Go's encoding/json writes it: with what HTML could mistake written as codes.
 */
export function jsonString(text: string): JsonText {
  return JSON.stringify(text.toWellFormed()).replaceAll(
    /[<>&\u2028\u2029]/gu,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Returns an object of members that are JSON already, in the order in which they are given. */
export function jsonObject(members: readonly (readonly [string, JsonText])[]): JsonText {
  return `{${members.map(([key, value]) => `${jsonString(key)}:${value}`).join(',')}}`;
}

/** Returns an object as Go writes a map: its keys in the order of their bytes. */
export function jsonMap(members: readonly (readonly [string, JsonText])[]): JsonText {
  return jsonObject(members.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
}

/** Returns an array of values that are JSON already. */
export function jsonArray(items: readonly JsonText[]): JsonText {
  return `[${items.join(',')}]`;
}

/**
 * Returns a number as Go writes a float32: the shortest text that means the same one. A digit more
 * or fewer than a double's would be another toxicity than the one that was sent.
 */
export function jsonFloat32(value: number): JsonText {
  if (Object.is(value, -0)) return '-0';
  const wanted = Math.fround(value);
  for (let digits = 1; digits < FLOAT32_DIGITS_MAX; digits++) {
    const text = Number(wanted.toPrecision(digits));
    if (Math.fround(text) === wanted) return String(text);
  }
  return String(Number(wanted.toPrecision(FLOAT32_DIGITS_MAX)));
}

/**
 * Returns any plain value. A whole number is written in digits and kept within 64 bits, so that a
 * client that reads it as one can.
 */
export function jsonValue(value: unknown): JsonText {
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'number') return jsonNumber(value);
  if (Array.isArray(value)) return jsonArray(value.map(jsonValue));
  if (typeof value === 'object' && value !== null) {
    return jsonObject(
      Object.entries(value).flatMap(([key, member]) =>
        member === undefined ? [] : [[key, jsonValue(member)] as const],
      ),
    );
  }
  return JSON.stringify(value) ?? 'null';
}

const FLOAT32_DIGITS_MAX = 9;
const INT64_MAX = 2n ** 63n - 1n;

function jsonNumber(value: number): JsonText {
  if (!Number.isInteger(value)) return JSON.stringify(value);
  const whole = BigInt(value);
  if (whole > INT64_MAX) return String(INT64_MAX);
  return String(whole < -INT64_MAX - 1n ? -INT64_MAX - 1n : whole);
}
