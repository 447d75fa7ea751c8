import { describe, expect, it } from 'vitest';
import { messageBytes, messageJson } from '../../../src/drivers/grpc/message-json.ts';
import { GrpcSchema, schemaOfProto } from '../../../src/drivers/grpc/schema.ts';

const FILES = [
  {
    path: 'protos/shop.proto',
    text: `syntax = "proto3"; package shop; import "money.proto"; import "google/protobuf/any.proto";
      message Order { string sku_code = 1; Money price = 2; optional int32 limit = 3; int64 big = 4;
        repeated Money parts = 5; map<string, Money> by_name = 6; oneof way { bool fast = 7; } Kind kind = 8; }
      enum Kind { NONE = 0; GIFT = 1; }
      service Orders { rpc Create(Order) returns (shop.money.Old); }`,
  },
  {
    path: 'protos/money.proto',
    text: `syntax = "proto2"; package shop.money;
      message Old { required string id = 1; optional int32 n = 2 [default = 7]; repeated int32 list = 3; }`,
  },
] as const;
const MONEY = {
  path: 'protos/money.proto',
  text: `${FILES[1].text} message Money { optional int64 cents = 1; }`,
};

function schema(files: readonly { path: string; text: string }[]): GrpcSchema {
  const proto = {
    reflection: false,
    proto: ['protos/shop.proto'],
    importPaths: ['protos'],
  } as const;
  return new GrpcSchema(structuredClone(schemaOfProto(proto, files)));
}

describe('a schema of .proto files', () => {
  const shop = {
    ...FILES[0],
    text: FILES[0].text.replaceAll('Money ', 'money.Money ').replaceAll('Money>', 'money.Money>'),
  };
  const whole = schema([shop, MONEY]);

  it('has services, methods and the types of their messages, from a clone too', () => {
    expect(whole.services).toEqual(['shop.Orders']);
    expect(whole.methodsOf('shop.Orders')).toEqual(['Create']);
    expect(whole.methodsOf('shop.Nothing')).toBeUndefined();
    expect(whole.method('shop.Orders', 'constructor')).toBeUndefined();
    const method = whole.method('shop.Orders', 'Create');
    expect([method?.streamsIn, method?.streamsOut]).toEqual([false, false]);
  });

  it('maps messages to JSON and back, with the defaults of what cannot be absent', () => {
    const type = whole.method('shop.Orders', 'Create')?.request;
    if (type === undefined) throw new Error('the method is there');
    const read = (json: unknown): unknown => messageJson(type, messageBytes(type, json));
    const defaults = { skuCode: '', big: '0', parts: [], byName: {}, kind: 'NONE' };
    expect(read({})).toEqual(defaults);
    expect(read({ sku_code: 'A', limit: 0, price: {}, parts: [{ cents: 5 }] })).toEqual({
      ...defaults,
      skuCode: 'A',
      limit: 0,
      price: {},
      parts: [{ cents: '5' }],
    });
    expect(read({ big: '9007199254740993', fast: false, kind: 1 })).toEqual({
      ...defaults,
      big: '9007199254740993',
      fast: false,
      kind: 'GIFT',
    });
  });

  it('keeps to proto2 where a file is of that', () => {
    const type = whole.method('shop.Orders', 'Create')?.answer;
    if (type === undefined) throw new Error('the method is there');
    expect(Buffer.from(messageBytes(type, { id: 'x', list: [1, 2] })).toString('hex')).toBe(
      '0a017818011802',
    );
  });

  it('says what is wrong with a file', () => {
    const unknown = { ...FILES[0], text: FILES[0].text.replace('Kind kind', 'Missing kind') };
    expect(() => schema([unknown, MONEY])).toThrow(/protos\/shop.proto: .*Missing/u);
    const broken = { path: 'protos/shop.proto', text: 'syntax = "proto3"; message {' };
    expect(() => schema([broken])).toThrow(/protos\/shop.proto: illegal/u);
  });
});
