import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { printable, printableJson, printableLine } from '../../src/core/index.ts';
import { hostileText, unprintableIn } from './hostile-text.ts';

describe('printable', () => {
  it('leaves what people write, in any language, as it is', () => {
    const text = 'GET /orders/{id} → 502, größer, 注文, заказ, ❤️ 😀, 5 µs ± 1 %';
    expect(printable(text)).toBe(text);
  });

  it.each([
    ['an escape sequence', '\u001b[2Jgone', '·[2Jgone'],
    ['an escape sequence of one character', '\u009b2Jgone', '·2Jgone'],
    ['an end of a line', 'a\r\nb', 'a··b'],
    ['a separator of lines', 'a\u2028b', 'a·b'],
    ['a tab', '\tat Main.java', ' at Main.java'],
    ['a mark of direction', 'exe.\u202etxt', 'exe.·txt'],
    ['characters without width', 'or\u200bders\u00ad', 'or·ders·'],
    ['a letter that looks like nothing', 'a\u3164b', 'a·b'],
    ['half of a pair', 'a\ud83db', 'a·b'],
  ])('shows %s as a dot or a blank', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('keeps both ends of a line that is longer than a screen, and says how much it left out', () => {
    const line = printableLine(`unknown column ${'x'.repeat(100_000)}; wanted: ts`);
    expect(line.length).toBeLessThan(2_000);
    expect(line).toMatch(/^unknown column x+ … 98,\d{3} characters left out … x+; wanted: ts$/u);
  });

  it('lets nothing through that a terminal obeys, whatever comes', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        expect(unprintableIn(printable(text))).toEqual([]);
        expect(printable(text)).not.toContain('\n');
      }),
    );
  });
});

describe('printable JSON', () => {
  it('holds the same values, and nothing that a terminal obeys', () => {
    const value = fc.dictionary(hostileText(), fc.array(hostileText(), { maxLength: 3 }));
    fc.assert(
      fc.property(value, (held) => {
        const json = printableJson(JSON.stringify(held, null, 2));
        expect(unprintableIn(json)).toEqual([]);
        expect(JSON.parse(json)).toEqual(held);
      }),
    );
  });
});
