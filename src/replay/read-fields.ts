import {
  recordedDuration,
  recordedTime,
  TIME_WANTED,
  unitInName,
  type Ns,
  type RecordedTime,
} from '../core/index.ts';
import type { ReplayedRequest } from '../scenario/index.ts';
import {
  ANSWER_FIELDS,
  CLEAR_DURATION_FIELDS,
  DURATION_FIELDS,
  METHOD_FIELDS,
  PATH_FIELDS,
  START_FIELDS,
  TIME_FIELDS,
} from './field-names.ts';
import { firstOf, isMap, textOf, valueOf, type Fields } from './fields.ts';
import type { LineOptions } from './line-options.ts';
import type { LineReading, RecordedArrival } from './recorded-arrival.ts';
import type { RequestProblem } from './recorded-path.ts';
import {
  NO_REQUEST,
  requestOf,
  requestOfLine,
  shown,
  type TargetText,
} from './recorded-request.ts';

const NAMES_SHOWN = 12;

/** Returns the arrival of named fields. */
export function readFields(
  fields: Fields,
  options: LineOptions,
  as: TargetText = 'characters',
): LineReading {
  const found = timeIn(fields, options.timeField);
  if ('problem' in found) return found;
  const took = durationIn(fields, options);
  const isAnswered = firstOf(fields, ANSWER_FIELDS) !== undefined || isOfCaddy(fields);
  const isEnd = isAnswered || options.durationField !== undefined;
  return {
    time: found.time,
    moment: found.isStart ? 'start' : isEnd ? 'end' : 'list',
    durationNs: took?.ns,
    ...(took && { durationName: took.name }),
    request: requestIn(fields, options, as),
  };
}

/** Returns whether any field of a known name says what was called. */
export function saysPath(fields: Fields, { pathField }: LineOptions): boolean {
  return (
    pathField !== undefined || PATH_FIELDS.some(([name]) => textOf(fields, name) !== undefined)
  );
}

/** Returns whether a field of a known name holds a time, so that these may be a list's columns. */
export function saysTime(fields: Fields): boolean {
  return firstOf(fields, [...START_FIELDS, ...TIME_FIELDS]) !== undefined;
}

interface FoundTime {
  readonly time: RecordedTime;
  /** Whether the field is known to hold when a request came. */
  readonly isStart: boolean;
}

function timeIn(fields: Fields, timeField: string | undefined): FoundTime | RequestProblem {
  const start = timeField === undefined ? firstOf(fields, START_FIELDS) : undefined;
  const name = timeField ?? start ?? firstOf(fields, TIME_FIELDS);
  const text = name === undefined ? undefined : textOf(fields, name)?.trim();
  if (name === undefined || text === undefined) {
    const seen = Object.keys(fields).slice(0, NAMES_SHOWN).join(', ');
    const wanted = timeField ?? TIME_FIELDS.slice(0, 9).join(', ');
    return {
      problem: `must have a field ${wanted}, got ${seen === '' ? 'none' : shown(seen)}`,
      reason: 'without a time',
    };
  }
  // Columns date and time are one time together, as in the logs of IIS.
  const day = textOf(fields, 'date')?.trim() ?? '';
  const time = recordedTime(text) ?? recordedTime(`${day} ${textOf(fields, 'time')?.trim()}`);
  if (!time) {
    return {
      problem: `must have ${TIME_WANTED} in its field ${name}, got ${shown(text)}`,
      reason: 'with a time that cannot be read',
    };
  }
  // Google's load balancers write when a request came.
  const isStart = START_FIELDS.includes(name) || valueOf(fields, 'httpRequest') !== undefined;
  return { time: timeField === undefined ? finest(time, fields) : time, isStart };
}

/** nginx has its time to the second in one field, and with milliseconds in another. */
function finest(time: RecordedTime, fields: Fields): RecordedTime {
  const msec = time.isWhole ? textOf(fields, 'msec') : undefined;
  const exact = /^\d{9,11}\.\d{3}$/u.test(msec ?? '') ? recordedTime(msec ?? '') : undefined;
  return exact ?? time;
}

/** Caddy's `ts` is when it wrote the line, its `duration` a number of seconds. */
function isOfCaddy(fields: Fields): boolean {
  return isMap(fields['request']) && textOf(fields, 'request.uri') !== undefined;
}

interface FoundDuration {
  readonly name: string;
  readonly ns: Ns;
}

function durationIn(
  fields: Fields,
  { durationField, durationUnit }: LineOptions,
): FoundDuration | undefined {
  const read = (name: string, unit: LineOptions['durationUnit']): FoundDuration | undefined => {
    const ns = recordedDuration(textOf(fields, name)?.trim() ?? '', unit ?? unitInName(name));
    return ns === undefined ? undefined : { name, ns };
  };
  if (durationField !== undefined) {
    const known = DURATION_FIELDS.find(([name]) => name === durationField)?.[1];
    return read(durationField, durationUnit ?? known);
  }
  if (isOfCaddy(fields)) return read('duration', 's');
  for (const [name, unit] of DURATION_FIELDS) {
    const found = read(name, unit);
    if (found) return found;
  }
  const clear = Object.keys(fields).filter((name) => CLEAR_DURATION_FIELDS.test(name));
  for (const name of ['httpRequest.latency', ...clear]) {
    const found = read(name, durationUnit);
    if (found) return found;
  }
  return undefined;
}

/** Fields whose url may have a fragment, which is never asked for. */
const HOLDS_URL = /(?:url|^url\.(?:original|full))$/iu;

function requestIn(
  fields: Fields,
  { methodField, pathField }: LineOptions,
  as: TargetText,
): RecordedArrival['request'] {
  const said = methodField ?? firstOf(fields, METHOD_FIELDS);
  const method = said === undefined ? undefined : textOf(fields, said)?.trim();
  const [name, queries = []] =
    pathField === undefined
      ? (PATH_FIELDS.find(([known]) => textOf(fields, known) !== undefined) ?? [])
      : [pathField, PATH_FIELDS.find(([known]) => known === pathField)?.[1]];
  const path = name === undefined ? undefined : textOf(fields, name)?.trim();
  if (name === undefined || path === undefined) return noPath(fields, pathField);
  // A whole request line, as nginx has it in $request.
  if (/^[A-Z]+ \S/u.test(path)) return requestOfLine(path, as);
  return requestOf(method === undefined || method === '' ? 'GET' : method, withQuery(), as);

  function withQuery(): string {
    const asked = HOLDS_URL.test(name ?? '') ? path?.split('#', 1)[0] : path;
    if (asked === undefined || asked.includes('?')) return asked ?? '';
    const key = queries.find((known) => queryText(valueOf(fields, known)) !== '');
    const query = key === undefined ? '' : queryText(valueOf(fields, key));
    return query === '' ? asked : `${asked}?${query}`;
  }
}

function noPath(fields: Fields, pathField: string | undefined): ReplayedRequest | RequestProblem {
  const seen = shown(Object.keys(fields).slice(0, NAMES_SHOWN).join(', '));
  const wanted =
    pathField === undefined ? NO_REQUEST.problem : `must have a field ${pathField} with a path`;
  return { ...NO_REQUEST, problem: `${wanted}; got the fields ${seen}` };
}

/** `-` stands for none in the logs of IIS and nginx; some keep a query as a map of texts. */
function queryText(query: unknown): string {
  if (typeof query === 'string') return query === '-' ? '' : query.trim().replace(/^\?/u, '');
  if (!isMap(query)) return '';
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value]
      .flat()
      .map((one): [string, string] => [key, typeof one === 'string' ? one : String(one)]),
  );
  return new URLSearchParams(pairs).toString();
}
