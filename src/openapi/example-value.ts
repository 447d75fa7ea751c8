import { matchingText } from '../pattern/index.ts';
import { entriesOf, isMap, listOf, mapOf, type JsonMap } from './json-map.ts';
import { Unusable, type References } from './references.ts';

/** A value for a parameter or a body, and where it comes from. */
export interface ExampleValue {
  readonly value: unknown;
  /** `given`: an example, default or enum of the description. `made`: of the schema's bounds. */
  readonly origin: 'given' | 'made';
}

/** So deeply are schemas looked into. */
const DEPTH_MAX = 24;
/** So many schemas are looked at for one value. */
const SCHEMAS_MAX = 5_000;
const ITEMS_MAX = 20;
/** Of a value, about, as JSON. */
const CHARACTERS_MAX = 64 * 1024;
const VALUE_DEPTH_MAX = 64;
const TEXT_MAX = 1_000;

/**
 * Returns a value that a schema allows, always the same one: its example, const, default or first
 * enum, else one that is made of type, format, bounds and a simple pattern.
 * @throws Unusable where there is none, or it is not found within the bounds
 */
export function exampleOfSchema(schema: unknown, references: References): ExampleValue {
  return bounded(new Maker(references).make(schema, 0));
}

/**
 * Returns the example that a parameter, header or media type names beside its schema; undefined
 * where it names none.
 * @throws Unusable for a reference that leads nowhere
 */
export function namedExample(owner: JsonMap, references: References): ExampleValue | undefined {
  const { example: own } = owner;
  if (isGiven(own)) return bounded({ value: own, origin: 'given' });
  for (const [, named] of entriesOf(owner['examples'])) {
    const example = references.follow(named);
    if (isMap(example) && isGiven(example['value'])) {
      return bounded({ value: example['value'], origin: 'given' });
    }
  }
  return undefined;
}

/** A value may be written out a few times: lists of lists are soon endless. */
function bounded(example: ExampleValue): ExampleValue {
  let left = CHARACTERS_MAX;
  const visit = (value: unknown, depth: number): void => {
    left -= typeof value === 'string' ? value.length : 8;
    if (left < 0 || depth > VALUE_DEPTH_MAX) throw new Unusable('its value is too large');
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      left -= key.length;
      visit(item, depth + 1);
    }
  };
  visit(example.value, 0);
  return example;
}

/** A number whose digits a double does not hold is none. */
function isGiven(value: unknown): boolean {
  if (typeof value !== 'number') return value !== undefined && value !== null;
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

class Maker {
  readonly #references: References;
  #left = SCHEMAS_MAX;

  constructor(references: References) {
    this.#references = references;
  }

  make(written: unknown, depth: number): ExampleValue {
    if (depth > DEPTH_MAX) throw new Unusable('its schema holds itself, or is too deep');
    if (this.#left-- === 0) throw new Unusable('its schema is too large');
    const schema = this.#references.follow(written);
    if (schema === true || schema === undefined) return { value: 'text', origin: 'made' };
    if (!isMap(schema)) throw new Unusable('its schema is no map');
    const given = [
      schema['example'],
      ...listOf(schema['examples']),
      schema['const'],
      schema['default'],
      ...listOf(schema['enum']),
    ].find(isGiven);
    if (given !== undefined) return { value: given, origin: 'given' };
    return this.#madeOf(schema, depth);
  }

  #madeOf(schema: JsonMap, depth: number): ExampleValue {
    const parts = listOf(schema['allOf']);
    if (parts.length > 0) return this.#allOf(schema, parts, depth);
    const ways = [...listOf(schema['oneOf']), ...listOf(schema['anyOf'])];
    if (ways.length > 0) return this.#firstOf(ways, depth);
    switch (typeOf(schema)) {
      case 'string':
        return made(textFor(schema));
      case 'integer':
        return made(numberFor(schema, true));
      case 'number':
        return made(numberFor(schema, false));
      case 'boolean':
        return made(true);
      case 'array':
        return this.#list(schema, depth);
      case 'object':
        return this.#object(schema, depth);
      default:
        throw new Unusable('its schema names no type');
    }
  }

  /** Parts that are maps are one map; of others the first that has a value. */
  #allOf(schema: JsonMap, parts: readonly unknown[], depth: number): ExampleValue {
    const { allOf: _, ...own } = schema;
    const all = [...parts, ...(typeOf(own) === undefined ? [] : [own])];
    const values = this.#values(all, depth);
    const maps = values.filter(({ value }) => isMap(value));
    const [first] = maps.length > 0 ? maps : values;
    if (first === undefined) throw new Unusable('no part of its schema has a value');
    if (maps.length < 2) return first;
    const isGivenWhole = maps.every(({ origin }) => origin === 'given');
    return {
      value: Object.assign({}, ...maps.map(({ value }) => value)),
      origin: isGivenWhole ? 'given' : 'made',
    };
  }

  #firstOf(ways: readonly unknown[], depth: number): ExampleValue {
    const [first] = this.#values(ways, depth, 1);
    if (first === undefined) throw new Unusable('none of the ways of its schema has a value');
    return first;
  }

  #values(schemas: readonly unknown[], depth: number, atMost = Infinity): readonly ExampleValue[] {
    const values: ExampleValue[] = [];
    for (const schema of schemas) {
      if (values.length === atMost) break;
      try {
        values.push(this.make(schema, depth + 1));
      } catch (error) {
        if (!(error instanceof Unusable) || this.#left < 0) throw error;
      }
    }
    return values;
  }

  #list(schema: JsonMap, depth: number): ExampleValue {
    const count = Math.min(Math.max(1, wholeOr(schema['minItems'], 1)), ITEMS_MAX);
    const { value, origin } = this.make(schema['items'] ?? {}, depth + 1);
    return { value: Array.from({ length: count }, () => value), origin };
  }

  /** With the properties that it must have; where it need have none, with the plain ones. */
  #object(schema: JsonMap, depth: number): ExampleValue {
    const required = listOf(schema['required']).filter((name) => typeof name === 'string');
    const properties = mapOf(schema['properties']);
    const value: Record<string, unknown> = {};
    const names = required.length > 0 ? required : Object.keys(properties).slice(0, ITEMS_MAX);
    for (const name of names) {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      const isWanted = required.length > 0 || this.#isPlain(property);
      const make = (): unknown => this.make(property, depth + 1).value;
      if (isWanted) Object.defineProperty(value, name, { value: make(), ...OWN });
    }
    return made(value);
  }

  #isPlain(property: unknown): boolean {
    const schema = this.#references.follow(property);
    const type = isMap(schema) && schema['readOnly'] !== true ? typeOf(schema) : undefined;
    return type !== undefined && type !== 'object' && type !== 'array';
  }
}

const OWN = { writable: true, enumerable: true, configurable: true };

function made(value: unknown): ExampleValue {
  return { value, origin: 'made' };
}

/** Of several types the first that is not null. Keywords of one tell a type that is not said. */
function typeOf(schema: JsonMap): string | undefined {
  const said = schema['type'];
  const types = typeof said === 'string' ? [said] : listOf(said);
  const type = types.find((one) => typeof one === 'string' && one !== 'null');
  if (typeof type === 'string') return type;
  if ('properties' in schema || 'required' in schema) return 'object';
  if ('items' in schema) return 'array';
  if ('minimum' in schema || 'maximum' in schema) return 'number';
  const isText = ['pattern', 'format', 'minLength', 'maxLength'].some((key) => key in schema);
  return isText ? 'string' : undefined;
}

/** Of names and addresses those that are set aside for examples (RFC 2606, 5737, 3849). */
const FORMATS: Readonly<Record<string, string>> = {
  date: '2024-01-01',
  'date-time': '2024-01-01T00:00:00Z',
  time: '12:00:00Z',
  duration: 'PT1H',
  uuid: '00000000-0000-4000-8000-000000000000',
  email: 'user@example.com',
  'idn-email': 'user@example.com',
  hostname: 'example.com',
  'idn-hostname': 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  iri: 'https://example.com/',
  'uri-reference': '/example',
  byte: 'dGV4dA==',
};

function textFor(schema: JsonMap): string {
  const { pattern, format } = schema;
  const least = wholeOr(schema['minLength'], 0);
  const most = wholeOr(schema['maxLength'], TEXT_MAX);
  if (typeof pattern === 'string') {
    const text = matchingText(pattern);
    if (text !== undefined && text.length >= least && text.length <= most) return text;
    throw new Unusable(`its pattern ${pattern.slice(0, 40)} is not simple`);
  }
  if (least > TEXT_MAX) throw new Unusable(`its text is of ${least} characters at least`);
  const known = typeof format === 'string' && Object.hasOwn(FORMATS, format);
  const text = known ? (FORMATS[format] ?? '') : 'text'.padEnd(least, 'x').slice(0, most);
  if (text.length < least || text.length > most) {
    throw new Unusable(`no ${String(format)} is known of the length that it wants`);
  }
  return text;
}

/** The first of some plain numbers at and between the bounds that the schema allows. */
function numberFor(schema: JsonMap, isWhole: boolean): number {
  const low = lowest(finite(schema['minimum']), finite(schema['exclusiveMinimum']));
  const high = highest(finite(schema['maximum']), finite(schema['exclusiveMaximum']));
  const step = numberOr(schema['multipleOf'], isWhole ? 1 : 0);
  const isAllowed = (value: number): boolean =>
    (!isWhole || Number.isSafeInteger(value)) &&
    (low === undefined || (isOpen(schema, 'exclusiveMinimum', low) ? value > low : value >= low)) &&
    (high === undefined ||
      (isOpen(schema, 'exclusiveMaximum', high) ? value < high : value <= high));
  const near = [
    1,
    ...(low === undefined ? [] : [low, low + 1]),
    ...(high === undefined ? [] : [high, high - 1]),
    ((low ?? 0) + (high ?? 0)) / 2,
  ];
  const candidates =
    step === 0
      ? near
      : near.flatMap((n) => [Math.ceil(n / step), Math.floor(n / step)].map((k) => k * step));
  const value = candidates.find(isAllowed);
  if (value === undefined) throw new Unusable('its bounds leave no number');
  return value;
}

/** `true` beside the bound in OpenAPI 3.0, a bound of its own in 3.1. */
function isOpen(schema: JsonMap, exclusive: string, bound: number): boolean {
  return schema[exclusive] === true || schema[exclusive] === bound;
}

function lowest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function highest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function wholeOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : otherwise;
}
