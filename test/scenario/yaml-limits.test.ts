import { describe, expect, test } from 'vitest';
import { rngFrom } from '../../src/core/index.ts';
import { readYaml } from '../../src/scenario/yaml-source.ts';
import { growthOf } from '../growth.ts';
import { changed, errorOf, parse, refusalOf, SMALL } from './texts.ts';

const GET = 'http: { path: /api/orders }';

describe('an alias inside the value that it stands for', () => {
  test.each([
    ['json', changed(GET, 'http: { path: /, method: POST, json: &a { me: *a } }')],
    ['a check', changed(GET, `${GET}\n      check: { json: { $.a: { equals: &a [1, *a] } } }`)],
    [
      'the list of repeat',
      changed('    - step', '    - repeat: { times: 2, do: &a [*a] }\n    - step'),
    ],
    ['a branch of parallel', changed('    - step', '    - parallel: &a [[*a]]\n    - step')],
    [
      'a choice',
      changed('    - step', '    - choose: [{ do: &a [{ choose: [{ do: *a }] }] }]\n    - step'),
    ],
    ['setup', `${SMALL}setup: &a [{ repeat: { times: 1, do: *a } }]\n`],
    ['all of the file', `--- &a\n${SMALL}me: *a\n`],
    ['a key', changed('name: small', 'name: &a { *a : 1 }')],
  ])('of %s is told, with its place', (_, text) => {
    const before = text.slice(0, text.indexOf('*a')).split('\n');
    const place = `small.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    expect(refusalOf(text)).toEqual([`alias *a is inside the value that it stands for (${place})`]);
  });
});

describe('aliases', () => {
  const many = changed('- step', '- &look step');

  test('may stand for one value often', () => {
    const items = Array.from({ length: 500 }, () => '*a').join(', ');
    const json = `http: { path: /, method: POST, json: [&a 1.50, ${items}] }`;
    expect(JSON.stringify(parse(changed(GET, json)).flows[0]?.steps[0]?.call.request)).toContain(
      '1.50,1.50',
    );
  });

  test('stand for the anchor that came last before them', () => {
    const { value, problems } = readYaml('a: &x 1\nb: *x\nc: &x 2\nd: *x\n');
    expect(problems).toEqual([]);
    expect(value).toEqual({ a: 1, b: 1, c: 2, d: 2 });
  });

  test('that multiply are told where there are too many', () => {
    const text = 'a: &a [1, 1, 1]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n';
    expect(readYaml(text, 12 + 39).problems).toEqual([]);
    expect(readYaml(text, 12 + 38).problems).toMatchObject([
      {
        message: 'aliases must stand for 50 values at most, got more',
        position: { line: 3, column: 13 },
      },
    ]);
  });

  test('count in how deep a value is nested', () => {
    const lines = ['a0: &a0 [1]'];
    for (let i = 1; i < 250; i++) lines.push(`a${i}: &a${i} [*a${i - 1}]`);
    expect(readYaml(lines.join('\n')).problems).toMatchObject([
      { message: 'values must be nested 200 deep at most, got more', position: { line: 200 } },
    ]);
  });

  test('an anchor that nobody uses changes nothing', () => {
    expect(parse(many).flows).toEqual(parse(SMALL).flows);
  });
});

describe('keys', () => {
  test('that come twice are told at the second, as text', () => {
    expect(readYaml('a: 1\n"a": 2\n1: x\n"1": y\n').problems).toMatchObject([
      { message: 'duplicate key "a"', position: { line: 2, column: 1 } },
      { message: 'duplicate key "1"', position: { line: 4, column: 1 } },
    ]);
  });

  test('are texts, numbers or nothing; an alias of a text too', () => {
    expect(readYaml('a: &k b\n*k : 1\n200: ok\n~: x\n__proto__: 1\n').value).toEqual(
      JSON.parse('{"a":"b","b":1,"200":"ok","":"x","__proto__":1}'),
    );
    expect(readYaml('{ { a: b }: 1 }\n').problems).toMatchObject([
      { message: 'a key must be a text, got a map', position: { line: 1, column: 3 } },
    ]);
  });
});

describe('what is no YAML is told in our words', () => {
  test.each([
    ['[1] [2]', '"[" stands behind a value that is over'],
    ['"a" b', '"b" stands behind a value that is over'],
    ['[1, 2', 'a [ is not closed: ] is missing'],
    ['a: [1, 2\nb: 3', 'a { or [ is not closed before the next line at its own indentation'],
    ['{ a: 1', 'a { is not closed: } is missing'],
    ['a: [,]', 'a value is missing before a comma'],
    ['a: "x', 'a text in double quotes is not closed: " is missing'],
    ["a: 'x", "a text in single quotes is not closed: ' is missing"],
    ['a: "\\q"', 'unknown escape "\\q" in a text in double quotes'],
    ['a: @x', 'a text without quotes cannot begin with "@"'],
    ['a: %x', 'a text without quotes cannot begin with "%"'],
    ['a: b: c', 'a second colon makes this a key within a value of the same line'],
    ['a: - b', 'a list begins on the line of its key'],
    ['a:\n  b: 1\n c: 2', 'a line is not indented like those that it belongs to'],
    ['a: 1\nb', 'a text stands where KEY: VALUE is wanted'],
    ['a: |x\n  y', 'a text stands on the line of | or >'],
    ['a: "x"#y', 'a # begins a comment only behind a space'],
    ['a: &x &y 1', 'a value has two anchors'],
    ['a: !!str !!int 1', 'a value has two tags'],
    ['a: &x 1\nb: &y *x', 'an alias cannot have an anchor or a tag of its own'],
    ['a: &', 'a name is missing behind & or *'],
    ['["a" "b"]', 'a comma or a colon is missing before'],
    ['%FOO bar\n---\na: 1', 'not understood'],
  ])('%j', (text, message) => {
    expect(readYaml(text).problems[0]?.message).toContain(message);
  });

  test('and never in the words of the parser', () => {
    const odd = '{}[],:?-&*!|>%@`"\'#\n\t ~';
    const rng = rngFrom(1, 'odd yaml');
    const seen = new Set<string>();
    for (let go = 0; go < 400; go++) {
      const at = Math.floor(rng.nextFloat() * SMALL.length);
      const put = odd.charAt(Math.floor(rng.nextFloat() * odd.length));
      const { problems } = readYaml(SMALL.slice(0, at) + put + SMALL.slice(at + 1));
      for (const { message } of problems) seen.add(message);
    }
    expect(seen.size).toBeGreaterThan(10);
    for (const message of seen) {
      expect(message).not.toMatch(/token|node|indicator|scalar|implicit|flow-|block-|sequence/iu);
    }
  });
});

test('nested values are told before anything overflows', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{ a: ', '}'],
  ]) {
    const json = `${open?.repeat(250)}1${close?.repeat(250)}`;
    expect(refusalOf(changed(GET, `http: { path: /, method: POST, json: ${json} }`))).toEqual([
      expect.stringMatching(
        /^values must be nested 200 deep at most, got more \(small\.yaml:8:\d+\)/u,
      ),
    ]);
  }
});

test('keys within keys without end are told near the line that they are in', () => {
  const [line] = refusalOf(`${SMALL}deep:\n  n: x${': '.repeat(20_000)}\nb: 1\n`);
  expect(line).toMatch(
    /^not valid YAML: nested too deeply, here or in a line before \(small\.yaml:1[3-6]:1\)$/u,
  );
});

test('a file of YAML 1.1 is refused, since it reads otherwise', () => {
  const error = errorOf(() => parse(`%YAML 1.1\n---\n${SMALL}`));
  expect(error.message).toMatch(/^the file is of YAML 1\.1/u);
  expect(error.hint).toBe('Remove the line %YAML 1.1.');
});

const numbered = (n: number, of: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => of(i)).join('');

describe('a large file takes time in proportion to its size', () => {
  const json = (text: string): string =>
    changed(GET, `http: { path: /, method: POST, json: ${text} }`);
  test.each<[string, (n: number) => string]>([
    ['keys of a map', (n) => json(`{ ${numbered(n, (i) => `k${i}: ${i}, `)} }`)],
    ['keys by indentation, unknown', (n) => `${SMALL}${numbered(n, (i) => `k${i}: ${i}\n`)}`],
    ['the same key', (n) => json(`{ ${numbered(n, () => 'a: 1, ')} }`)],
    ['aliases', (n) => json(`[&a 1, ${numbered(n, () => '*a, ')}]`)],
    ['anchors', (n) => json(`[${numbered(n, (i) => `&a${i} 1, `)}]`)],
    ['numbers with their digits', (n) => json(`[${numbered(n, (i) => `{ a: ${i}.50 }, `)}]`)],
    [
      'steps',
      (n) =>
        changed(
          'load:',
          `${numbered(n, (i) => `    - { step: s${i}, target: orders, http: { path: / } }\n`)}load:`,
        ),
    ],
    [
      'unknown names',
      (n) =>
        changed(
          'load:',
          `${numbered(n, (i) => `    - { step: s${i}, target: o${i}, http: { path: / } }\n`)}load:`,
        ),
    ],
    ['documents', (n) => `${SMALL}${'---\na: 1\n'.repeat(n)}`],
    ['a long text', (n) => json(`"${'a ${env.X} '.repeat(n)}"`)],
  ])('%s', (_, text) => {
    const read = (size: number): void => {
      try {
        parse(text(size));
      } catch (error) {
        if ((error as { code?: string }).code !== 'SCENARIO_INVALID') throw error;
      }
    };
    // About 1 where time is linear; 10 where it is quadratic.
    expect(growthOf(read, { size: 150, factor: 10 })).toBeLessThan(4);
  });
});
