import { errorText } from '../core/index.ts';
import { Refusal } from './refusal.ts';

const WHOLE_NUMBER = /^-?\d{1,20}$/u;

/**
 * A JSON object whose fields are read under a type that is checked. A field that is missing or
 * null has its type's empty value, as in protobuf.
 */
export class JsonObject {
  readonly #fields: Readonly<Record<string, unknown>>;
  /** The object's place in the body, for messages; '' for the body itself. */
  readonly #place: string;

  /** @throws Refusal 400 where the value is neither an object nor missing. */
  constructor(value: unknown, place: string) {
    if (typeof value !== 'object' || Array.isArray(value))
      throw mismatch(place, 'an object', value);
    this.#fields = (value ?? {}) as Readonly<Record<string, unknown>>;
    this.#place = place;
  }

  /** Returns a field as it is; undefined where it is missing or null. */
  value(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined;
  }

  object(name: string): JsonObject {
    return new JsonObject(this.value(name) ?? null, this.place(name));
  }

  objects(name: string): JsonObject[] {
    const place = `${this.place(name)}[]`;
    return this.values(name).map((item) => new JsonObject(item, place));
  }

  values(name: string): readonly unknown[] {
    const value = this.value(name) ?? [];
    if (!Array.isArray(value)) throw mismatch(this.place(name), 'an array', value);
    return value;
  }

  text(name: string): string {
    const value = this.value(name) ?? '';
    if (typeof value !== 'string') throw mismatch(this.place(name), 'text', value);
    // Half a surrogate pair can be written in JSON, and in no store.
    return value.toWellFormed();
  }

  /** Returns a 64-bit whole number, written as number or text. */
  integer(name: string): bigint {
    const value = this.value(name) ?? 0;
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
    if (typeof value === 'string' && WHOLE_NUMBER.test(value)) return BigInt(value);
    throw mismatch(this.place(name), 'a whole number', value);
  }

  unsigned(name: string): bigint {
    const value = this.integer(name);
    if (value < 0n) throw mismatch(this.place(name), 'a whole number >= 0', value);
    return value;
  }

  /** Returns an enum's number, also where its name was written. */
  enum(name: string, names: readonly string[]): number {
    const index = names.indexOf(String(this.value(name)));
    return index >= 0 ? index : Number(this.integer(name));
  }

  place(name: string): string {
    return this.#place === '' ? name : `${this.#place}.${name}`;
  }

  /** Returns the error for a field that is not what it has to be. */
  mismatch(name: string, wanted: string): Refusal {
    return mismatch(this.place(name), wanted, this.value(name));
  }
}

/** Returns the body's object. @throws Refusal 400 where it is none. */
export function parseJson(body: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Refusal(400, `the body is no JSON: ${errorText(error)}`, error);
  }
  if (value === null) throw mismatch('', 'an object', value);
  return new JsonObject(value, '');
}

function mismatch(place: string, wanted: string, value: unknown): Refusal {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  const shown = typeof value === 'number' || typeof value === 'boolean' ? String(value) : kind;
  return new Refusal(400, `${place === '' ? 'the body' : place} must be ${wanted}, got ${shown}`);
}
