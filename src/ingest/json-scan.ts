import { Refusal } from './refusal.ts';

/** What JSON.parse would make of a body, counted without making it. */
export interface JsonScan {
  /** The start and the end of every whole number that a double may not hold, one after another. */
  readonly longNumbers: readonly number[];
}

/** Values of any kind for each item that may be there: a span of OTLP has 17, an attribute 4. */
export const VALUES_PER_ITEM = 6;
/** Different names of fields: those of OTLP, and attributes that come as a map. */
export const NAMES_MAX = 10_000;
const NAME_SLOTS = 2 ** 16;
/** Deepest nesting. Attribute values are cut off long before it. */
export const DEPTH_MAX = 1_000;
/** Characters of a number. A double needs 24; whole numbers are made in the square of this. */
export const NUMBER_CHARACTERS_MAX = 1_000;
/** A whole number of so many digits may lie past 2^53, where JSON.parse would round it. */
const LONG_DIGITS = 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const LIST = 0x5b;
const LIST_END = 0x5d;
const MAP = 0x7b;
const MAP_END = 0x7d;

/**
 * Counts what a JSON body holds, in one pass over its bytes that builds nothing: a small body may
 * become millions of objects, each of a hundred times its bytes. Whether it is JSON at all is for
 * the parser to say, which is asked for what is within the bounds alone.
 *
 * Items are lists and maps within lists, as all of spans, events, links and attributes are.
 *
 * @throws Refusal 413 past a bound, 400 for a number that is longer than any.
 */
export function scanJson(body: Uint8Array, maxItems: number): JsonScan {
  const valuesMax = VALUES_PER_ITEM * maxItems;
  const names = new NameCount();
  /** Whether each of the open containers is a list. */
  const isList = new Uint8Array(DEPTH_MAX + 1);
  let depth = 0;
  let items = 0;
  let values = 1;
  const longNumbers: number[] = [];
  const end = body.length;
  for (let at = 0; at < end; at++) {
    const byte = body[at] ?? 0;
    if (byte === QUOTE) {
      const start = at + 1;
      at = endOfText(body, start);
      if (isList[depth] === 0 && isBeforeColon(body, at + 1)) names.count(body, start, at);
    } else if (byte === COMMA) {
      if (++values > valuesMax) throw tooMany(`${valuesMax} JSON values`);
    } else if (byte === LIST || byte === MAP) {
      // The comma before it counts a value but the first.
      if (++values > valuesMax) throw tooMany(`${valuesMax} JSON values`);
      if (isList[depth] === 1 && ++items > maxItems) {
        throw tooMany(`${maxItems} spans, events, links and attributes`);
      }
      if (++depth > DEPTH_MAX) throw tooDeep();
      isList[depth] = byte === LIST ? 1 : 0;
    } else if (byte === LIST_END || byte === MAP_END) {
      if (depth > 0) depth--;
    } else if (byte === MINUS || isDigit(byte)) {
      const stop = endOfNumber(body, at);
      if (stop - at > NUMBER_CHARACTERS_MAX) throw tooLong(stop - at);
      if (stop - at >= LONG_DIGITS && isLongWhole(body, at, stop)) longNumbers.push(at, stop);
      at = stop - 1;
    }
  }
  return { longNumbers };
}

/** Returns the offset of the quote that ends a text; the body's end where there is none. */
function endOfText(body: Uint8Array, start: number): number {
  let at = start;
  for (; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) break;
    if (byte === BACKSLASH) at++;
  }
  return at;
}

function isBeforeColon(body: Uint8Array, from: number): boolean {
  let at = from;
  while (at < body.length && (body[at] ?? 0) <= 0x20) at++;
  return body[at] === COLON;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Returns where that ends which begins here and looks like a number. */
function endOfNumber(body: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < body.length && isInNumber(body[at] ?? 0)) at++;
  return at;
}

function isInNumber(byte: number): boolean {
  return isDigit(byte) || byte === 0x2e || byte === MINUS || byte === 0x2b || (byte | 32) === 0x65;
}

function isLongWhole(body: Uint8Array, start: number, end: number): boolean {
  const first = body[start] === MINUS ? start + 1 : start;
  if (end - first < LONG_DIGITS || body[first] === 0x30) return false;
  for (let at = first; at < end; at++) if (!isDigit(body[at] ?? 0)) return false;
  // A number where a name should be is no JSON, and stays none.
  return !isBeforeColon(body, end);
}

function tooLong(characters: number): Refusal {
  const longest = `the longest that is read has ${NUMBER_CHARACTERS_MAX}`;
  return new Refusal('message', `the body holds a number of ${characters} characters; ${longest}`);
}

function tooDeep(): Refusal {
  const levels = `${DEPTH_MAX} levels of JSON, one within the other`;
  return new Refusal('items', `the request holds more than ${levels}; send flatter values`);
}

function tooMany(what: string): Refusal {
  return new Refusal('items', `the request holds more than ${what}; send smaller batches`);
}

/**
 * Counts different names by a hash of their bytes. The engine keeps each name once, and a form of
 * map for each order of names: many of them cost it far more than many values do. Names that fall
 * into one slot count as one: of 10,000, some 700 do.
 */
class NameCount {
  /** Made for the first name: most lines that are no JSON have none. */
  #isTaken: Uint8Array | undefined;
  #names = 0;

  /** @throws Refusal 413 past the bound. */
  count(body: Uint8Array, start: number, end: number): void {
    let hash = end - start;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (body[at] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 16)) & (NAME_SLOTS - 1);
    this.#isTaken ??= new Uint8Array(NAME_SLOTS);
    if (this.#isTaken[slot] === 1) return;
    this.#isTaken[slot] = 1;
    if (++this.#names > NAMES_MAX) throw tooMany(`${NAMES_MAX} different names of fields`);
  }
}
