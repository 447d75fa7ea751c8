import type { ItemLimit } from './item-limit.ts';
import { JsonObject } from './json-object.ts';
import {
  checkValueDepth,
  emptyAttributes,
  valueText,
  type AttributeMap,
  type OtlpValue,
} from './otlp-value.ts';

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/u;

/** Returns the object's `attributes` as text; of two with one key the later stands. */
export function readAttributes(json: JsonObject, items: ItemLimit): AttributeMap {
  const attributes = emptyAttributes();
  for (const attribute of json.objects('attributes')) {
    items.count();
    attributes[attribute.text('key')] = valueText(readValue(attribute.object('value'), items, 0));
  }
  return attributes;
}

/** Reads an AnyValue: an object with one field, named for the type; none is the empty value. */
function readValue(json: JsonObject, items: ItemLimit, depth: number): OtlpValue {
  checkValueDepth(depth);
  if (json.value('stringValue') !== undefined) return json.text('stringValue');
  if (json.value('intValue') !== undefined) return json.integer('intValue');
  if (json.value('boolValue') !== undefined) return readBoolean(json);
  if (json.value('doubleValue') !== undefined) return readDouble(json);
  if (json.value('arrayValue') !== undefined) {
    return json
      .object('arrayValue')
      .objects('values')
      .map((item) => {
        items.count();
        return readValue(item, items, depth + 1);
      });
  }
  if (json.value('kvlistValue') !== undefined) {
    const entries = json.object('kvlistValue').objects('values');
    return new Map(
      entries.map((entry) => {
        items.count();
        return [entry.text('key'), readValue(entry.object('value'), items, depth + 1)];
      }),
    );
  }
  return json.value('bytesValue') === undefined ? undefined : readBytes(json);
}

function readBoolean(json: JsonObject): boolean {
  const value = json.value('boolValue');
  if (typeof value !== 'boolean') throw json.mismatch('boolValue', 'true or false');
  return value;
}

/** JSON has no NaN and no infinity; protobuf's JSON writes them, and may write all, as text. */
function readDouble(json: JsonObject): number {
  const value = json.value('doubleValue');
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isNaN(number) && value !== 'NaN') throw json.mismatch('doubleValue', 'a number');
  return number;
}

function readBytes(json: JsonObject): Uint8Array {
  const text = json.text('bytesValue');
  if (!BASE64.test(text)) throw json.mismatch('bytesValue', 'bytes in base64');
  return Buffer.from(text, 'base64');
}
