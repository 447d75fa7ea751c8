import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseHead } from '../../../src/proxy/http/http1/message-head.ts';
import { growthOf } from '../../growth.ts';

function fieldsOf(line: string) {
  return parseHead(Buffer.from(`GET / HTTP/1.1\r\n${line}\r\n\r\n`, 'latin1'))?.fields;
}

describe('a head', () => {
  it('has its values without the blanks and tabs around them, and with all within', () => {
    const text = fc.string({ unit: fc.constantFrom(' ', '\t', 'a', ':', '\xa0', '\xff') });
    fc.assert(
      fc.property(text, (value) => {
        const bare = value.replace(/^[ \t]+/u, '').replace(/[ \t]+$/u, '');
        expect(fieldsOf(`X-A:${value}`)).toEqual([['X-A', bare]]);
      }),
    );
  });

  it.each(['no colon', ': v', 'A : v', ' A: v', 'A: \x7f', 'A: \0'])('is none with %j', (line) => {
    expect(fieldsOf(line)).toBeUndefined();
  });

  // Once one of 4,000 blanks took 15 s.
  it('is read in time proportional to its length where it was made to be slow', () => {
    const read = (size: number): void => {
      const blanks = ' '.repeat(size);
      expect(fieldsOf(`a:${blanks}\x01`)).toBeUndefined();
      expect(fieldsOf(`a:${blanks}b${blanks}c`)).toEqual([['a', `b${blanks}c`]]);
    };
    expect(growthOf(read, { size: 250, factor: 16 })).toBeLessThan(6);
  });
});
