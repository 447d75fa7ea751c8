import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { HarnessError } from '../../src/core/index.ts';
import { PROTOCOL_KINDS } from '../../src/scenario/protocols/index.ts';
import { changed, errorOf, parse, refusalOf, SMALL } from './texts.ts';

const at = (line: number, column: number): string => `small.yaml:${line}:${column}`;
const schemes = [
  ...new Set(
    PROTOCOL_KINDS.flatMap((kind) =>
      kind.schemes.map((scheme) => (scheme === 'unix' ? 'unix:' : `${scheme}://`)),
    ),
  ),
];

describe('one mistake: message and place', () => {
  test.each([
    [
      'a misspelt key',
      changed('targets:', 'targts:'),
      `unknown key "targts", did you mean "targets"? (targts, ${at(2, 1)})`,
    ],
    [
      'a misspelt key deep inside',
      changed('path:', 'pth:'),
      `unknown key "pth", did you mean "path"? (flows.checkout[0].http.pth, ${at(8, 15)})`,
    ],
    [
      'a missing key',
      changed('- phase: steady\n    ', '- '),
      `phase is missing (load[0], ${at(10, 5)})`,
    ],
    ['a missing section', changed('name: small\n', ''), `name is missing (${at(1, 1)})`],
    [
      'a negative rate',
      changed('50/s', '-5'),
      `rate must be > 0 per second, got -5 (load[0].arrivals.rate, ${at(11, 23)})`,
    ],
    [
      'a negative rate with its unit',
      changed('50/s', '-5/s'),
      `rate must be > 0 per second, got "-5/s" (load[0].arrivals.rate, ${at(11, 23)})`,
    ],
    [
      'a rate of 0',
      changed('50/s', '0/s'),
      `rate must be > 0 per second, got "0/s" (load[0].arrivals.rate, ${at(11, 23)})`,
    ],
    [
      'a rate without its unit',
      changed('50/s', '50'),
      `rate must name its unit, such as 50/s, got 50 (load[0].arrivals.rate, ${at(11, 23)})`,
    ],
    [
      'a duration without its unit',
      changed('10s', '10'),
      `for must name its unit, such as 10s, got 10 (load[0].for, ${at(12, 10)})`,
    ],
    [
      'a duration of 0',
      changed('10s', '0s'),
      `for must be a duration > 0 such as 250ms, 10s or 2m, got "0s" (load[0].for, ${at(12, 10)})`,
    ],
    [
      'no rate',
      changed('rate: 50/s', 'process: constant'),
      `arrivals must have exactly one of rate, ramp, stages and steps (load[0].arrivals, ${at(11, 15)})`,
    ],
    [
      'no length',
      changed('    for: 10s\n', ''),
      `load[0] must say how long it lasts (load[0], ${at(10, 5)})`,
    ],
    [
      'an unknown target',
      changed('target: orders', 'target: order'),
      `unknown target "order", did you mean "orders"? (flows.checkout[0].target, ${at(7, 15)})`,
    ],
    [
      'an unknown flow',
      changed('    for:', '    flow: chekout\n    for:'),
      `unknown flow "chekout", did you mean "checkout"? (load[0].flow, ${at(12, 11)})`,
    ],
    ...['constructor', '__proto__'].map((name) => [
      `a flow with the name of what every object inherits, ${name}`,
      changed('    arrivals: { rate: 50/s }', `    flow: ${name}\n    users: 3`),
      `unknown flow "${name}" (load[0].flow, ${at(11, 11)})`,
    ]),
    [
      'a saturated flow with such a name',
      changed(
        '    arrivals: { rate: 50/s }',
        '    flow: toString\n    saturate: { connections: 2 }',
      ),
      `unknown flow "toString" (load[0].flow, ${at(11, 11)})`,
    ],
    [
      'a proxy with such a name',
      `${SMALL}faults:\n  - { name: f, proxy: valueOf, toxic: { type: http_abort, status: 500 } }\n`,
      `unknown proxy "valueOf" (faults[0].proxy, ${at(14, 23)})`,
    ],
    [
      'a phase that must name its flow',
      changed('load:', '  other: [{ step: b, target: orders, http: { path: / } }]\nload:'),
      `flow is missing: the scenario has 2 of them (load[0], ${at(11, 5)})`,
    ],
    [
      'a duplicate phase',
      `${SMALL}  - { phase: steady, arrivals: { rate: 1/s }, for: 1s }\n`,
      `duplicate phase "steady", the first is load[0].phase (load[1].phase, ${at(13, 14)})`,
    ],
    [
      'a duplicate step',
      changed('load:', '    - { step: create-order, target: orders, http: { path: / } }\nload:'),
      `duplicate step "create-order", the first is flows.checkout[0].step (flows.checkout[1].step, ${at(9, 15)})`,
    ],
    ['a duplicate key', `${SMALL}name: again\n`, `duplicate key "name" (${at(13, 1)})`],
    [
      'a name that is none',
      changed('checkout:', 'check out:'),
      `key "check out" must be a name: a letter, then letters, digits, - and _, 64 characters at most (flows.check out, ${at(5, 3)})`,
    ],
    [
      'a URL that is none',
      changed('http://127.0.0.1:7101', 'ftp://x'),
      `url must begin with ${schemes.slice(0, -1).join(', ')} or ${schemes.at(-1)}, got "ftp://x" (targets.orders.url, ${at(3, 18)})`,
    ],
    [
      'a URL with a password',
      changed('http://', 'http://u:p@'),
      `url must be a URL without user and password (send them in a header), got "http://u:p@127.0.0.1:7101" (targets.orders.url, ${at(3, 18)})`,
    ],
    [
      'a body without a method',
      changed('path: /api/orders', 'path: /, json: {}'),
      `http must name its method where it has a body (flows.checkout[0].http, ${at(8, 13)})`,
    ],
    [
      'a header of our own',
      changed('path: /api/orders', 'path: /, headers: { Content-Length: "5" }'),
      `key "Content-Length" must not be set here: callgauge sends this header itself (flows.checkout[0].http.headers.Content-Length, ${at(8, 35)})`,
    ],
    [
      'a number where a text is wanted',
      changed('path: /api/orders', 'path: /, headers: { x: 5 }'),
      `x must be a text: put it in quotes ("5"), got 5 (flows.checkout[0].http.headers.x, ${at(8, 38)})`,
    ],
    [
      'a word that is not one of a few',
      changed('rate: 50/s', 'rate: 50/s, process: normal'),
      `process must be poisson or constant, got "normal" (load[0].arrivals.process, ${at(11, 38)})`,
    ],
    [
      'nothing measured',
      `${SMALL}    measure: false\n`,
      `no phase is measured: there would be no result (load, ${at(9, 1)})`,
    ],
    [
      'a run of too many days',
      changed('10s', '9999h'),
      `for must be 100 days at most, got "9999h" (load[0].for, ${at(12, 10)})`,
    ],
    [
      'an unknown service',
      changed('http://127.0.0.1:7101', 'http://${services.order.address}'),
      `unknown service "order" (targets.orders.url, ${at(3, 26)})`,
    ],
    [
      'an unknown reference',
      changed('http://127.0.0.1:7101', '${env}'),
      `unknown reference \${env} (targets.orders.url, ${at(3, 19)})`,
    ],
    [
      'an unknown field',
      changed('http://127.0.0.1:7101', '${services.a.adress}'),
      `unknown reference \${services.a.adress}, did you mean "address"? (targets.orders.url, ${at(3, 19)})`,
    ],
    ['a key of nothing', `: x\n${SMALL}`, `unknown key "" (${at(1, 1)})`],
    ['a key of two lines', `? "a\\e\\nb"\n: 1\n${SMALL}`, `unknown key "a b" (a b, ${at(1, 3)})`],
    ['a list for a file', '- a\n', `the file must be a map of keys, got a list (${at(1, 1)})`],
    ['an empty file', '', `the file is empty (${at(1, 1)})`],
    ['only comments', '# nothing\n', `the file is empty (${at(1, 1)})`],
    [
      'an empty section',
      changed('load:', 'faults:\nload:'),
      `faults must be a list of faults, got nothing (faults, ${at(9, 8)})`,
    ],
  ])('%s', (_, text, line) => {
    expect(refusalOf(text)).toEqual([line]);
  });
});

describe('YAML that is none', () => {
  test.each([
    ['a tab', 'a:\n\t- b\n', `not valid YAML: indented with a tab (${at(2, 1)})`],
    ['an open bracket', 'name: [x\nload: y\n', /^not valid YAML: .* \(small\.yaml:2:1\)$/u],
    [
      'an open quote',
      'name: "x\n',
      /^not valid YAML: a text in double quotes is not closed: " is missing \(small\.yaml:\d:\d\)$/u,
    ],
    [
      'two documents',
      `${SMALL}---\n${SMALL}`,
      `not valid YAML: the file holds a second document (${at(13, 1)})`,
    ],
    ['an alias of nothing', 'a: *b\n', `alias *b has no anchor (${at(1, 4)})`],
    ['brackets without end', '['.repeat(20_000), /^not valid YAML: nested too deeply/u],
    [
      'an unknown tag',
      changed('50/s', '!rate 50/s'),
      /^not understood: the tag "!rate" cannot be followed/u,
    ],
  ])('%s', (_, text, expected) => {
    const [line] = refusalOf(text);
    if (typeof expected === 'string') expect(line).toBe(expected);
    else expect(line).toMatch(expected);
  });

  test('a bare reference inside { } is told to be quoted', () => {
    const error = errorOf(() => parse(changed('"http://127.0.0.1:7101"', '${env.URL}')));
    expect(error.hint).toBe('Put a text with ${...} in quotes where it stands inside { } or [ ].');
  });
});

const refusal = (threshold: string, text = SMALL): string[] =>
  refusalOf(`${text}thresholds:\n  - ${threshold}\n`);

describe('thresholds', () => {
  test.each([
    [
      'a percentile of 101',
      'create-order.response p(101) < 3ms',
      `percentile must be > 0 and <= 100, got 101 (thresholds[0], ${at(14, 29)})`,
    ],
    [
      'a quoted one',
      '"create-order.response p(101) < 3ms"',
      `percentile must be > 0 and <= 100, got 101 (thresholds[0], ${at(14, 30)})`,
    ],
    [
      'an unknown step',
      'create-ordr.errors count == 0',
      `unknown step "create-ordr", did you mean "create-order"? (thresholds[0], ${at(14, 5)})`,
    ],
    [
      'an unknown phase',
      '"dropped{phase: stedy} count == 0"',
      `unknown phase "stedy", did you mean "steady"? (thresholds[0], ${at(14, 21)})`,
    ],
    [
      'one that YAML takes for a map',
      'create-order.response{phase: steady} p(9) < 2ms',
      `thresholds[0] must be a text: put a threshold with {phase: ...} in quotes, got a map (thresholds[0], ${at(14, 5)})`,
    ],
  ])('%s', (_, threshold, line) => {
    expect(refusal(threshold)).toEqual([line]);
  });

  test('one that would match nothing is refused', () => {
    const text = changed(
      'load:',
      `  other: [{ step: b, target: orders, http: { path: / } }]
load:
  - { phase: warm-up, flow: other, arrivals: { rate: 1/s }, for: 1s, measure: false }`,
      changed('    for: 10s', '    flow: checkout\n    for: 10s'),
    );
    expect(refusal('b.errors count == 0', text)).toEqual([
      expect.stringContaining('step "b" does not run in any measured phase'),
    ]);
    expect(refusal('"b.errors{phase: steady} count == 0"', text)).toEqual([
      expect.stringContaining('step "b" does not run in phase "steady"'),
    ]);
    expect(refusal('"dropped{phase: warm-up} count == 0"', text)).toEqual([
      expect.stringContaining('phase "warm-up" is not measured'),
    ]);
  });
});

describe('several mistakes', () => {
  const text = changed(
    '50/s',
    '-5',
    changed('target: orders', 'target: order', changed('name:', 'nam:')),
  );

  test('are all listed, in file order', () => {
    expect(refusalOf(text)).toEqual([
      `unknown key "nam", did you mean "name"? (nam, ${at(1, 1)})`,
      `unknown target "order", did you mean "orders"? (flows.checkout[0].target, ${at(7, 15)})`,
      `rate must be > 0 per second, got -5 (load[0].arrivals.rate, ${at(11, 23)})`,
    ]);
  });

  test('each have their fix', () => {
    const { hint } = errorOf(() => parse(text));
    expect(hint.split('\n').map((line) => line.slice(0, 8))).toEqual([
      'line 1: ',
      'line 7: ',
      'line 11:',
    ]);
  });

  test('past the first 20 are counted', () => {
    const thresholds = Array.from({ length: 50 }, () => '  - nope\n').join('');
    const lines = refusalOf(`${SMALL}thresholds:\n${thresholds}`);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 30 more problems');
  });
});

test('law: whatever a file holds, it is a scenario or a refusal with a place', () => {
  const whole = readFileSync(new URL('../../scenarios/quickstart.yaml', import.meta.url), 'utf8');
  const cut = fc.tuple(
    fc.nat(whole.length),
    fc.nat(40),
    fc.constantFrom(
      '',
      ' ',
      '\n',
      '[',
      '{a: ',
      '- ',
      '"',
      '*x',
      '&x ',
      '${',
      ': ',
      '-1',
      '%',
      '\u{1f600}',
    ),
  );
  fc.assert(
    fc.property(fc.array(cut, { minLength: 1, maxLength: 4 }), (cuts) => {
      const text = cuts.reduce(
        (t, [from, length, put]) => t.slice(0, from) + put + t.slice(from + length),
        whole,
      );
      try {
        expect(parse(text).name).not.toBe('');
      } catch (error) {
        expect(error).toBeInstanceOf(HarnessError);
        for (const line of (error as HarnessError).message.split('\n')) {
          expect(line).toMatch(/small\.yaml:\d+:\d+\)$|^and \d+ more problems$/u);
        }
      }
    }),
    { numRuns: 150 },
  );
});
