import protobuf from 'protobufjs';
import protojson from 'protobufjs/ext/protojson.js';
import { isExactNumber, mapExact, protobufJson } from '../../core/index.ts';
import { SchemaRoot } from './schema-root.ts';

/**
 * Returns the bytes of a message from its JSON, by the JSON mapping of protobuf: fields by either
 * of their names, int64 as number or text, bytes as base64, enums as name or number, well-known
 * types in their own forms.
 * @throws Error that names the field and what it must be.
 * @see https://protobuf.dev/programming-guides/json/
 */
export function messageBytes(type: protobuf.Type, json: unknown): Uint8Array {
  return type.encode(protojson.fromJson(type, json)).finish();
}

/** Their JSON is any: a number in it is a double, and a text is a text. */
const ANY_JSON = /^\.google\.protobuf\.(?:Struct|Value|ListValue)$/u;

/**
 * Returns JSON with exact numbers as {@link messageBytes} takes it: a whole number that no double
 * holds is a text, but where any JSON may stand.
 */
export function withoutExact(type: protobuf.Type, value: unknown): unknown {
  if (ANY_JSON.test(type.fullName)) return mapExact(value, ({ rawJSON }) => Number(rawJSON));
  if (!isMap(value) || isExactNumber(value) || OWN_FORM.test(type.fullName))
    return protobufJson(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const field = type.fieldsArray.find(({ name, jsonName, protoName }) =>
        [name, jsonName, protoName].includes(key),
      );
      return [key, field === undefined ? protobufJson(inner) : fieldWithoutExact(field, inner)];
    }),
  );
}

function fieldWithoutExact(field: protobuf.Field, value: unknown): unknown {
  const { resolvedType } = field.resolve();
  if (!(resolvedType instanceof protobuf.Type)) return protobufJson(value);
  const inner = (item: unknown): unknown => withoutExact(resolvedType, item);
  if (field.repeated && Array.isArray(value)) return value.map(inner);
  if (!field.map || !isMap(value)) return inner(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]));
}

/**
 * Returns the JSON of a message, by the same mapping, with the defaults of fields that did not come
 * and have no way to be absent: a check must not depend on whether a count is 0. An Any of a type
 * that the schema does not know has its bytes as base64 under `value`.
 * @throws Error where the bytes are no such message.
 */
export function messageJson(type: protobuf.Type, bytes: Uint8Array): unknown {
  const message = type.decode(bytes);
  const read = (): unknown => protojson.toJson(type, message);
  const json = type.root instanceof SchemaRoot ? type.root.reading(read) : read();
  addDefaults(type, json);
  return json;
}

/** Their JSON is not a map of their fields. */
const OWN_FORM = /^\.google\.protobuf\.(?!Empty$)/u;

function addDefaults(type: protobuf.Type, json: unknown): void {
  if (!isMap(json) || OWN_FORM.test(type.fullName)) return;
  for (const field of type.fieldsArray) {
    const key = field.jsonName;
    const { resolvedType } = field;
    if (Object.hasOwn(json, key)) {
      if (!(resolvedType instanceof protobuf.Type)) continue;
      const value = json[key];
      const values = field.map && isMap(value) ? Object.values(value) : [value].flat();
      for (const inner of values) addDefaults(resolvedType, inner);
    } else {
      const value = defaultOf(field);
      if (value !== undefined) json[key] = value;
    }
  }
}

const TEXT_DEFAULTS: Readonly<Record<string, string>> = {
  bytes: '',
  int64: '0',
  uint64: '0',
  sint64: '0',
  fixed64: '0',
  sfixed64: '0',
};

function defaultOf(field: protobuf.Field): unknown {
  const { resolvedType, partOf, repeated, map } = field;
  if (map) return {};
  if (repeated) return [];
  if (partOf !== null || field.hasPresence || resolvedType instanceof protobuf.Type) {
    return undefined;
  }
  if (resolvedType instanceof protobuf.Enum) return resolvedType.valuesById[0];
  return TEXT_DEFAULTS[field.type] ?? field.typeDefault;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
