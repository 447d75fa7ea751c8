import { describe, expect, test } from 'vitest';
import { compileFlows, sharedValues } from '../../src/flow/index.ts';
import { asReady, parseScenario, resolveReferences } from '../../src/scenario/index.ts';
import { answerOf, fileOf, flowsOf, scopeOf, stepOf } from './flow-texts.ts';

const MS = 1_000_000;
const BODY = '{"ok":false,"id":7,"items":[{"price":2},{"price":"x"}],"text":"created","none":null}';
const FIELDS: readonly [string, string][] = [
  ['content-type', 'application/json; charset=utf-8'],
  ['location', '/orders/7'],
];

function judged(keys: string, body = BODY, durationNs = MS): string | undefined {
  const flows = stepOf(`http: { path: / }, ${keys}`);
  return flows.flows[0]?.steps[0]?.checkResponse(
    answerOf(body, FIELDS),
    durationNs,
    scopeOf(flows),
  );
}

describe('checks that hold', () => {
  test.each([
    'check: { headers: { Content-Type: "application/json*" } }',
    'check: { headers: { content-type: { contains: utf-8, matches: "^application/.+" } } }',
    'check: { body: created }',
    'check: { json: { "$.id": 7, "$.items[0].price": { min: 2, max: 2 }, "$.items[-1].price": x } }',
    'check: { json: { "$.none": null, "$.gone": { exists: false }, "$.text": { matches: "^cr" } } }',
    'check: { json: { "$.items[?@.price==2].price": 2, "$.items[0]": { equals: { price: 2 } } } }',
    'check: { schema: { type: object, required: [id], properties: { id: { type: integer } } } }',
    'check: { duration: 1ms }',
  ])('%s', (keys) => {
    expect(judged(keys)).toBe('');
  });
});

describe('checks that fail say what was wanted, and nothing of what came', () => {
  test.each([
    ['check: { json: { "$.ok": true } }', 'check json $.ok: is not true'],
    ['check: { json: { "$.gone": 1 } }', 'check json $.gone: is not there'],
    ['check: { json: { "$.id": "7" } }', 'check json $.id: is not "7"'],
    ['check: { json: { "$.id": { min: 8 } } }', 'check json $.id: is not >= 8'],
    ['check: { headers: { content-type: text/* } }', 'check header content-type: is not text/*'],
    ['check: { headers: { x-gone: "*" } }', 'check header x-gone: it did not come'],
    ['check: { body: { matches: "^x" } }', 'check body: does not match /^x/'],
    [
      'check: { schema: { properties: { id: { type: string } } } }',
      'check schema: /properties/id/type must be string',
    ],
    ['check: { duration: 500us }', 'check duration: longer than 500 us'],
    ['check: { json: { "$.id": { exists: false } } }', 'check json $.id: is there'],
    ['check: { json: { "$.text": { contains: x } } }', 'check json $.text: does not hold "x"'],
    ['check: { body: closed }', 'check body: does not hold "closed"'],
    [
      'check: { schema: { properties: { items: { uniqueItems: true } } } }',
      'check schema: /properties/items/uniqueItems must NOT have duplicate items',
      '{"items":[1,1]}',
    ],
    [
      'check: { schema: { items: { uniqueItems: true }, contains: { pattern: "^(?:a|b)+$" } } }',
      'check schema: /items/uniqueItems must NOT have duplicate items',
      '["ab",[{"a":1,"b":[2]},{"b":[2],"a":1}]]',
    ],
    [
      'check: { schema: { items: { uniqueItems: true, pattern: "^(?:a|b)+$" } } }',
      'check schema: /items/pattern must match pattern "^(?:a|b)+$"',
      '["ab",[1,2],"abc"]',
    ],
    ['capture: { a: $.gone }', 'capture a: $.gone found nothing'],
    ['capture: { a: { header: x-gone } }', 'capture a: header x-gone found nothing'],
    ['capture: { a: { regex: "no=(.)" } }', 'capture a: /no=(.)/ found nothing'],
  ])('%s', (keys, problem, body = BODY) => {
    expect(judged(keys, body)).toBe(problem);
  });

  test('of the environment, without its value', () => {
    const keys =
      'http: { path: / }, check: { json: { "$.id": "${env.TOKEN}", "$.ok": "<${env.TOKEN}>" } }';
    const step = `flows:\n  first: [{ step: s, target: orders, ${keys} }]\n`;
    const scenario = parseScenario(fileOf(step), 'flows.yaml');
    const flows = compileFlows(resolveReferences(asReady(scenario), { env: { TOKEN: 'hunter2' } }));
    const scope = scopeOf(flows);
    const check = (body: string): string | undefined =>
      flows.flows[0]?.steps[0]?.checkResponse(answerOf(body, FIELDS), MS, scope);
    expect(check('{"id":"seen"}')).toBe('check json $.id: is not ${env.TOKEN}');
    expect(check('{"id":"hunter2","ok":"seen"}')).toBe('check json $.ok: is not "<${env.TOKEN}>"');
    expect(check('{"id":"hunter2","ok":"<hunter2>"}')).toBe('');
  });

  test('a body that is no JSON', () => {
    expect(judged('check: { json: { "$.ok": true } }', '<html>')).toBe(
      'check json $.ok: the body is no JSON',
    );
    expect(judged('check: { schema: { type: object } }', '')).toBe(
      'check schema: the body is no JSON',
    );
  });

  test('JSON that is nested more deeply than a stack can follow', () => {
    const deep = `{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
    expect(judged('capture: { a: $.a }', deep)).toBe('check: the answer is nested too deeply');
    expect(judged('check: { json: { "$.a": [] } }', deep)).toMatch(/^check/u);
  });

  test('in 200 characters at most', () => {
    const long = 'y'.repeat(900);
    expect(judged(`check: { body: { matches: "${long}" } }`)).toHaveLength(200);
  });
});

describe('captures', () => {
  test('of each kind reach later steps with their types', () => {
    const flows = flowsOf(
      `flows:
  first:
    - step: a
      target: orders
      http: { path: / }
      capture:
        id: $.id
        place: { header: Location }
        word: { regex: '"text":"(\\w+)"' }
        spare: { json: $.gone, default: 5 }
    - step: b
      target: orders
      http: { method: PUT, path: "\${place}/x", json: ["\${id}", "\${word}", "\${spare}"] }
`.replace('path: "${place}/x"', 'path: "/${place}"'),
    );
    const scope = scopeOf(flows);
    const [a, b] = flows.flows[0]?.steps ?? [];
    expect(a?.checkResponse(answerOf(BODY, FIELDS), MS, scope)).toBe('');
    expect(b?.render(scope)).toMatchObject({ path: '/%2Forders%2F7', body: '[7,"created",5]' });
    scope.begin(1, 'steady');
    expect(b?.render(scope)).toMatchObject({ path: '/', body: '[null,null,null]' });
  });

  test('of the setup are known in every iteration', () => {
    const flows =
      flowsOf(`setup: [{ step: a, target: orders, http: { path: / }, capture: { id: $.id } }]
flows:
  first: [{ step: b, target: orders, http: { path: "/\${id}" } }]
`);
    const setup = scopeOf(flows);
    expect(flows.setup?.steps[0]?.checkResponse(answerOf(BODY), MS, setup)).toBe('');
    const scope = flows.newScope();
    flows.share(structuredClone(sharedValues(setup)));
    scope.begin(3, 'steady');
    expect(flows.flows[0]?.steps[0]?.render(scope).path).toBe('/7');
  });
});

test('values of the scope can be checked for', () => {
  const sections = 'feeders: { users: { rows: [{ id: 7, no: 8 }] } }\n';
  const keys = (column: string): string =>
    `http: { path: / }, check: { json: { "$.id": "\${users.${column}}" } }`;
  const outcome = (column: string): string | undefined => {
    const flows = stepOf(keys(column), sections);
    return flows.flows[0]?.steps[0]?.checkResponse(answerOf(BODY), MS, scopeOf(flows));
  };
  expect(outcome('id')).toBe('');
  expect(outcome('no')).toBe('check json $.id: is not ${users.no}');
});

test('a step says what it needs', () => {
  const facts = (keys: string): unknown[] => {
    const step = stepOf(keys).flows[0]?.steps[0];
    return [step?.isConstant, step?.isChecked, step?.readsAnswer];
  };
  expect(facts('http: { path: / }')).toEqual([true, false, false]);
  expect(facts('http: { path: "/${random.uuid}" }')).toEqual([false, false, false]);
  expect(facts('http: { path: / }, check: { duration: 1s }')).toEqual([true, true, false]);
  expect(facts('http: { path: / }, capture: { a: $.a }')).toEqual([true, true, true]);
});

test.each([
  ['check: { json: { "$.a[": 1 } }', '"$.a[" is no JSON path'],
  ['capture: { a: "$x" }', '"$x" is no JSON path'],
  ['check: { schema: { type: nonsense } }', 'no JSON Schema:'],
])('%s is refused before the run', (keys, message) => {
  expect(() => stepOf(`http: { path: / }, ${keys}`)).toThrow(message);
});
