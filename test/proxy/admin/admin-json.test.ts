import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  booleanField,
  fieldsOf,
  float32Field,
  itemsOf,
  jsonFloat32,
  jsonMap,
  jsonString,
  jsonValue,
  parseBody,
  stringField,
} from '../../../src/proxy/admin/admin-json.ts';

function body(text: string): unknown {
  return parseBody(Buffer.from(text));
}

/** As deep as a body can nest: half of the MiB that it may have. */
const DEEP = '['.repeat(524_000) + ']'.repeat(524_000);

describe('parseBody', () => {
  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(4), (value, indent) => {
        expect(body(JSON.stringify(value, null, indent))).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
    );
  });

  it.each(['', ' \n', '{"a":', '{a}', '[1 2]', '{"a":1} x', '\ufeff{}', '01', '"\n"'])(
    'refuses %j with 400 and a reason',
    (text) => {
      const refusal = { status: 400, message: expect.stringMatching(/^bad request body: \S/u) };
      expect(() => body(text)).toThrow(expect.objectContaining(refusal));
    },
  );

  it('makes of bytes that are no UTF-8 U+FFFD', () => {
    expect(parseBody(Buffer.from([0x22, 0xff, 0x22]))).toBe('\ufffd');
  });

  it('reads what nests as deep as a body can', () => {
    expect(itemsOf(body(DEEP), '')).toHaveLength(1);
  });
});

describe('the fields of a body', () => {
  it('are found in any case; what is null is absent', () => {
    const fields = fieldsOf(body('{"NAME":"a","Enabled":null,"callerfaults":true}'), '');
    expect(stringField(fields, 'name')).toBe('a');
    expect(booleanField(fields, 'enabled')).toBeUndefined();
    expect(booleanField(fields, 'callerFaults')).toBe(true);
    expect(fieldsOf(null, '').size).toBe(0);
  });

  it('have the last of a key that comes twice, and __proto__ like any other', () => {
    const fields = fieldsOf(body('{"name":"a","__proto__":{"polluted":true},"name":"b"}'), '');
    expect(stringField(fields, 'name')).toBe('b');
    expect(fields.get('polluted')).toBeUndefined();
    expect('polluted' in {}).toBe(false);
  });

  it('have no half of a surrogate pair', () => {
    const fields = fieldsOf(body(String.raw`{"name":"\ud800x\ud83d\ude00"}`), '');
    expect(stringField(fields, 'name')).toBe('\ufffdx😀');
  });

  it.each([
    ['{"name":5}', 'name must be a string, got 5'],
    ['{"name":{"a":1}}', 'name must be a string, got an object'],
    [`{"name":${DEEP}}`, 'name must be a string, got a list'],
    ['{"enabled":"x"}', 'enabled must be true or false, got "x"'],
    ['{"toxicity":1e99}', 'toxicity must be a number of 32 bits, got 1e+99'],
    ['{"toxicity":1e400}', 'toxicity must be a number of 32 bits, got Infinity'],
    ['[]', 'it must be an object, got []'],
  ])('are refused where they are of another type: %.40s', (text, message) => {
    expect(() => {
      const fields = fieldsOf(body(text), '');
      stringField(fields, 'name');
      booleanField(fields, 'enabled');
      float32Field(fields, 'toxicity');
    }).toThrow(`bad request body: ${message}`);
  });
});

describe('jsonFloat32', () => {
  it.each([
    [0.1, '0.1'],
    [1, '1'],
    [3.5e-7, '3.5e-7'],
    [1.2345679e23, '1.2345679e+23'],
    [33333333.3, '33333334'],
    [0.3333333333333333, '0.33333334'],
    [-0, '-0'],
  ])('writes %d as Go does', (value, text) => {
    expect(jsonFloat32(value)).toBe(text);
  });

  it('writes the shortest text that means the same float32', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(Number(jsonFloat32(value)))).toBe(value);
      }),
    );
  });
});

describe('jsonString', () => {
  it('writes what HTML could mistake as codes, and reads back', () => {
    expect(jsonString('<a & b>\u2028')).toBe(String.raw`"\u003ca \u0026 b\u003e\u2028"`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(jsonString(text))).toBe(text.toWellFormed());
      }),
    );
  });
});

describe('jsonValue', () => {
  it('writes whole numbers in digits, within 64 bits', () => {
    expect(jsonValue(1e20)).toBe('9223372036854775807');
    expect(jsonValue(-1e20)).toBe('-9223372036854775808');
    expect(jsonValue(-0)).toBe('0');
    expect(jsonValue({ a: [1.5, 'x', { b: null }], c: undefined })).toBe(
      '{"a":[1.5,"x",{"b":null}]}',
    );
  });
});

describe('jsonMap', () => {
  it('sorts by bytes, whatever a key is', () => {
    const keys = ['b', '10', '9', '__proto__', '\u{1f600}', '\uffee', 'B'];
    const text = jsonMap(keys.map((key) => [key, '0'] as const));
    expect(text).toBe('{"10":0,"9":0,"B":0,"__proto__":0,"b":0,"\uffee":0,"\u{1f600}":0}');
  });
});
