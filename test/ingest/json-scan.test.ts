import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { NUMBER_CHARACTERS_MAX, scanJson } from '../../src/ingest/json-scan.ts';
import { restoreLongNumbers, withLongNumbersAsTexts } from '../../src/ingest/long-numbers.ts';
import type { Refusal } from '../../src/ingest/refusal.ts';

const ANY = 1_000_000;

/** Returns what the scan says of a text with this bound. */
function refusalOf(text: string, maxItems = ANY): string {
  try {
    scanJson(Buffer.from(text), maxItems);
    return '';
  } catch (error) {
    expect((error as Refusal).status).toBe(413);
    return (error as Refusal).message;
  }
}

/** Lists and maps within lists, counted in what the parser makes. */
function itemsOf(value: unknown, isInList = false): number {
  if (typeof value !== 'object' || value === null) return 0;
  const within = Object.values(value).map((inner) => itemsOf(inner, Array.isArray(value)));
  return within.reduce((sum, count) => sum + count, isInList ? 1 : 0);
}

const json = fc.json({ depthSize: 'medium', maxDepth: 6, stringUnit: 'binary' });
/** As others write it: with blanks, and with texts that look like JSON. */
const texts = fc
  .tuple(json, fc.constantFrom(0, 1, '\t'), fc.constantFrom('a', '"', '\\', '[{]},:"', '\\"'))
  .map(([text, indent, name]) => JSON.stringify({ [name]: JSON.parse(text) }, undefined, indent));

describe('scanJson', () => {
  it('counts the items that the parser would make', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const items = itemsOf(JSON.parse(text));
        expect(refusalOf(text, Math.max(items, 100))).toBe('');
        if (items > 0) expect(refusalOf(text, items - 1)).not.toBe('');
      }),
    );
  });

  it.each([
    ['maps', `[${'{},'.repeat(1_000)}{}]`, /more than 1000 spans, events, links and attributes/u],
    ['lists', `[${'[],'.repeat(1_000)}[]]`, /more than 1000 spans/u],
    ['numbers', `[${'0,'.repeat(6_000)}0]`, /more than 6000 JSON values/u],
    ['maps in maps', '{"a":'.repeat(6_001), /more than 1000 levels|more than 6000 JSON values/u],
    ['lists in lists', '['.repeat(1_001), /more than 1000 (?:levels|spans)/u],
  ])('refuses too many %s', (_, text, message) => {
    expect(refusalOf(text, 1_000)).toMatch(message);
  });

  it('does not send smaller batches where it is the depth that is too much', () => {
    expect(refusalOf('{"a":'.repeat(1_001))).toMatch(
      /more than 1000 levels .*send flatter values$/u,
    );
  });

  it('refuses too many different names, and counts each once', () => {
    const fields = (count: number): string =>
      Array.from({ length: 60_000 }, (_, i) => `"k${i % count}":0`).join();
    expect(refusalOf(`{${fields(12_000)}}`)).toMatch(/more than 10000 different names/u);
    expect(refusalOf(`{${fields(9_000)}}`)).toBe('');
    // Texts that are no names do not count.
    const values = Array.from({ length: 60_000 }, (_, i) => `"v${i}"`);
    expect(refusalOf(`[${values.join()}]`)).toBe('');
  });

  it('is not put out by what is no JSON', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('[', ']', '{', '}', '"', ',', ':', '\\', '0', '-', 'e', '.'),
        }),
        (text) => {
          expect(refusalOf(text)).toBe('');
        },
      ),
    );
  });
});

describe('long whole numbers', () => {
  it.each(['', '-', '0.'])('are refused past any length that means something: %s9...', (begin) => {
    const longest = begin.padEnd(NUMBER_CHARACTERS_MAX, '9');
    expect(scanJson(Buffer.from(`[${longest}]`), ANY).longNumbers.length % 2).toBe(0);
    const thrown = expect.objectContaining({
      status: 400,
      message: `the body holds a number of ${NUMBER_CHARACTERS_MAX + 1} characters; the longest that is read has ${NUMBER_CHARACTERS_MAX}`,
    }) as Error;
    expect(() => scanJson(Buffer.from(`{"a":${longest}9}`), ANY)).toThrow(thrown);
    // In a text, they are text.
    expect(scanJson(Buffer.from(`{"a":"${longest}9"}`), ANY).longNumbers).toEqual([]);
  });

  const numbers = fc.oneof(
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.constantFrom('0.1234567890123456789', '12345678901234567890e2', '-9007199254740993'),
  );

  it('are kept to the last digit, and nothing else changes', () => {
    const holder = fc.array(fc.tuple(json, numbers), { maxLength: 5 });
    fc.assert(
      fc.property(holder, (pairs) => {
        const text = `[${pairs.map(([any, number]) => `{"__proto__": ${number} ,"b":[${number},${any}],"\u00e9":"${number}"}`).join()}]`;
        const body = Buffer.from(text);
        const { longNumbers } = scanJson(body, ANY);
        const got = restoreLongNumbers(JSON.parse(withLongNumbersAsTexts(body, longNumbers)));
        expect(got).toEqual(JSON.parse(text, exactly));
      }),
    );
  });

  /** The plain way, which costs far more. */
  function exactly(_: string, value: unknown, { source }: { readonly source?: string }): unknown {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    return source !== undefined && /^-?\d+$/u.test(source) ? BigInt(source) : value;
  }

  it.each(['{1234567890123456789:1}', '[01234567890123456789]', '[.1234567890123456789]'])(
    'do not make JSON of %s',
    (text) => {
      const body = Buffer.from(text);
      const { longNumbers } = scanJson(body, ANY);
      expect(() => JSON.parse(withLongNumbersAsTexts(body, longNumbers))).toThrow(SyntaxError);
    },
  );
});
