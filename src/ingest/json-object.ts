import { errorText } from '../core/index.ts';
import { scanJson } from './json-scan.ts';
import { restoreLongNumbers, withLongNumbersAsTexts } from './long-numbers.ts';
import { Refusal } from './refusal.ts';
import { scalarText, shown, type Remarks } from './export-notes.ts';
import { SpanRejection } from './trace-export.ts';

const WHOLE_NUMBER = /^-?\d{1,20}$/u;
const HEX = /^[\da-f]+$/iu;
const BASE64 = /^[\w+/-]*={0,2}$/u;

/**
 * A JSON object whose fields are read under a type that is checked. A field that is missing or
 * null has its type's empty value, as in protobuf. A field is known under its name in OTLP's JSON,
 * and under those of the .proto file and of Go: `traceId`, `trace_id`, `TraceId`.
 *
 * What is not of its type but can be understood all the same is taken, and remarked.
 */
export class JsonObject {
  readonly remarks: Remarks;
  readonly #fields: Readonly<Record<string, unknown>>;
  /** The object's location in the body, for messages; '' for the body itself. */
  readonly #location: string;

  constructor(fields: object, location: string, remarks: Remarks) {
    this.#fields = fields as Readonly<Record<string, unknown>>;
    this.#location = location;
    this.remarks = remarks;
  }

  /** Returns a field as it is; undefined where it is missing or null. */
  value(name: string): unknown {
    for (const spelling of spellingsOf(name)) {
      if (Object.hasOwn(this.#fields, spelling)) return this.#fields[spelling] ?? undefined;
    }
    return undefined;
  }

  /** Returns whether one of the fields is there and not null. */
  hasOneOf(names: readonly string[]): boolean {
    return names.some((name) => this.value(name) !== undefined);
  }

  /** Returns an object; an empty one for anything else. */
  object(name: string): JsonObject {
    const value = this.value(name) ?? {};
    const location = this.location(name);
    if (isObject(value)) return new JsonObject(value, location, this.remarks);
    this.remarks.remark(mismatch(location, 'an object', value));
    return new JsonObject({}, location, this.remarks);
  }

  /** Returns the objects of a list; what else is in it is left out. */
  objects(name: string): JsonObject[] {
    const value = this.value(name) ?? [];
    if (!Array.isArray(value)) {
      this.remarks.remark(mismatch(this.location(name), 'an array', value));
      return [];
    }
    const location = `${this.location(name)}[]`;
    return value.flatMap((item: unknown) => {
      if (isObject(item)) return new JsonObject(item, location, this.remarks);
      this.remarks.remark(mismatch(location, 'an object', item));
      return [];
    });
  }

  /** Returns the items of a list without which nothing can be read. @throws Refusal 400 */
  items(name: string): readonly unknown[] {
    const value = this.value(name) ?? [];
    if (Array.isArray(value)) return value;
    throw new Refusal('message', mismatch(this.location(name), 'an array', value));
  }

  text(name: string): string {
    const value = this.value(name) ?? '';
    // Half a surrogate pair can be written in JSON, and in no store.
    if (typeof value === 'string') return value.toWellFormed();
    this.remarks.remark(mismatch(this.location(name), 'text', value));
    return scalarText(value) ?? '';
  }

  /**
   * Returns a time, ns since the epoch: a number or text, the two halves of a Long, or the seconds
   * and nanoseconds of OpenTelemetry JS.
   * @throws SpanRejection for anything else
   */
  epochNs(name: string): bigint {
    const value = this.value(name) ?? 0;
    const epochNs = wholeNumber(value) ?? fromSecAndNs(value);
    if (epochNs !== undefined && epochNs >= 0n) return epochNs;
    const wanted = epochNs === undefined ? 'a whole number' : 'a whole number >= 0';
    throw new SpanRejection(mismatch(this.location(name), wanted, value));
  }

  /**
   * Returns an id in lower-case hex: it is written in hex, in base64 or as bytes. What can be no id
   * is returned as it is.
   */
  id(name: string, byteLength: number): string {
    const value = this.value(name) ?? '';
    const hex = typeof value === 'string' && value.length === 2 * byteLength && HEX.test(value);
    if (hex) return value.toLowerCase();
    const bytes = bytesOf(value);
    if (bytes?.length === byteLength) return bytes.toString('hex');
    return typeof value === 'string' ? value.toWellFormed().toLowerCase() : shown(value);
  }

  /** Returns an enum's number, also where its name was written, with or without `prefix`. */
  enum(field: string, prefix: string, names: readonly string[]): number {
    const value = this.value(field) ?? 0;
    const name = typeof value === 'string' ? value.toUpperCase().replace(prefix, '') : '';
    const index = names.indexOf(name);
    if (index >= 0) return index;
    const number = wholeNumber(value);
    if (number !== undefined) return Number(number);
    this.remarks.remark(
      mismatch(this.location(field), `a number or one of ${names.join()}`, value),
    );
    return 0;
  }

  location(name: string): string {
    return this.#location === '' ? name : `${this.#location}.${name}`;
  }

  /** Remarks on every list and object that has something in it and is none of those known. */
  remarkUnread(known: readonly string[]): void {
    const names = new Set(known.flatMap(spellingsOf));
    for (const [name, value] of Object.entries(this.#fields)) {
      if (names.has(name) || typeof value !== 'object' || value === null) continue;
      if (Object.keys(value).length === 0) continue;
      this.remarks.remark(`${this.location(shown(name))} is not known here and was not read`);
    }
  }
}

/**
 * Returns the body's object.
 * @throws Refusal 400 for any other value, 413 where it holds too much: see {@link scanJson}.
 */
export function parseJson(
  body: Buffer,
  { maxItems, remarks }: { readonly maxItems: number; readonly remarks: Remarks },
): JsonObject {
  const { longNumbers } = scanJson(body, maxItems);
  let value: unknown;
  try {
    value = parseExactly(body, longNumbers);
  } catch (error) {
    throw new Refusal('message', `the body is no JSON: ${errorText(error)}`, error);
  }
  if (!isObject(value)) throw new Refusal('message', mismatch('', 'an object', value));
  return new JsonObject(value, '', remarks);
}

/** @throws SyntaxError that says where the body is no JSON */
function parseExactly(body: Buffer, longNumbers: readonly number[]): unknown {
  const plain = (): string => body.toString('utf8').replace(/^\uFEFF/u, '');
  if (longNumbers.length === 0) return JSON.parse(plain());
  const text = withLongNumbersAsTexts(body, longNumbers).replace(/^\uFEFF/u, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Neither is the body JSON then; it is quoted as it came.
    return JSON.parse(plain());
  }
  return restoreLongNumbers(value);
}

/** Returns the text that says what a field should have been. */
export function mismatch(location: string, wanted: string, value: unknown): string {
  return `${location === '' ? 'the body' : location} must be ${wanted}, got ${shown(value)}`;
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a 64-bit whole number, written as number, text or Long; undefined for anything else. */
export function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  if (typeof value === 'string') return WHOLE_NUMBER.test(value) ? BigInt(value) : undefined;
  if (!isObject(value)) return undefined;
  const { low, high } = value as { readonly low?: unknown; readonly high?: unknown };
  if (!Number.isInteger(low) || !Number.isInteger(high)) return undefined;
  return BigInt.asIntN(64, (BigInt(Number(high)) << 32n) | BigInt(Number(low) >>> 0));
}

/**
 * Returns bytes that are written in base64, as a list of numbers, as JSON has a Uint8Array
 * (`{"0": 1}`) or as it has a Buffer; undefined for anything else.
 */
export function bytesOf(value: unknown): Buffer | undefined {
  if (typeof value === 'string') {
    return BASE64.test(value) ? Buffer.from(value, 'base64') : undefined;
  }
  if (Array.isArray(value)) return bytesOfNumbers(value);
  if (!isObject(value)) return undefined;
  const { data } = value as { readonly data?: unknown };
  if (Array.isArray(data)) return bytesOfNumbers(data);
  const isIndexed = Object.keys(value).every((key, index) => key === String(index));
  return isIndexed ? bytesOfNumbers(Object.values(value)) : undefined;
}

function bytesOfNumbers(values: readonly unknown[]): Buffer | undefined {
  const isByte = (value: unknown): value is number =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255;
  return values.every(isByte) ? Buffer.from(values) : undefined;
}

function fromSecAndNs(value: unknown): bigint | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [sec, ns] = value.map(wholeNumber);
  return sec === undefined || ns === undefined ? undefined : sec * 1_000_000_000n + ns;
}

const spellings = new Map<string, readonly string[]>();

/** Returns the names under which a field is known, that of OTLP's JSON first. */
function spellingsOf(name: string): readonly string[] {
  let known = spellings.get(name);
  if (known === undefined) {
    const ofProto = name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
    const ofGo = name.charAt(0).toUpperCase() + name.slice(1);
    known = [...new Set([name, ofProto, ofGo])];
    spellings.set(name, known);
  }
  return known;
}
