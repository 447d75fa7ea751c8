import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchingText } from '../../src/pattern/index.ts';

it.each([
  [String.raw`^ORD-\d{6}$`, 'ORD-111111'],
  ['^(?:red|green)$', 'red'],
  ['^[A-Z]{2}[0-9]?$', 'AA1'],
  [String.raw`^[\w.-]+@[a-z]+\.com$`, 'a@a.com'],
  ['b+', 'b'],
  ['', ''],
])('%s is matched by %s', (pattern, text) => {
  expect(matchingText(pattern)).toBe(text);
});

it.each([
  ['(?=a)b', 'looks ahead'],
  ['(', 'is no pattern'],
  [String.raw`\ba\b\Bb`, 'is matched by nothing'],
  ['a{500}', 'is matched by long texts alone'],
])('none is found for %s, which %s', (pattern) => {
  expect(matchingText(pattern)).toBeUndefined();
});

const piece = fc.constantFrom(
  'a',
  '[b-d]',
  String.raw`\d`,
  '(?:x|yz)',
  '[^q]',
  '.',
  String.raw`\.`,
);
const repeat = fc.constantFrom('', '?', '*', '+', '{3}', '{0,2}', '{2,}');

it('what it returns is matched by the engine of the language, whole', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(piece, repeat), { maxLength: 8 }), (parts) => {
      const pattern = `^${parts.map((part) => part.join('')).join('')}$`;
      expect(matchingText(pattern)).toMatch(new RegExp(pattern, 'u'));
    }),
  );
});
