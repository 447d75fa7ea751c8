import * as fc from 'fast-check';
import { query } from 'jsonpath-rfc9535';
import { expect, test } from 'vitest';
import { filterProblem, jsonPath } from '../../src/flow/json-path.ts';

test('law: a path of names and indices finds what the general evaluator finds', () => {
  const step = fc.oneof(
    fc.constantFrom('.a', '.b', "['a']", '["b c"]', "['__proto__']"),
    fc.integer({ min: -3, max: 3 }).map((index) => `[${index}]`),
  );
  const value = fc.jsonValue({ maxDepth: 3 });
  const shaped = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      value,
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'b c'), tie('any')),
    ),
  })).any;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 4 }), shaped, (steps, document) => {
      const path = `$${steps.join('')}`;
      const json = JSON.parse(JSON.stringify(document) ?? 'null') as never;
      expect(jsonPath(path)?.(json)).toEqual(query(json, path)[0]);
    }),
    { numRuns: 500 },
  );
});

test.each(['$.a[', 'a', '', '$..', '$.a b'])('%j is no path', (text) => {
  expect(jsonPath(text)).toBeUndefined();
});

test.each([
  ['$.match', undefined],
  ['$[?match(@.a, "[a-z]+")]', undefined],
  ['$[?search(@.a, "x[0-9]{1,4}") && @.b]', undefined],
  ['$[?match(@.a, @.b)]', 'takes the pattern of match() from the answer'],
  [
    '$.x[?!(search(@.a, "[a-z]+1"))]',
    'has a pattern in search() that can take very long: "[a-z]+1"',
  ],
  ['$[?search(@.a, "(?=x)")]', 'has a pattern in search() that can take very long: "(?=x)"'],
])('of the patterns in %s', (path, problem) => {
  expect(filterProblem(path)).toBe(problem);
});

test('what is not plain goes through the general evaluator', () => {
  const value = { items: [{ id: 1 }, { id: 2 }] };
  expect(jsonPath('$..id')?.(value)).toBe(1);
  expect(jsonPath('$.items[?@.id==2].id')?.(value)).toBe(2);
  expect(jsonPath('$.items[2:].id')?.(value)).toBeUndefined();
  expect(jsonPath('$.items[1:]')?.(value)).toEqual({ id: 2 });
});
