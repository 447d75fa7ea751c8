import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { plainValue } from '../../../src/proxy/admin/json-node.ts';
import { readFirstValue } from '../../../src/proxy/admin/json-reader.ts';

function read(text: string): unknown {
  return plainValue(readFirstValue(Buffer.from(text)), 100);
}

describe('readFirstValue', () => {
  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes no text that JSON.parse does not, up to the end of its first value', () => {
    const mark = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '1',
      '-',
      '.',
      'e',
      'true',
      ' ',
      '\\',
      'u',
    );
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 12 }), (marks) => {
        const text = marks.join('');
        expect(outcome(() => read(`[${text}]`)) === 'refused').toBe(
          // What stands behind the bracket that closes the array is not read.
          outcome(() => firstArray(`[${text}]`)) === 'refused',
        );
      }),
    );
  });

  it.each([
    ['', 'EOF'],
    [' \n', 'EOF'],
    ['{"a":', 'unexpected EOF'],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{a}', "invalid character 'a' looking for beginning of object key string"],
    ['<', "invalid character '<' looking for beginning of value"],
    ['"\n"', String.raw`invalid character '\n' in string literal`],
    [String.raw`"\x"`, "invalid character 'x' in string escape code"],
    ['tru3', "invalid character '3' in literal true (expecting 'e')"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1e+x', "invalid character 'x' in exponent of numeric literal"],
    ["'", String.raw`invalid character '\'' looking for beginning of value`],
    ['\u007f', String.raw`invalid character '\x7f' looking for beginning of value`],
    ['é', "invalid character 'Ã' looking for beginning of value"],
  ])('says of %j what Go says', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('reads no further than the first value', () => {
    expect(read('{"a":1} and more')).toEqual({ a: 1 });
    expect(read('12x')).toBe(12);
  });

  it('reads what is nested 10,000 deep, and no deeper', () => {
    const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth));
    expect(readFirstValue(nested(10_000)).kind).toBe('array');
    expect(() => readFirstValue(nested(10_001))).toThrow(
      "invalid character '[' exceeded max depth",
    );
  });

  it('keeps keys that name a prototype as keys', () => {
    const value = read('{"__proto__":{"polluted":true},"constructor":1}') as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('polluted' in value).toBe(false);
  });

  it('keeps the last of a key that comes twice, and makes half a pair a mark', () => {
    expect(read('{"a":1,"a":2}')).toEqual({ a: 2 });
    expect(read(String.raw`"\ud800x\ud83d\ude00"`)).toBe('\ufffdx😀');
  });
});

function outcome(work: () => unknown): 'read' | 'refused' {
  try {
    work();
    return 'read';
  } catch {
    return 'refused';
  }
}

/** The shortest beginning that JSON.parse takes. */
function firstArray(text: string): unknown {
  for (let end = 1; end <= text.length; end++) {
    if (text[end - 1] !== ']') continue;
    const beginning = text.slice(0, end);
    if (outcome(() => JSON.parse(beginning)) === 'read') return JSON.parse(beginning);
  }
  throw new Error('no array');
}
