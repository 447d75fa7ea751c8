import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { resolveReferences, scenarioJsonSchema, type Scenario } from '../../src/scenario/index.ts';
import { changed, errorOf, parse, refusalOf, SMALL } from './texts.ts';

const validate = new Ajv({ strict: false }).compile(scenarioJsonSchema());
const LONG = 'http: { path: /api/orders }';
const TARGET = '      target: orders\n';
const SECOND_TARGET = '  payment: { url: "http://127.0.0.1:7102" }\nflows:';

/** Returns the scenario that a file stands for, whatever its text. */
function planOf(text: string): Omit<Scenario, 'source'> {
  const { source: _, ...plan } = parse(text);
  return plan;
}

function withHttp(http: string, text = SMALL): string {
  return changed(LONG, `http: ${http}`, text);
}

describe('a request as one text is the request as a map', () => {
  test.each([
    ['/', '{ path: / }'],
    ['GET /orders?limit=10', '{ method: GET, path: "/orders?limit=10" }'],
    ['/orders/${random.uuid}', '{ path: "/orders/${random.uuid}" }'],
    ['DELETE /orders/${random.int(1,9)}', '{ method: DELETE, path: "/orders/${random.int(1,9)}" }'],
    ['PURGE /a', '{ method: PURGE, path: /a }'],
    ['/${env.A:-b c}', '{ path: "/${env.A:-b c}" }'],
  ])('%s', (short, long) => {
    expect(planOf(withHttp(JSON.stringify(short)))).toEqual(planOf(withHttp(long)));
    expect(validate(parseYaml(withHttp(JSON.stringify(short))))).toBe(true);
  });

  test('for any method and any path', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9._~%:@!$&'()*+,;=-]{0,12}$/u);
    const method = fc.option(fc.stringMatching(/^[A-Z]{1,20}$/u), { nil: undefined });
    fc.assert(
      fc.property(method, fc.array(segment, { maxLength: 5 }), (name, segments) => {
        fc.pre(name !== 'CONNECT');
        const path = `/${segments.join('/')}`;
        const line = JSON.stringify(name === undefined ? path : `${name} ${path}`);
        const long = JSON.stringify({ ...(name !== undefined && { method: name }), path });
        expect(planOf(withHttp(line))).toEqual(planOf(withHttp(long)));
      }),
      { numRuns: 50 },
    );
  });

  test('in setup, teardown and inside of groups, choices and loops', () => {
    const withSteps = (http: string): string => {
      const step = (name: string): string => `{ step: ${name}, target: orders, http: ${http} }`;
      const groups = `    - parallel: [[${step('a')}], [${step('b')}]]
    - choose: [{ do: [${step('c')}] }]
    - repeat: { times: 2, do: [${step('d')}] }
setup: [${step('e')}]
teardown: [${step('f')}]
load:`;
      return changed('load:', groups);
    };
    expect(planOf(withSteps('PUT /x'))).toEqual(planOf(withSteps('{ method: PUT, path: /x }')));
  });

  test('a captured path, and what a replay recorded', () => {
    const withPath = (http: string): string =>
      changed(LONG, `${LONG}\n      capture: { place: $.next }\n    - { step: b, http: ${http} }`);
    expect(planOf(withPath('"${place}"'))).toEqual(planOf(withPath('{ path: "${place}" }')));
    const replayed = changed('arrivals: { rate: 50/s }', 'replay: { file: access.log }');
    expect(planOf(withHttp('"${replay.method} ${replay.path}"', replayed))).toEqual(
      planOf(withHttp('{ method: "${replay.method}", path: "${replay.path}" }', replayed)),
    );
  });
});

describe('a text that is no request', () => {
  const WANTED = 'must be a path that begins with /, or a method and a path such as GET /orders';
  test.each([
    ['orders', WANTED, 'Write /orders'],
    ['GET orders', WANTED, 'Write GET /orders'],
    ['get /orders', 'must have its method in upper case', 'Write GET /orders'],
    ['/orders GET', 'must have its method first', 'Write GET /orders'],
    ['GET', 'must have a path behind its method', 'Write GET /PATH.'],
    ['POST  /a', 'must have one space between its method and its path', 'Write POST /a'],
    ['GET /a /b', `${WANTED}, without a space or # in the path`, 'Write %20 for a space'],
    ['two words', `${WANTED}, without a space or # in the path`, 'Write %20 for a space'],
    ['/a#b', `${WANTED}, without a space or # in the path`, 'Write %20 for a space'],
    ['CONNECT /a', `${WANTED}, without a space or # in the path`, 'Write %20 for a space'],
    [
      'GET https://shop:8443/orders',
      'must have a path, not an url: where it goes is said by the target',
      'Write url: https://shop:8443 under targets, and here the path.',
    ],
    ['', WANTED, 'Write /'],
  ])('%j is refused with what is meant', (written, wanted, hint) => {
    const text = withHttp(JSON.stringify(written));
    const error = errorOf(() => parse(text));
    expect(error.message).toBe(
      `http ${wanted}, got ${JSON.stringify(written)} (flows.checkout[0].http, small.yaml:8:13)`,
    );
    expect(error.hint).toContain(hint);
  });

  test.each([
    ['5', 'http must be a path, a method and a path such as GET /orders, or a map, got 5'],
    ['[/a]', 'http must be a path, a method and a path such as GET /orders, or a map, got a list'],
    ['{ path: /, headers: 5 }', 'headers must be a map of headers, got 5'],
    ['{ pth: / }', 'unknown key "pth", did you mean "path"?'],
    ['"GET /${nobody}"', 'unknown reference ${nobody} (flows.checkout[0].http, small.yaml:8:19)'],
  ])('http: %s', (http, problem) => {
    expect(refusalOf(withHttp(http))).toEqual([expect.stringContaining(problem)]);
  });

  test('a variable that is not set is found at its column', () => {
    const scenario = parse(withHttp('"GET /${env.NOT_SET}"'));
    const error = errorOf(() => resolveReferences(scenario, { env: {} }));
    expect(error.message).toContain('(flows.checkout[0].http, small.yaml:8:19)');
  });

  test('a saturated phase is told what it cannot send', () => {
    const saturated = changed('arrivals: { rate: 50/s }', 'saturate: { connections: 1 }');
    expect(refusalOf(withHttp('HEAD /a', saturated))).toEqual([
      expect.stringContaining('saturate cannot send HEAD'),
    ]);
  });
});

describe('a step without a target', () => {
  test('calls the only one, wherever it stands', () => {
    const steps = `    - parallel: [[{ step: a, http: / }], [{ step: b, http: / }]]
    - choose: [{ do: [{ step: c, http: / }] }]
    - repeat: { times: 2, do: [{ step: d, http: / }] }
setup: [{ step: e, http: / }]
teardown: [{ step: f, http: / }]
load:`;
    const named = steps.replaceAll('http: /', 'target: orders, http: /');
    const bare = changed(TARGET, '', changed('load:', steps));
    expect(planOf(bare)).toEqual(planOf(changed('load:', named)));
    expect(validate(parseYaml(bare))).toBe(true);
  });

  test('says what the target speaks', () => {
    const grpc = 'grpc: { method: shop.Orders/Create }';
    const named = changed(LONG, grpc);
    expect(planOf(changed(TARGET, '', named))).toEqual(planOf(named));
    expect(planOf(named).targets[0]?.protocol).toBe('grpc');
  });

  test('gives the target as many connections as its users', () => {
    const users = changed('arrivals: { rate: 50/s }', 'users: 300');
    expect(planOf(changed(TARGET, '', users)).targets[0]?.connections).toBe(300);
  });

  test('is refused where there are several, which are named', () => {
    const error = errorOf(() => parse(changed(TARGET, '', changed('flows:', SECOND_TARGET))));
    expect(error.message).toBe(
      'target is missing: the scenario has 2 of them (flows.checkout[0], small.yaml:7:7)',
    );
    expect(error.hint).toBe('Add target: orders or payment.');
  });

  test('is one mistake where the key is misspelt', () => {
    const text = changed('target: orders', 'taget: orders', changed('flows:', SECOND_TARGET));
    expect(refusalOf(text)).toEqual([expect.stringContaining('did you mean "target"?')]);
  });
});
