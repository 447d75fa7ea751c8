import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern, linearPattern } from '../../src/pattern/compile-pattern.ts';
import { isLinearNatively } from '../../src/pattern/native-time.ts';
import { parsePattern } from '../../src/pattern/parse-pattern.ts';
import { growthOf } from '../growth.ts';
import { backtrackingSteps } from './backtracking.ts';

/** Sets of characters and texts of which many match. */
const one = fc.constantFrom(
  ...[
    'a',
    'b',
    'c',
    '"',
    '.',
    '\\d',
    '\\s',
    '\\w',
    '\\S',
    '\\W',
    '[ab]',
    '[^"]',
    '[^a\\d]',
    '[a-c"]',
    '\\u{1F600}',
  ],
);
const count = fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{2,}', '*?', '+?', '{1,2}?');
const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  part: fc.oneof(
    { weight: 5, arbitrary: one },
    { weight: 3, arbitrary: fc.tuple(one, count).map(([a, n]) => a + n) },
    { weight: 1, arbitrary: tie('pattern').map((inner) => `(?:${inner})`) },
    { weight: 1, arbitrary: fc.tuple(tie('pattern'), count).map(([a, n]) => `(?:${a})${n}`) },
    { weight: 1, arbitrary: fc.constantFrom('\\b', '\\B') },
  ),
  pattern: fc
    .tuple(
      fc.constantFrom('', '', '', '^'),
      fc.array(fc.array(tie('part'), { minLength: 1, maxLength: 4 }), {
        minLength: 1,
        maxLength: 2,
      }),
      fc.constantFrom('', '', '', '$'),
    )
    .map(([begin, ways, end]) => begin + ways.map((parts) => parts.join('')).join('|') + end),
}));
const text = fc
  .array(fc.constantFrom('a', 'b', 'c', '"', '1', ' ', '\n', '\u2028', '\u{1F600}', 'x'), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

describe('the engine that never backtracks', () => {
  test("finds a match where JavaScript's own does", () => {
    fc.assert(
      fc.property(pattern, text, (source, given) => {
        // V8 finds an empty match between the two halves of a character beyond 16 bits.
        fc.pre(!source.includes('\\B') || !given.includes('\u{1F600}'));
        const linear = linearPattern(parsePattern(source));
        const found = new RegExp(source, 'u').test(given);
        expect(linear.test(given)).toBe(found);
        expect(linear.exec(given) !== undefined).toBe(found);
      }),
      { numRuns: 1_500 },
    );
  });

  test.each([
    ['"id":\\s*"([^"]+)"', '{"id": "o-1","x":"id"}'],
    ['(\\d+) items', 'no 7 items, 8 items'],
    ['(?<key>\\w+)=(?<value>\\S*)', 'a=1 b=2'],
    ['<b>(.*?)</b>', '<b>x</b><b>y</b>'],
    ['<b>(.*)</b>', '<b>x</b>\n<b>y</b>'],
    ['(a)|(b)', 'b'],
    ['(?i:ſ|\\w+)-(?i:K)', 'Kk-k'],
    ['(?i:[\\W_]+)x', 'sk-_x'],
    ['(?s:a.b)', 'a\nb'],
    ['[\\s]x[^\\s]', '\ufeffxy'],
    ['\\p{Lu}\\P{L}', 'aÄ1'],
    ['\\ud83d\\ude00+', '\u{1F600}\u{1F600}'],
    ['[]|a', 'a'],
    ['x*', ''],
  ])('%s captures in %j what JavaScript does', (source, given) => {
    const match = linearPattern(parsePattern(source)).exec(given);
    const wanted = new RegExp(source, 'u').exec(given);
    expect(match && [...match]).toEqual(wanted ? [...wanted] : undefined);
  });

  // Harmless ones: even an engine that backtracks would take quadratic time at most.
  test.each(['([a-z]+)@', '(?:a|b)+c', '\\w+\\d', '"[^"]*"x'])(
    'takes linear time for %s',
    (source) => {
      const { exec } = linearPattern(parsePattern(source));
      const { test: fits } = linearPattern(parsePattern(source));
      for (const search of [exec, fits]) {
        const growth = growthOf((size) => void search('ab"'.repeat(size)), {
          size: 2_000,
          factor: 16,
        });
        // About 1 where time is linear; 16 where it is quadratic.
        expect(growth).toBeLessThan(6);
      }
    },
  );
});

describe("JavaScript's own engine", () => {
  test.each([
    '^\\d+$',
    'created',
    '(?:foo|bar|nonce)',
    '\\d{4}-\\d{2}-\\d{2}',
    'name="nonce"\\s+value="([^"]+)"',
    '"id":"(o-\\d+)"',
    '^[a-z]+: (.*)$',
    '^https?://[^/]+/',
  ])('is used for %s', (source) => {
    expect(isLinearNatively(parsePattern(source))).toBe(true);
  });

  test.each(['\\d+x', '.*', '<a.*>', '(?:a|a){20}', '"a*a"', '<[a-z]+ [^>]*>', 'a(?i:B)c*d'])(
    'is not used for %s',
    (source) => {
      expect(isLinearNatively(parsePattern(source))).toBe(false);
    },
  );

  test('takes few steps for each character wherever it is used', () => {
    let proved = 0;
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 3 }), (source, parts) => {
        const node = parsePattern(source);
        if (!isLinearNatively(node)) return;
        proved++;
        const given = parts.join('').repeat(8);
        expect(backtrackingSteps(node, given)).toBeLessThanOrEqual(4_000 * (given.length + 1));
      }),
      { numRuns: 2_000 },
    );
    expect(proved).toBeGreaterThan(200);
  });
});

test('a compiled pattern tests and captures', () => {
  for (const source of ['id=(\\d+)', '(\\d+)$']) {
    const { test: fits, exec } = compilePattern(source);
    expect(fits('id=42')).toBe(true);
    expect(exec('id=42')?.[1]).toBe('42');
    expect(exec('none')).toBeUndefined();
  }
});
