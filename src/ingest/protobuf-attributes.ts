import { isTooDeep, MAX_VALUE_DEPTH, type OtlpValue } from './otlp-value.ts';
import { BYTES, FIXED64, VARINT, type ProtobufReader } from './protobuf-reader.ts';

function readKeyValue(reader: ProtobufReader, depth: number): [key: string, value: OtlpValue] {
  reader.items.count();
  const outer = reader.enter();
  let key = '';
  let value: OtlpValue;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) key = reader.string();
    else if (tag === ((2 << 3) | BYTES)) value = readValue(reader, depth);
    else reader.pass(tag);
  }
  reader.leave(outer);
  return [key, value];
}

/** Reads an AnyValue that begins with its length. */
export function readValue(reader: ProtobufReader, depth: number): OtlpValue {
  const outer = reader.enter();
  if (isTooDeep(depth)) {
    const message = `an attribute value is nested deeper than ${MAX_VALUE_DEPTH} levels, cut there`;
    reader.remarks.remark(message);
    reader.leave(outer);
    return undefined;
  }
  let value: OtlpValue;
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case (1 << 3) | BYTES:
        value = reader.string();
        break;
      case (2 << 3) | VARINT:
        value = reader.bool();
        break;
      case (3 << 3) | VARINT:
        value = reader.integer();
        break;
      case (4 << 3) | FIXED64:
        value = reader.double();
        break;
      case (5 << 3) | BYTES:
        value = readList(reader, depth + 1);
        break;
      case (6 << 3) | BYTES:
        value = readMap(reader, depth + 1);
        break;
      case (7 << 3) | BYTES:
        value = reader.bytes();
        break;
      default:
        reader.pass(tag);
    }
  }
  reader.leave(outer);
  return value;
}

function readList(reader: ProtobufReader, depth: number): OtlpValue[] {
  const outer = reader.enter();
  const values: OtlpValue[] = [];
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) {
      reader.items.count();
      values.push(readValue(reader, depth));
    } else reader.pass(tag);
  }
  reader.leave(outer);
  return values;
}

function readMap(reader: ProtobufReader, depth: number): Map<string, OtlpValue> {
  const outer = reader.enter();
  const values = new Map<string, OtlpValue>();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) values.set(...readKeyValue(reader, depth));
    else reader.pass(tag);
  }
  reader.leave(outer);
  return values;
}
