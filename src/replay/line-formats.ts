import type { ReplayedRequest } from '../scenario/index.ts';
import type { LineReading } from './recorded-arrival.ts';
import { recordedTime } from './recorded-time.ts';

/** The usual names of a field that holds a time, the first that is there is taken. */
export const TIME_FIELDS = ['time', 'timestamp', '@timestamp', 'ts', 'date', 'datetime', 'msec'];
const METHOD_FIELDS = ['method', 'request_method', 'http.method', 'http.request.method'];
const PATH_FIELDS = ['path', 'uri', 'request_uri', 'url.path', 'http.target'];

/**
 * A line of the common or combined log. What stands in quotes may hold \" and \\.
 *
 *     10.0.0.7 - anna [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "curl" 971211336.250
 *                      └───────── time ─────────┘   method path                              └ $msec ┘
 */
const TIME_AND_REQUEST = /\[([^[\]]{1,64})\] "((?:[^"\\]|\\.)*)"/u;
const REQUEST_LINE = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/u;
/** Of a request to a proxy, the path and query behind its origin. */
const ABSOLUTE = /^https?:\/\/[^/?#]*([^#]*)/iu;
/** Seconds since the epoch with their milliseconds, as the line's last word. */
const MSEC_AT_END = /\s(\d{9,11}\.\d{3,9})$/u;
/** As many characters as that takes: more of a line are not searched for it. */
const MSEC_CHARACTERS = 22;

/** Returns the arrival of a line of an access log. */
export function readAccessLine(line: string): LineReading {
  // A host and a user stand in front of the bracket, which is the line's first that has a request behind it.
  const match = /^\S+ /u.test(line) ? TIME_AND_REQUEST.exec(line) : null;
  if (!match) return { fault: 'must be a line of the common or combined log' };
  const [whole, bracket = '', request = ''] = match;
  const rest = line.slice(match.index + whole.length).slice(-MSEC_CHARACTERS);
  const time = recordedTime(MSEC_AT_END.exec(rest)?.[1] ?? bracket);
  if (!time) return { fault: `must have its time in brackets, got [${bracket}]` };
  const called = REQUEST_LINE.exec(request);
  return { time, request: called ? requestOf(called[1], called[2]) : undefined };
}

/** Returns the arrival of a line that is a JSON object. */
export function readJsonLine(line: string, timeField: string | undefined): LineReading {
  const fields = jsonObject(line);
  return fields ? readFields(fields, timeField) : { fault: 'must be a JSON object' };
}

/** Returns the arrival of named fields. */
export function readFields(
  fields: Readonly<Record<string, unknown>>,
  timeField: string | undefined,
): LineReading {
  const name = timeField ?? TIME_FIELDS.find((known) => fieldOf(fields, known) !== undefined);
  const value = name === undefined ? undefined : fieldOf(fields, name);
  if (name === undefined || value === undefined) {
    return { fault: `must have a field ${timeField ?? TIME_FIELDS.join(', ')}` };
  }
  const time = recordedTime(value.trim());
  if (!time) return { fault: `must have a time in its field ${name}, got ${value.slice(0, 80)}` };
  const first = (names: readonly string[]): string | undefined =>
    names.map((known) => fieldOf(fields, known)).find((known) => known !== undefined);
  return { time, request: requestOf(first(METHOD_FIELDS), first(PATH_FIELDS)) };
}

/** Returns the arrival of a line that is nothing but a time. */
export function readPlainLine(line: string): LineReading {
  const time = recordedTime(line.trim());
  return time ? { time, request: undefined } : { fault: 'must be a time' };
}

/** A field that is named with points may also lie inside maps. Numbers are taken as their text. */
function fieldOf(fields: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(fields, name)
    ? fields[name]
    : name.split('.').reduce<unknown>((at, key) => (isMap(at) ? at[key] : undefined), fields);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** What was asked of a proxy in full is asked by its path; `*`, of a server as a whole, is no path. */
function requestOf(method = 'GET', target = ''): ReplayedRequest | undefined {
  const absolute = ABSOLUTE.exec(target)?.[1];
  const path = absolute === undefined || absolute.startsWith('/') ? absolute : `/${absolute}`;
  const asked = path ?? target;
  return asked.startsWith('/') ? { method: method.toUpperCase(), path: asked } : undefined;
}

function jsonObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
