/** A JSON text, for use inside another one. */
export type JsonText = string & { readonly json?: never };

/** Returns a text as Go's encoding/json writes it: with what HTML could mistake written as codes. */
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
 * Returns a number as Go writes a float32: the shortest text that means the same one. A digit more or
 * fewer than a double's would be another toxicity than the one that was sent.
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
