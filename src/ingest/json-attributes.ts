import type { ItemLimit } from './item-limit.ts';
import { bytesOf, isObject, JsonObject, mismatch, wholeNumber } from './json-object.ts';
import {
  emptyAttributes,
  isTooDeep,
  MAX_VALUE_DEPTH,
  valueText,
  type AttributeMap,
  type OtlpValue,
} from './otlp-value.ts';

const VALUE_FIELDS = [
  'stringValue',
  'intValue',
  'boolValue',
  'doubleValue',
  'arrayValue',
  'kvlistValue',
  'bytesValue',
] as const;

type ValueField = (typeof VALUE_FIELDS)[number];

/**
 * Returns the object's `attributes` as text; of two with one key the later wins. A value that is
 * not of the type it names is kept as it is written, and remarked; so are attributes that come as a
 * map.
 */
export function readAttributes(json: JsonObject, items: ItemLimit): AttributeMap {
  const attributes = emptyAttributes();
  const asMap = json.value('attributes');
  if (isObject(asMap)) {
    json.remarks.remark(mismatch(json.location('attributes'), 'a list of keys and values', asMap));
    for (const [key, value] of Object.entries(asMap)) {
      items.count();
      const location = json.location('attributes');
      attributes[key.toWellFormed()] = valueText(
        new ValueReader(json, items, location).read(value),
      );
    }
    return attributes;
  }
  for (const attribute of json.objects('attributes')) {
    items.count();
    const reader = new ValueReader(json, items, attribute.location('value'));
    // The first versions of OTLP had the typed fields beside the key.
    const written = attribute.value('value');
    const isFlat = written === undefined && attribute.hasOneOf(VALUE_FIELDS);
    const value = isFlat ? reader.readTyped(attribute, 0) : reader.read(written);
    attributes[attribute.text('key')] = valueText(value);
  }
  return attributes;
}

/** Reads one value of an attribute; all that is remarked has its location. */
class ValueReader {
  readonly #json: JsonObject;
  readonly #items: ItemLimit;
  readonly #location: string;

  constructor(json: JsonObject, items: ItemLimit, location: string) {
    this.#json = json;
    this.#items = items;
    this.#location = location;
  }

  /** Reads an AnyValue, or any JSON in its place. */
  read(value: unknown, depth = 0): OtlpValue {
    if (isTooDeep(depth)) {
      this.#remark(`${this.#location} is nested deeper than ${MAX_VALUE_DEPTH} levels, cut there`);
      return undefined;
    }
    if (value === undefined || value === null) return undefined;
    if (!isObject(value)) {
      this.#remark(mismatch(this.#location, 'an object with one typed field', value));
      return this.#plain(value, depth);
    }
    const json = new JsonObject(value, this.#location, this.#json.remarks);
    if (json.hasOneOf(VALUE_FIELDS)) return this.readTyped(json, depth);
    // Go writes its wrapper of the field: {"Value": {"StringValue": "x"}}.
    const wrapped = json.value('value');
    if (isObject(wrapped)) return this.read(wrapped, depth + 1);
    if (hasNoValue(value)) return undefined;
    this.#remark(mismatch(this.#location, `one of ${VALUE_FIELDS.join()}`, value));
    return this.#plain(value, depth);
  }

  /** Reads an AnyValue: an object with one field, named for the type. */
  readTyped(json: JsonObject, depth: number): OtlpValue {
    const field = VALUE_FIELDS.find((name) => json.value(name) !== undefined);
    if (field === undefined) return undefined;
    const value = json.value(field);
    if (field === 'arrayValue' || field === 'kvlistValue') return this.#many(json, field, depth);
    const read = scalarOf(field, value);
    if (read !== undefined) return read;
    this.#remark(mismatch(json.location(field), WANTED[field], value));
    return this.#plain(value, depth);
  }

  /** Reads a list or a map; one that is not under `values` is remarked, and taken as it is. */
  #many(json: JsonObject, field: 'arrayValue' | 'kvlistValue', depth: number): OtlpValue {
    const written = json.value(field);
    const location = json.location(field);
    const values = isObject(written)
      ? new JsonObject(written, location, json.remarks).value('values')
      : undefined;
    if (Array.isArray(values)) return this.#entries(values, field, location, depth);
    if (isObject(written) && hasNoValue(written)) return field === 'arrayValue' ? [] : new Map();
    const odd = values ?? written;
    this.#remark(
      values === undefined
        ? mismatch(location, 'an object with values', odd)
        : mismatch(`${location}.values`, 'an array', odd),
    );
    return Array.isArray(odd)
      ? this.#entries(odd, field, location, depth)
      : this.#plain(odd, depth);
  }

  #entries(
    values: readonly unknown[],
    field: 'arrayValue' | 'kvlistValue',
    location: string,
    depth: number,
  ): OtlpValue {
    if (field === 'arrayValue') {
      return values.map((item) => {
        this.#items.count();
        return this.read(item, depth + 1);
      });
    }
    const holder = new JsonObject({ values }, location, this.#json.remarks);
    return new Map(
      holder.objects('values').map((entry) => {
        this.#items.count();
        return [entry.text('key'), this.read(entry.value('value'), depth + 1)];
      }),
    );
  }

  /** Takes JSON for what it is. */
  #plain(value: unknown, depth: number): OtlpValue {
    if (isTooDeep(depth)) return undefined;
    if (typeof value === 'string') return value.toWellFormed();
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
      return value;
    }
    if (Array.isArray(value)) {
      return value.map((item: unknown) => {
        this.#items.count();
        return this.#plain(item, depth + 1);
      });
    }
    if (!isObject(value)) return undefined;
    return new Map(
      Object.entries(value).map(([key, item]) => {
        this.#items.count();
        return [key.toWellFormed(), this.#plain(item, depth + 1)];
      }),
    );
  }

  #remark(text: string): void {
    this.#json.remarks.remark(text);
  }
}

/** In protobuf's JSON a field that is null is a field that is not there. */
function hasNoValue(fields: object): boolean {
  return Object.values(fields).every((value) => value === null);
}

const WANTED: Readonly<Record<Exclude<ValueField, 'arrayValue' | 'kvlistValue'>, string>> = {
  stringValue: 'text',
  intValue: 'a whole number',
  boolValue: 'true or false',
  doubleValue: 'a number',
  bytesValue: 'bytes in base64',
};

/** Returns the value of a typed field; undefined where it is of another type. */
function scalarOf(field: keyof typeof WANTED, value: unknown): OtlpValue {
  switch (field) {
    case 'stringValue':
      return typeof value === 'string' ? value.toWellFormed() : undefined;
    case 'intValue':
      return wholeNumber(value);
    case 'boolValue':
      return typeof value === 'boolean' ? value : undefined;
    case 'doubleValue':
      return doubleOf(value);
    case 'bytesValue':
      return bytesOf(value);
  }
}

/** JSON has no NaN and no infinity; protobuf's JSON writes them, and may write all, as text. */
function doubleOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value === 'NaN') return Number.NaN;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isNaN(number) ? undefined : number;
}
