import { didYouMean, nsFromMs, type Ms } from '../../core/index.ts';
import type { RequestMatch, Toxic, ToxicKind, Trigger } from '../../faults/index.ts';
import { badBody } from './api-error.ts';
import { JsonDecoding } from './json-decoding.ts';
import { plainValue, type JsonNode } from './json-node.ts';

/** What callgauge's toxics can be told beside Toxiproxy's fields. */
export type ToxicExtras = Pick<Toxic, 'trigger' | 'rampNs' | 'match'>;

/**
 * Returns what a body says of `trigger`, `ramp` and `match`, times in ms; nothing where it says
 * nothing. Unlike Toxiproxy's fields they are checked, and a key that is not known is refused.
 * @throws ApiError 400
 */
export function decodeExtras(node: JsonNode, kind: ToxicKind): ToxicExtras {
  const told = new Map(new JsonDecoding().entries(node, ['trigger', 'ramp', 'match'], '', ''));
  const value = (name: string): unknown => {
    const part = told.get(name);
    return part === undefined || part.kind === 'null' ? undefined : plainValue(part);
  };
  const [trigger, ramp, match] = [value('trigger'), value('ramp'), value('match')];
  if (match !== undefined && kind.works !== 'request') {
    throw badBody(`match is for toxics that work on HTTP requests, and ${kind.type} does not`);
  }
  return {
    ...(trigger === undefined ? {} : { trigger: triggerFrom(trigger) }),
    ...(ramp === undefined ? {} : { rampNs: nsFromMs(positive(ramp, 'ramp')) }),
    ...(match === undefined ? {} : { match: matchFrom(match) }),
  };
}

const METHOD = /^[!#$%&'*+.^_`|~\w-]+$/u;
const TRACE_ID = /^[0-9a-f]{32}$/iu;

function triggerFrom(value: unknown): Trigger {
  const told = members(value, 'trigger', ['first', 'every', 'after', 'window']);
  const window = told.get('window');
  return {
    ...whole(told, 'first', 1),
    ...whole(told, 'every', 1),
    ...whole(told, 'after', 0),
    ...(window === undefined ? {} : { window: windowFrom(window) }),
  };
}

function windowFrom(value: unknown): NonNullable<Trigger['window']> {
  const told = members(value, 'trigger.window', ['from', 'for']);
  const from = told.get('from') ?? 0;
  if (typeof from !== 'number' || from < 0) {
    throw wrong('trigger.window.from', 'a number of ms, 0 or more', from);
  }
  const fromNs = nsFromMs(from);
  return { fromNs, forNs: nsFromMs(positive(told.get('for'), 'trigger.window.for')) };
}

function matchFrom(value: unknown): RequestMatch {
  const told = members(value, 'match', ['methods', 'path', 'headers', 'trace', 'baggage']);
  const [methods, path, trace] = [told.get('methods'), told.get('path'), told.get('trace')];
  const [headers, baggage] = [told.get('headers'), told.get('baggage')];
  if (path !== undefined && typeof path !== 'string') throw wrong('match.path', 'a text', path);
  if (trace !== undefined && !(typeof trace === 'string' && TRACE_ID.test(trace))) {
    throw wrong('match.trace', 'a trace id of 32 hex digits', trace);
  }
  return {
    ...(methods === undefined ? {} : { methods: methodsFrom(methods) }),
    ...(path === undefined ? {} : { path }),
    ...(headers === undefined ? {} : { headers: texts(headers, 'match.headers', lowerCase) }),
    ...(typeof trace === 'string' ? { trace: trace.toLowerCase() } : {}),
    ...(baggage === undefined ? {} : { baggage: texts(baggage, 'match.baggage', (key) => key) }),
  };
}

function methodsFrom(value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.length > 0;
  if (isList && value.every((method) => typeof method === 'string' && METHOD.test(method))) {
    return value.map((method) => String(method).toUpperCase());
  }
  throw wrong('match.methods', 'a list of methods', value);
}

function texts(
  value: unknown,
  place: string,
  keyed: (key: string) => string,
): Readonly<Record<string, string>> {
  const wanted = 'an object of texts';
  if (!isObject(value)) throw wrong(place, wanted, value);
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== 'string') throw wrong(`${place}.${key}`, 'a text', text);
      return [keyed(key), text];
    }),
  );
}

/** Returns the members that are there and not null. */
function members(
  value: unknown,
  place: string,
  names: readonly string[],
): ReadonlyMap<string, unknown> {
  if (!isObject(value)) throw wrong(place, 'an object', value);
  const entries = Object.entries(value);
  for (const [key] of entries) {
    if (names.includes(key)) continue;
    throw badBody(`${place} has no ${JSON.stringify(key)}${didYouMean(key, names)}`);
  }
  return new Map(entries.filter(([, member]) => member !== null));
}

function whole(
  told: ReadonlyMap<string, unknown>,
  name: 'first' | 'every' | 'after',
  min: number,
): Trigger {
  const value = told.get(name);
  if (value === undefined) return {};
  if (Number.isSafeInteger(value) && Number(value) >= min) return { [name]: Number(value) };
  throw wrong(`trigger.${name}`, `a whole number, ${min} or more`, value);
}

function positive(value: unknown, place: string): Ms {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  throw wrong(place, 'a number of ms over 0', value);
}

function wrong(place: string, wanted: string, seen: unknown): Error {
  return badBody(`${place} must be ${wanted}, got ${JSON.stringify(seen) ?? 'nothing'}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}
