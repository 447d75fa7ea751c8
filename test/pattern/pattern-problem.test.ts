import { expect, test } from 'vitest';
import { patternProblem } from '../../src/pattern/index.ts';

test.each([
  'a+b*',
  'nonce="([^"]+)"',
  '(?:ab)+',
  '[(+)]+',
  'a{2,5}(b{1,3})+',
  '\\(a+\\)+',
  '^\\d+$',
  '(a+)+',
  '((a+))*',
  '(x(a+)y)+',
  '(?:a|b|ab)*c',
  '(?<name>\\p{L}+)\\s\\u{1F600}\\cJ[\\b\\-\\]]',
  '(?i:yes|no)',
  '\\p{Script=Greek}\\p{gc=Lu}\\P{L}',
  '',
  '[]',
  '[^]',
])('%s is taken: matching it takes linear time', (text) => {
  expect(patternProblem(text)).toBeUndefined();
});

test.each([
  ['(a)\\1', 'back reference \\1', 3],
  ['(?<n>a)\\k<n>', 'back reference \\k<...>', 7],
  ['a(?=b)', 'lookahead (?=...)', 1],
  ['ab(?!c)', 'lookahead (?!...)', 2],
  ['(?<=a)b', 'lookbehind (?<=...)', 0],
  ['x|(?<!a)b', 'lookbehind (?<!...)', 2],
  ['(?m:^a)', 'lines of their own (?m:...)', 0],
])('%s is refused, with the place and the fix', (text, construct, character) => {
  expect(patternProblem(text)).toEqual({
    message: `must have no ${construct}: matching it can take for ever`,
    character,
    hint: expect.stringMatching(/^Write /u),
  });
});

test.each([
  ['(', /^must be a regular expression of JavaScript: Unterminated group$/u],
  ['[a', /^must be a regular expression of JavaScript: /u],
  ['a{2,1}', /^must be a regular expression of JavaScript: /u],
  ['x'.repeat(1_001), /^must be 1000 characters at most$/u],
  ['((a{50}b|){50}){2}', /^must be simpler/u],
])('%j is refused', (text, message) => {
  expect(patternProblem(text)?.message).toMatch(message);
});
