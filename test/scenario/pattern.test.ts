import { expect, test } from 'vitest';
import { patternFault } from '../../src/scenario/pattern.ts';

test.each([
  'a+b*',
  'nonce="([^"]+)"',
  '(?:ab)+',
  '[(+)]+',
  'a{2,5}(b{1,3})+',
  '\\(a+\\)+',
  '^\\d+$',
])('%s is taken', (text) => {
  expect(patternFault(text)).toBeUndefined();
});

test.each(['(a+)+', '(?:a*b)*', '((a+))*', '(a{2,})+', '(x(a+)y)+', '(a)\\1', '(?<n>a)\\k<n>'])(
  '%s is refused: it could take for ever',
  (text) => {
    expect(patternFault(text)).toMatch(/it could take for ever$/u);
  },
);

test.each(['(', '[a', 'a{2,1}', 'x'.repeat(1_001)])('%j is refused', (text) => {
  expect(patternFault(text)).toMatch(/^must be/u);
});
