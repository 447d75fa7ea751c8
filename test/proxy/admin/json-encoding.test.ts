import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  jsonFloat32,
  jsonMap,
  jsonString,
  jsonValue,
} from '../../../src/proxy/admin/json-encoding.ts';

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
