import { readFileSync } from 'node:fs';
import descriptor from 'protobufjs/ext/descriptor.js';
import { describe, expect, it } from 'vitest';
import { messagesOf } from '../../../src/drivers/grpc/grpc-step.ts';
import { MESSAGE_HEAD_BYTES } from '../../../src/drivers/grpc/message-frame.ts';
import { messageBytes, messageJson } from '../../../src/drivers/grpc/message-json.ts';
import { describedFile, schemaOfFiles } from '../../../src/drivers/grpc/reflection-protocol.ts';
import { GrpcSchema, schemaOfProto } from '../../../src/drivers/grpc/schema.ts';
import type { SchemaData } from '../../../src/drivers/grpc/schema-data.ts';

/**
 * Every well-known type, both ways. The bytes are those that protobuf's own library for Python
 * makes of the JSON (json_format), the descriptors those that protoc makes of known.proto.
 */
const FOLDER = new URL('../../fixtures/well-known-types/', import.meta.url);
const PROTO = readFileSync(new URL('known.proto', FOLDER), 'utf8');
const CASES = JSON.parse(readFileSync(new URL('cases.json', FOLDER), 'utf8')) as readonly {
  readonly json: Readonly<Record<string, unknown>>;
  readonly bytes: string;
}[];

function described(isKept = (_name: string): boolean => true): SchemaData {
  const bytes = readFileSync(new URL('known.binpb', FOLDER));
  const { file } = descriptor.FileDescriptorSet.decode(
    bytes,
  ) as unknown as descriptor.IFileDescriptorSet;
  const kept = (file ?? []).filter(({ name }) => isKept(name ?? ''));
  const files = kept.map((one) => descriptor.FileDescriptorProto.encode(one).finish());
  return schemaOfFiles(files.map(describedFile));
}

function written(
  proto: string,
  others: readonly { path: string; text: string }[] = [],
): SchemaData {
  const spec = { reflection: false, proto: ['known.proto'], importPaths: ['.'] } as const;
  return schemaOfProto(spec, [{ path: 'known.proto', text: proto }, ...others]);
}

/** A copy of Google's file in the user's own tree, read as any other. */
function copied(): SchemaData {
  const text = `syntax = "proto3"; package google.protobuf;
    message Struct { map<string, Value> fields = 1; }
    message Value { oneof kind { NullValue null_value = 1; double number_value = 2;
      string string_value = 3; bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6; } }
    enum NullValue { NULL_VALUE = 0; }
    message ListValue { repeated Value values = 1; }`;
  const proto = PROTO.replace('google/protobuf/struct.proto', 'vendor/struct.proto');
  return written(proto, [{ path: 'vendor/struct.proto', text }]);
}

describe('the well-known types', () => {
  it.each([
    ['as a server describes them', described()],
    ['that a server leaves out', described((name) => name === 'known.proto')],
    ['of .proto files', written(PROTO)],
    ['of a copy of their files', copied()],
  ])('%s keep their values both ways', (_, data) => {
    const schema = new GrpcSchema(structuredClone(data));
    const type = schema.method('known.Echo', 'Echo')?.request;
    if (type === undefined) throw new Error('the method is there');
    for (const { json, bytes } of CASES) {
      // Keys of a map have no order on the wire.
      const sent = messageBytes(type, json);
      expect(type.toObject(type.decode(sent))).toEqual(
        type.toObject(type.decode(Buffer.from(bytes, 'hex'))),
      );
      expect([json, sent.length]).toEqual([json, bytes.length / 2]);
      expect(messageJson(type, Buffer.from(bytes, 'hex'))).toMatchObject(json);
    }
  });

  it('may be the whole message', () => {
    const method = new GrpcSchema(described()).method('known.Echo', 'Ask');
    if (method === undefined) throw new Error('the method is there');
    expect(Buffer.from(messageBytes(method.request, 'hello')).toString('latin1')).toBe(
      '\n\u0005hello',
    );
    const bytes = messageBytes(method.answer, { a: [1] });
    expect(messageJson(method.answer, bytes)).toEqual({ a: [1] });
  });

  it('take numbers of JSON, whose digits are kept where a field has room for them', () => {
    const method = new GrpcSchema(described()).method('known.Echo', 'Echo');
    if (method === undefined) throw new Error('the method is there');
    const big = '12345678901234567890';
    const text = `{ "value": ${big}, "aStruct": { "a": [-9007199254740993] }, "u64": ${big},
      "values": [${big}, "${big}"], "byName": { "x": ${big} }, "f64": ${big}, "big": 9007199254740993 }`;
    const call = { isList: false } as Parameters<typeof messagesOf>[0];
    const [frame] = messagesOf(call, method, text);
    const message = frame?.subarray(MESSAGE_HEAD_BYTES) ?? Buffer.alloc(0);
    const double = Number(big);
    expect(messageJson(method.request, message)).toMatchObject({
      value: double,
      aStruct: { a: [-9007199254740992] },
      u64: big,
      values: [double, big],
      byName: { x: double },
      f64: double,
      big: '9007199254740993',
    });
  });

  it('may be in an Any though no file imports them', () => {
    const text = `syntax = "proto3"; import "google/protobuf/any.proto";
      message M { google.protobuf.Any any = 1; } service Echo { rpc Echo(M) returns (M); }`;
    const type = new GrpcSchema(written(text)).method('Echo', 'Echo')?.request;
    if (type === undefined) throw new Error('the method is there');
    const json = {
      any: { '@type': 'type.googleapis.com/google.protobuf.FieldMask', value: 'a.b' },
    };
    expect(messageJson(type, messageBytes(type, json))).toEqual(json);
  });

  it('are bytes in an Any of a type that nobody knows, which can be read and not be sent', () => {
    const type = new GrpcSchema(described()).method('known.Echo', 'Echo')?.request;
    if (type === undefined) throw new Error('the method is there');
    const json = { '@type': 'type.googleapis.com/known.M', big: '7' };
    const bytes = Buffer.from(messageBytes(type, { text: 'a', any: json })).toString('latin1');
    const unknown = Buffer.from(bytes.replace('known.M', 'other.M'), 'latin1');
    expect(messageJson(type, unknown)).toMatchObject({
      text: 'a',
      any: { '@type': 'type.googleapis.com/other.M', value: 'wAEH' },
    });
    const sent = { any: { ...json, '@type': 'type.googleapis.com/other.M' } };
    expect(() => messageBytes(type, sent)).toThrow('no such');
  });
});
