import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseBaggage } from '../../src/trace/index.ts';

function entries(header: string): readonly (readonly [string, string])[] {
  return [...parseBaggage(header)];
}

describe('a baggage header', () => {
  it('gives decoded values by key, without properties', () => {
    expect(entries('a=1;p=q;r, user = bob%20%C3%A9 ,b=')).toEqual([
      ['a', '1'],
      ['user', 'bob é'],
      ['b', ''],
    ]);
  });

  it('passes over what is no entry, and keeps the first of one key', () => {
    expect(entries('=1,bad key=2,c,d=a"b,e=1,e=2,,')).toEqual([['e', '1']]);
  });

  it('decodes whatever was encoded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed()),
        (value) => {
          expect(parseBaggage(`k=${encodeURIComponent(value)}`).get('k')).toBe(value);
        },
      ),
    );
  });

  it('never fails, and takes no more than the specification asks it to', () => {
    fc.assert(fc.property(fc.string(), (header) => void parseBaggage(header)));
    const many = Array.from({ length: 1_000 }, (_, i) => `k${i}=v`).join();
    expect(parseBaggage(many).size).toBe(180);
    const long = `a=1,b=${'x'.repeat(9_000)}`;
    expect(entries(long)).toEqual([['a', '1']]);
    expect(entries('x'.repeat(20_000))).toEqual([]);
  });
});
