import { createRequire } from 'node:module';
import type * as ajv from 'ajv';
import type * as csv from 'csv-parse/sync';
import type * as jsonPaths from 'jsonpath-rfc9535';
import type * as jsonPathParser from 'jsonpath-rfc9535/parser';

/**
 * The libraries of this room, each loaded when a flow first needs it: together they take some 60
 * ms, in every sending thread, and most scenarios need none.
 */
const load = createRequire(import.meta.url);

export function ajvLibrary(): typeof ajv {
  return load('ajv') as typeof ajv;
}

export function csvLibrary(): typeof csv {
  return load('csv-parse/sync') as typeof csv;
}

export function jsonPathLibrary(): typeof jsonPaths {
  return load('jsonpath-rfc9535') as typeof jsonPaths;
}

export function jsonPathParserLibrary(): typeof jsonPathParser {
  return load('jsonpath-rfc9535/parser') as typeof jsonPathParser;
}
