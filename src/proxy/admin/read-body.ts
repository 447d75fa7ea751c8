import { badBody } from './api-error.ts';
import { JsonDecoding } from './json-decoding.ts';
import type { JsonNode } from './json-node.ts';
import { readFirstValue } from './json-reader.ts';
import { JsonSyntaxError } from './json-tokens.ts';

/**
 * Returns the JSON value of a body; `read` says what may come after it.
 * @throws ApiError 400 where there is none.
 */
export function jsonBody(bytes: Buffer, read = readFirstValue): JsonNode {
  try {
    return read(bytes);
  } catch (error) {
    throw error instanceof JsonSyntaxError ? badBody(error.message) : error;
  }
}

/**
 * Returns what `take` makes of a JSON value.
 * @throws ApiError 400 where a part of it was of the wrong type.
 */
export function decoded<T>(take: (decoding: JsonDecoding) => T): T {
  const decoding = new JsonDecoding();
  const taken = take(decoding);
  if (decoding.mismatch !== undefined) throw badBody(decoding.mismatch);
  return taken;
}
