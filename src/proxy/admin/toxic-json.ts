import { didYouMean, type Ms, msFromNs, nsFromMs } from '../../core/index.ts';
import {
  type Direction,
  kindOf,
  type RequestMatch,
  type SettingValues,
  type Toxic,
  TOXIC_KINDS,
  type ToxicKind,
  type Trigger,
} from '../../toxics/index.ts';
import { settingsFromWire, settingsToWire } from './wire-settings.ts';
import {
  type Fields,
  fieldsOf,
  float32Field,
  isObject,
  jsonFloat32,
  jsonObject,
  jsonString,
  type JsonText,
  jsonValue,
  seenText,
  stringField,
  wrongType,
} from './admin-json.ts';
import { ApiError, badBody, located, refuseLongName } from './api-error.ts';

/** Returns a toxic as Toxiproxy writes it, with what is callgauge's own only where it is set. */
export function toxicJson(toxic: Toxic): JsonText {
  const { name, type, stream, toxicity, trigger, rampNs, match } = toxic;
  return jsonObject([
    ['attributes', jsonValue(settingsToWire(kindOf(type), toxic.settings))],
    ['name', jsonString(name)],
    ['type', jsonString(type)],
    ['stream', jsonString(stream)],
    ['toxicity', jsonFloat32(toxicity)],
    ...(trigger === undefined ? [] : ([['trigger', jsonValue(wireTrigger(trigger))]] as const)),
    ...(rampNs === undefined ? [] : ([['ramp', jsonValue(msFromNs(rampNs))]] as const)),
    ...(match === undefined ? [] : ([['match', jsonValue(wireMatch(match))]] as const)),
  ]);
}

function wireTrigger({ first, every, after, window }: Trigger): unknown {
  return {
    first,
    every,
    after,
    window: window && { from: msFromNs(window.fromNs), for: msFromNs(window.forNs) },
  };
}

function wireMatch({ methods, path, headers, trace, baggage }: RequestMatch): unknown {
  return { methods, path, headers, trace, baggage };
}

/**
 * Returns the toxic that a body asks for. `isTaken` says whether the proxy has one of this name.
 * @throws ApiError 400, 409
 */
export function decodeToxic(body: unknown, isTaken: (name: string) => boolean): Toxic {
  const fields = fieldsOf(body, '');
  const type = stringField(fields, 'type') ?? '';
  const stream = stringField(fields, 'stream') ?? 'downstream';
  const name = stringField(fields, 'name') || `${type}_${stream}`;
  const toxicity = float32Field(fields, 'toxicity') ?? 1;
  const attributes = attributesOf(fields);
  const direction = directionOf(stream);
  const kind = TOXIC_KINDS.get(type);
  if (kind === undefined) throw new ApiError('invalid toxic type', 400);
  refuseLongName(name);
  if (isTaken(name)) throw new ApiError('toxic already exists', 409);
  const settings = settingsOf(kind, attributes);
  return { name, type, stream: direction, toxicity, settings, ...decodeExtras(fields, kind) };
}

/**
 * Returns the toxics that a list asks for, which are to be on one proxy.
 * @throws ApiError 400, 409
 */
export function decodeToxics(bodies: readonly unknown[]): readonly Toxic[] {
  const taken = new Set<string>();
  return bodies.map((body, i) => {
    const toxic = located(`toxic ${i + 1}`, () => decodeToxic(body, (name) => taken.has(name)));
    taken.add(toxic.name);
    return toxic;
  });
}

/**
 * Returns what a body changes of a toxic: its attributes and its toxicity; the rest is ignored.
 * @throws ApiError 400
 */
export function decodeToxicChange(
  body: unknown,
  toxic: Toxic,
): { readonly settings: SettingValues; readonly toxicity: number } {
  const fields = fieldsOf(body, '');
  const toxicity = float32Field(fields, 'toxicity') ?? toxic.toxicity;
  const settings = settingsOf(kindOf(toxic.type), attributesOf(fields), toxic.settings);
  return { settings, toxicity };
}

function directionOf(stream: string): Direction {
  const direction = stream.toLowerCase();
  if (direction === 'upstream' || direction === 'downstream') return direction;
  throw new ApiError('stream was invalid, can be either upstream or downstream', 400);
}

function attributesOf(fields: Fields): Readonly<Record<string, unknown>> {
  const attributes = fields.get('attributes') ?? {};
  if (!isObject(attributes)) throw wrongType('attributes', 'an object', attributes);
  return attributes;
}

function settingsOf(
  kind: ToxicKind,
  attributes: Readonly<Record<string, unknown>>,
  base?: SettingValues,
): SettingValues {
  const read = settingsFromWire(kind, attributes, base);
  if (!('problems' in read)) return read.values;
  const reasons = read.problems.map(
    ({ name, seen, wanted }) => `attributes.${name}: got ${seenText(seen)}, wanted ${wanted}`,
  );
  throw badBody(reasons.join('; '));
}

/** callgauge's fields of a toxic beside Toxiproxy's. */
export type ToxicExtras = Pick<Toxic, 'trigger' | 'rampNs' | 'match'>;

/**
 * Returns what a body says of `trigger`, `ramp` and `match`, times in ms; nothing where it says
 * nothing. Unlike Toxiproxy's fields they are checked, and a key that is not known is refused.
 * @throws ApiError 400
 */
export function decodeExtras(fields: Fields, kind: ToxicKind): ToxicExtras {
  const [trigger, ramp, match] = ['trigger', 'ramp', 'match'].map((name) => fields.get(name));
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
  const fields = members(value, 'trigger', ['first', 'every', 'after', 'window']);
  const window = fields.get('window');
  return {
    ...whole(fields, 'first', 1),
    ...whole(fields, 'every', 1),
    ...whole(fields, 'after', 0),
    ...(window === undefined ? {} : { window: windowFrom(window) }),
  };
}

function windowFrom(value: unknown): NonNullable<Trigger['window']> {
  const fields = members(value, 'trigger.window', ['from', 'for']);
  const from = fields.get('from') ?? 0;
  if (typeof from !== 'number' || !(from >= 0 && from < Infinity)) {
    throw wrongType('trigger.window.from', 'a number of ms, 0 or more', from);
  }
  const fromNs = nsFromMs(from);
  return { fromNs, forNs: nsFromMs(positive(fields.get('for'), 'trigger.window.for')) };
}

function matchFrom(value: unknown): RequestMatch {
  const fields = members(value, 'match', ['methods', 'path', 'headers', 'trace', 'baggage']);
  const [methods, path, trace] = [fields.get('methods'), fields.get('path'), fields.get('trace')];
  const [headers, baggage] = [fields.get('headers'), fields.get('baggage')];
  if (path !== undefined && typeof path !== 'string')
    throw wrongType('match.path', 'a string', path);
  if (trace !== undefined && !(typeof trace === 'string' && TRACE_ID.test(trace))) {
    throw wrongType('match.trace', 'a trace id of 32 hex digits', trace);
  }
  return {
    ...(methods === undefined ? {} : { methods: methodsFrom(methods) }),
    ...(path === undefined ? {} : { path }),
    ...(headers === undefined ? {} : { headers: stringMap(headers, 'match.headers', lowerCase) }),
    ...(typeof trace === 'string' ? { trace: trace.toLowerCase() } : {}),
    ...(baggage === undefined
      ? {}
      : { baggage: stringMap(baggage, 'match.baggage', (key) => key) }),
  };
}

function methodsFrom(value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.length > 0;
  if (isList && value.every((method) => typeof method === 'string' && METHOD.test(method))) {
    return value.map((method) => String(method).toUpperCase());
  }
  throw wrongType('match.methods', 'a list of methods', value);
}

function stringMap(
  value: unknown,
  location: string,
  keyed: (key: string) => string,
): Readonly<Record<string, string>> {
  const wanted = 'an object of strings';
  if (!isObject(value)) throw wrongType(location, wanted, value);
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== 'string') throw wrongType(`${location}.${key}`, 'a string', text);
      return [keyed(key), text];
    }),
  );
}

/** Returns the members that are there and not null. */
function members(
  value: unknown,
  location: string,
  names: readonly string[],
): ReadonlyMap<string, unknown> {
  if (!isObject(value)) throw wrongType(location, 'an object', value);
  const entries = Object.entries(value);
  for (const [key] of entries) {
    if (names.includes(key)) continue;
    throw badBody(`${location} has no ${JSON.stringify(key)}${didYouMean(key, names)}`);
  }
  return new Map(entries.filter(([, member]) => member !== null));
}

function whole(
  fields: ReadonlyMap<string, unknown>,
  name: 'first' | 'every' | 'after',
  min: number,
): Trigger {
  const value = fields.get(name);
  if (value === undefined) return {};
  if (Number.isSafeInteger(value) && Number(value) >= min) return { [name]: Number(value) };
  throw wrongType(`trigger.${name}`, `a whole number, ${min} or more`, value);
}

function positive(value: unknown, location: string): Ms {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  throw wrongType(location, 'a number of ms over 0', value);
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}
