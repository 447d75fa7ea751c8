import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareNumbers,
  exactNumber,
  isEqualJson,
  isExactNumber,
  mapExact,
  mayHoldExact,
  parseExactly,
} from '../../src/core/index.ts';

const digits = fc.stringMatching(/^[0-9]{1,24}$/u);
const exponent = fc.stringMatching(/^[eE][+-]?[0-9]{1,4}$/u);
/** Texts of JSON numbers, many of which no double is written as. */
const numberText = fc
  .record({
    minus: fc.constantFrom('', '-'),
    whole: fc.oneof(fc.constantFrom('0', '1', '9007199254740993'), digits),
    fraction: fc.option(digits, { nil: undefined }),
    power: fc.option(exponent, { nil: '' }),
  })
  .map(({ minus, whole, fraction, power }) => {
    const stripped = whole.replace(/^0+(?=\d)/u, '');
    return `${minus}${stripped}${fraction === undefined ? '' : `.${fraction}`}${power}`;
  });

/** JSON texts, their blanks as JSON.stringify leaves them. */
const jsonText = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    numberText,
    fc.string().map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null'),
    fc.array(tie('any'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/u), tie('any')), {
        maxLength: 3,
        selector: ([key]) => key,
      })
      .map((entries) => `{${entries.map(([key, value]) => `"${key}":${value}`).join(',')}}`),
  ),
})).any;

test('law: what is read is written again digit by digit', () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      expect(JSON.stringify(parseExactly(text))).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

test('law: a text is passed over only if its numbers are written as JavaScript writes them', () => {
  fc.assert(
    fc.property(numberText, fc.constantFrom('', ' ', '\n'), (number, blank) => {
      const text = `{"a":${blank}[1,${blank}${number}${blank}]}`;
      if (!mayHoldExact(text)) expect(String(Number(number))).toBe(number);
    }),
    { numRuns: 2_000 },
  );
  expect(mayHoldExact('{"id":"a1","n":[12,-3.25,0.5],"at":"2026-11-28T10:00:00Z"}')).toBe(false);
});

test('law: numbers are compared by their values, not as doubles', () => {
  const integer = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
  fc.assert(
    fc.property(integer, integer, fc.nat(4), (a, b, zeros) => {
      const left = exactNumber(String(a));
      const right = exactNumber(`${b}${zeros === 0 ? '' : `.${'0'.repeat(zeros)}`}`);
      expect(Math.sign(compareNumbers(left, right))).toBe(a < b ? -1 : a > b ? 1 : 0);
      expect(isEqualJson([left], [right])).toBe(a === b);
    }),
  );
});

test.each([
  ['1', '1.0', true],
  ['1e2', '100', true],
  ['10.10', '10.1', true],
  ['0', '-0', true],
  ['-0.0', '0e5', true],
  ['1e400', '1e401', false],
  ['1e400', '10e399', true],
  ['9007199254740993', '9007199254740992', false],
  ['0.1', '0.10000000000000001', false],
  ['1E+2', '1e2', true],
])('%s and %s: the same is %s', (a, b, same) => {
  expect(isEqualJson(parseExactly(a), parseExactly(b))).toBe(same);
  expect(isEqualJson({ x: parseExactly(a), y: 1 }, { y: 1, x: parseExactly(b) })).toBe(same);
});

test('values of different kinds are not equal', () => {
  const exact = parseExactly('1.0');
  for (const other of ['1.0', null, [], {}, { rawJSON: '1.0' }, true]) {
    expect(isEqualJson(exact, other)).toBe(false);
    expect(isEqualJson(other, exact)).toBe(false);
  }
  expect(isEqualJson([1], { 0: 1 })).toBe(false);
  expect(isEqualJson({ a: undefined }, { b: undefined })).toBe(false);
});

test('exact numbers are replaced at any depth', () => {
  const value = parseExactly('{"a":[1,2.50],"b":{"c":10000000000000000001}}');
  expect(mapExact(value, ({ rawJSON }) => rawJSON)).toEqual({
    a: [1, '2.50'],
    b: { c: '10000000000000000001' },
  });
  expect(isExactNumber(exactNumber('2.5'))).toBe(false);
});
