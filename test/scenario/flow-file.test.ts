import { expect, test } from 'vitest';
import { oneShotText } from '../../src/scenario/index.ts';
import { changed, parse, SMALL } from './texts.ts';

const step = (name: string): string => `{ step: ${name}, target: orders, http: { path: / } }`;

test('a flow of steps alone has no body beside them', () => {
  const [flow] = parse(SMALL).flows;
  expect(flow?.steps.map(({ name }) => name)).toEqual(['create-order']);
  expect(flow).not.toHaveProperty('body');
});

test('steps are numbered in file order, and the body says how they hang together', () => {
  const text = changed(
    'load:',
    `    - think: { min: 1s, max: 2s }
    - parallel: [[${step('a')}, { think: 1s }], [${step('b')}]]
    - choose: [{ weight: 3, do: [${step('c')}] }, { do: [${step('d')}] }]
    - repeat: { times: { min: 0, max: 2 }, do: [${step('e')}] }
    - { hook: sign, sets: [x] }
hooks: h.ts
load:`,
  );
  const [flow] = parse(text).flows;
  expect(flow?.steps.map(({ name }) => name)).toEqual(['create-order', 'a', 'b', 'c', 'd', 'e']);
  const second = 1_000_000_000;
  expect(flow?.body).toEqual([
    { kind: 'step', step: 0 },
    { kind: 'think', minNs: second, maxNs: 2 * second },
    {
      kind: 'parallel',
      branches: [
        [
          { kind: 'step', step: 1 },
          { kind: 'think', minNs: second, maxNs: second },
        ],
        [{ kind: 'step', step: 2 }],
      ],
    },
    {
      kind: 'choose',
      options: [
        { weight: 3, body: [{ kind: 'step', step: 3 }] },
        { weight: 1, body: [{ kind: 'step', step: 4 }] },
      ],
    },
    { kind: 'repeat', times: { min: 0, max: 2 }, body: [{ kind: 'step', step: 5 }] },
    { kind: 'hook', name: 'sign', sets: ['x'] },
  ]);
});

test('setup and teardown are flows of their own, which no phase runs', () => {
  const scenario = parse(`${SMALL}setup: [${step('log-in')}]\nteardown: [${step('log-out')}]\n`);
  expect(scenario.setup?.steps.map(({ name }) => name)).toEqual(['log-in']);
  expect(scenario.teardown?.steps.map(({ name }) => name)).toEqual(['log-out']);
  expect(scenario.flows.flatMap(({ steps }) => steps)).toHaveLength(1);
});

test('a scenario with all of it crosses threads as it is', () => {
  const text = changed(
    '{ path: /api/orders }',
    '{ method: PUT, path: "/${users.id}", json: ["${random.uuid}"] }\n      capture: { a: $.a }\n      check: { json: { "$.ok": true } }',
    `${SMALL}feeders: { users: { rows: [{ id: 1 }] } }\n`,
  );
  expect(structuredClone(parse(text))).toEqual(parse(text));
});

test('what is given on the command line holds no references of calls', () => {
  const text = oneShotText({
    url: 'http://127.0.0.1:1',
    path: '/a?q=${b}',
    method: 'POST',
    headers: {},
    body: '{"a":"${c}"}',
    timeout: '1s',
    status: undefined,
    connections: 1,
    arrivals: undefined,
    duration: '1s',
    iterations: undefined,
    tls: undefined,
    warmUp: undefined,
    thresholds: [],
  });
  const http = parse(text).flows[0]?.steps[0]?.call.request;
  expect(http).toMatchObject({ path: '/a?q=${b}', body: '{"a":"${c}"}' });
  expect(http).not.toHaveProperty('templates');
});
