import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RenderedRequest } from '../../src/flow/index.ts';
import { asReady, parseScenario } from '../../src/scenario/index.ts';
import { compileFlows } from '../../src/flow/index.ts';
import { fileOf, scopeOf, stepOf } from './flow-texts.ts';

function sent(http: string, { sections = '', seq = 0, seed = 1 } = {}): RenderedRequest {
  const flows = stepOf(`http: ${http}`, sections, seed);
  const [step] = flows.flows[0]?.steps ?? [];
  if (!step) throw new Error('there is a step');
  return step.render(scopeOf(flows, seq));
}

const users = (value: unknown): string =>
  `feeders: { users: { rows: [{ id: ${JSON.stringify(value)} }] } }\n`;

describe('a value is written as its place needs it', () => {
  test('percent-encoded in a path', () => {
    const sections = users('a/b c?d&é#');
    expect(sent('{ path: "/u/${users.id}?q=${users.id}" }', { sections }).path).toBe(
      '/u/a%2Fb%20c%3Fd%26%C3%A9%23?q=a%2Fb%20c%3Fd%26%C3%A9%23',
    );
  });

  test('refused as a segment of a path that leads out of it', () => {
    const dots = users('..');
    const made = (path: string): string => sent(`{ path: "${path}" }`, { sections: dots }).path;
    const problem = 'is one dot or two, which leads out of its place in a path, in row 1';
    expect(() => made('/users/${users.id}/orders')).toThrow(`\${users.id} ${problem}`);
    expect(() => made('/users/.${users.id}')).toThrow(problem);
    expect(() => made('/users/${users.id}?a=b')).toThrow(problem);
    expect(made('/users/u-${users.id}?of=${users.id}')).toBe('/users/u-..?of=..');
  });

  test('without control characters in a header', () => {
    const sections = users('a\r\nb: c');
    expect(sent('{ path: /, headers: { x: "${users.id}" } }', { sections }).headers).toEqual([
      ['x', 'a  b: c'],
    ]);
  });

  test.each([
    ['a number', 7, '{"only":7,"within":"u-7"}'],
    ['a text', 'a"\\b', '{"only":"a\\"\\\\b","within":"u-a\\"\\\\b"}'],
    ['yes or no', true, '{"only":true,"within":"u-true"}'],
    ['nothing', null, '{"only":null,"within":"u-"}'],
  ])('typed in JSON: %s', (_, value, body) => {
    const http = '{ method: PUT, path: /, json: { only: "${users.id}", within: "u-${users.id}" } }';
    expect(sent(http, { sections: users(value) }).body).toBe(body);
  });

  test('$${ is a plain ${', () => {
    const step = stepOf('http: { method: PUT, path: "/$${a}", body: "$${users.id}" }').flows[0]
      ?.steps[0];
    expect(step?.isConstant).toBe(true);
    expect(step?.spec.call.request).toMatchObject({ path: '/${a}', body: '${users.id}' });
  });

  test('a value that looks like a reference is not read again', () => {
    const http = '{ method: PUT, path: /, body: "${users.id}" }';
    expect(sent(http, { sections: users('${random.uuid}') }).body).toBe('${random.uuid}');
  });

  test('the iteration by number and phase', () => {
    const http = '{ path: "/${iteration.number}/${iteration.phase}" }';
    expect(sent(http, { seq: 12 }).path).toBe('/12/steady');
  });
});

describe('laws', () => {
  const anyText = fc.string({ unit: 'binary' });

  test('a path, decoded, holds the value; JSON, parsed, too', () => {
    fc.assert(
      fc.property(
        anyText.filter((text) => !/^\.{1,2}$/u.test(text)),
        (value) => {
          const file = JSON.stringify({
            ...base,
            feeders: { users: { rows: [{ id: value }] } },
            flows: {
              first: [
                {
                  step: 's',
                  target: 'orders',
                  http: {
                    method: 'PUT',
                    path: '/${users.id}',
                    json: { a: '${users.id}', b: ['<${users.id}>'], c: { '$.x': 1 } },
                  },
                },
              ],
            },
          });
          const flows = compileFlows(asReady(parseScenario(file, 'law.json')));
          const request = flows.flows[0]?.steps[0]?.render(scopeOf(flows));
          const known = value.toWellFormed();
          expect(decodeURIComponent(request?.path ?? '')).toBe(`/${known}`);
          expect(JSON.parse(request?.body ?? '')).toEqual({
            a: value,
            b: [`<${value}>`],
            c: { '$.x': 1 },
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the same seed and number draw the same, in whatever order arrivals come', () => {
    const http =
      '{ path: "/${random.int(1,1000000)}/${random.text(12)}", headers: { x: "${random.uuid}" } }';
    const flows = stepOf(`http: ${http}`);
    const again = stepOf(`http: ${http}`);
    const render = (of: typeof flows, seq: number): unknown =>
      of.flows[0]?.steps[0]?.render(scopeOf(of, seq));
    const forth = [0, 1, 2, 3, 4].map((seq) => render(flows, seq));
    const back = [4, 3, 2, 1, 0].map((seq) => render(again, seq)).toReversed();
    expect(forth).toEqual(back);
    expect(new Set(forth.map((request) => JSON.stringify(request))).size).toBe(5);
  });

  test('another seed draws otherwise, and a second draw in one iteration differs from the first', () => {
    const http = '{ path: "/${random.uuid}" }';
    expect(sent(http, { seed: 1 }).path).not.toBe(sent(http, { seed: 2 }).path);
    const flows = stepOf(`http: ${http}`);
    const scope = scopeOf(flows);
    const [step] = flows.flows[0]?.steps ?? [];
    expect(step?.render(scope).path).not.toBe(step?.render(scope).path);
  });

  test('random.uuid is a UUID of version 4; random.int keeps to its ends', () => {
    const uuids = new Set<string>();
    const numbers = new Set<number>();
    const flows = stepOf('http: { path: "/${random.uuid}?${random.int(-2,2)}" }');
    const [step] = flows.flows[0]?.steps ?? [];
    for (let seq = 0; seq < 500; seq++) {
      const [uuid = '', number] = step?.render(scopeOf(flows, seq)).path.slice(1).split('?') ?? [];
      expect(uuid).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u,
      );
      uuids.add(uuid);
      numbers.add(Number(number));
    }
    expect(uuids.size).toBe(500);
    expect([...numbers].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
  });
});

const base = {
  name: 'law',
  targets: { orders: { url: 'http://127.0.0.1:7101' } },
  load: [{ phase: 'steady', users: 1, for: '1s' }],
};

test('an unknown column is an error that lists the columns', () => {
  const text = fileOf(
    `${users(1)}flows:\n  first: [{ step: s, target: orders, http: { path: "/\${users.idd}" } }]\n`,
  );
  const scenario = asReady(parseScenario(text, 'flows.yaml'));
  expect(() => compileFlows(scenario, { locationOf: (step) => `location of ${step}` })).toThrow(
    'unknown column "idd" of feeder "users" in ${users.idd} (location of s)',
  );
});
