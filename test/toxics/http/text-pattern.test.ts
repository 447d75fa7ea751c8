import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { growthOf } from '../../growth.ts';
import { textPattern } from '../../../src/toxics/index.ts';

/** Few characters, so that what is drawn at random fits now and then. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
const pattern = fc
  .array(fc.constantFrom('a', 'b', '/', '*', '**'), { maxLength: 7 })
  .map((parts) => parts.join('').replaceAll(/\*{3,}/gu, '**'));

function asRegExp(glob: string, star: string): RegExp {
  const source = glob.replaceAll(/\*\*|\*/gu, (wildcard) => (wildcard === '*' ? star : '[^]*'));
  return new RegExp(`^${source}$`, 'u');
}

describe('a pattern over text', () => {
  it('fits what the regular expression of the same meaning fits', () => {
    fc.assert(
      fc.property(pattern, text, (glob, value) => {
        expect(textPattern(glob, '/')(value)).toBe(asRegExp(glob, '[^/]*').test(value));
        expect(textPattern(glob)(value)).toBe(asRegExp(glob, '[^]*').test(value));
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes all but the star as it stands', () => {
    fc.assert(
      fc.property(
        fc.string().filter((value) => !value.includes('*')),
        (value) => {
          expect(textPattern(value)(value)).toBe(true);
          expect(textPattern(`${value}*`)(`${value}.+`)).toBe(true);
        },
      ),
    );
  });

  it('takes time in proportion to the text, also where both wildcards stand together', () => {
    const fits = textPattern('/**a*b', '/');
    const search = (size: number): void => void fits(`/${'a'.repeat(size)}`);
    // About 1 where time is linear; 16 where it is quadratic.
    expect(growthOf(search, { size: 500, factor: 16 })).toBeLessThan(6);
  });

  it('stays quick on a text that was made to be slow', () => {
    const hostile = `${'a'.repeat(2_000)}b`;
    expect(textPattern('*a*a*a*a*a*a*a*c')(hostile)).toBe(false);
  });
});
