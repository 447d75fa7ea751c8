import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileFlows, type Hook, sharedValues } from '../../src/flow/index.ts';
import { asReady, parseScenario } from '../../src/scenario/index.ts';
import { answerOf, fileOf, flowsOf, scopeOf, stepOf } from './flow-texts.ts';

const BIG = '9007199254740993';
/** Texts of numbers of which a double, or its text, is another. */
const ODD = [BIG, `-${BIG}`, '18446744073709551615', '10.10', '1.0', '-0', '1e21', '1E400'];

test.each(ODD)('%s of a JSON answer is sent on as it came', (number) => {
  const flows = flowsOf(`flows:
  first:
    - { step: a, target: orders, http: { path: / }, capture: { id: "$.list[0].id", all: $ } }
    - step: b
      target: orders
      http:
        method: POST
        path: "/orders/\${id}"
        headers: { x-id: "\${id}" }
        json: { id: "\${id}", text: "n\${id}", all: "\${all}" }
`);
  const scope = scopeOf(flows);
  const [a, b] = flows.flows[0]?.steps ?? [];
  const body = `{"list":[{"id":${number}}],"n":1}`;
  expect(a?.checkResponse(answerOf(body), 1, scope)).toBe('');
  const { path, headers, body: sent } = b?.render(scope) ?? {};
  expect(path).toBe(`/orders/${number}`);
  expect(headers?.[0]).toEqual(['x-id', number]);
  expect(sent).toBe(`{"id":${number},"text":"n${number}","all":${body}}`);
});

test.each([
  ['$..id', '2.50'],
  ['$.list[?@.id>2].id', '2.50'],
  ["$.list[?@.name=='big'].id", BIG],
  ['$.list[-1:].id', BIG],
])('a path that is no plain one, %s, finds the number %s as it came', (path, number) => {
  const flows = flowsOf(`flows:
  first:
    - { step: a, target: orders, http: { path: / }, capture: { id: "${path}" } }
    - { step: b, target: orders, http: { path: "/\${id}" } }
`);
  const scope = scopeOf(flows);
  const [a, b] = flows.flows[0]?.steps ?? [];
  const body = `{"list":[{"id":2.50,"name":"small"},{"id":${BIG},"name":"big"}]}`;
  expect(a?.checkResponse(answerOf(body), 1, scope)).toBe('');
  expect(b?.render(scope).path).toBe(`/${number}`);
});

test.each(ODD)('%s of the file is sent as it is written', (number) => {
  const flows = stepOf(
    `http: { method: POST, path: /, json: { id: ${number}, in: [{ n: ${number} }] } }`,
  );
  const [step] = flows.flows[0]?.steps ?? [];
  expect(step?.spec.call.request.body).toBe(`{"id":${number},"in":[{"n":${number}}]}`);
});

test.each([
  ['+9007199254740993', BIG],
  ['0x20000000000001', BIG],
  ['.50', '0.50'],
  ['5.', '5'],
  ['007', '7'],
  ['0o17', '15'],
])('%s of YAML is the number %s of JSON', (yaml, json) => {
  const flows = stepOf(`http: { method: POST, path: /, json: [${yaml}] }`);
  expect(flows.flows[0]?.steps[0]?.spec.call.request.body).toBe(`[${json}]`);
});

test('a number with an anchor is one of JSON only where it is used as such', () => {
  const flows = flowsOf(`flows:
  first:
    - step: a
      target: orders
      http: { method: POST, path: /, json: { n: &n 3.0, m: *n } }
    - repeat: { times: *n, do: [{ step: b, target: orders, http: { path: / } }] }
`);
  expect(flows.flows[0]?.steps[0]?.spec.call.request.body).toBe('{"n":3.0,"m":3.0}');
  expect(flows.flows[0]?.callsMax).toBe(4);
});

test.each(ODD)('%s of a feeder is sent as it is written', (number) => {
  const rows = `feeders: { u: { rows: [{ id: ${number} }] }, l: { file: l.jsonl }, c: { file: c.csv } }\n`;
  const step = 'step: s, target: orders, http: { path: "/${u.id}/${l.id}/${c.id}" }';
  const scenario = asReady(
    parseScenario(fileOf(`${rows}flows:\n  first:\n    - { ${step} }\n`), 'flows.yaml'),
  );
  const files = [
    { path: 'l.jsonl', text: `{"id": ${number}}\n` },
    { path: 'c.csv', text: `id\n${number}\n` },
  ];
  const flows = compileFlows(structuredClone({ ...scenario, files }));
  expect(flows.flows[0]?.steps[0]?.render(scopeOf(flows)).path).toBe(
    `/${number}/${number}/${number}`,
  );
});

test('what the setup has captured reaches other threads digit by digit', () => {
  const flows = flowsOf(`setup:
  - step: a
    target: orders
    http: { path: / }
    capture: { id: $.id, other: { json: $.none, default: 1.50 }, list: $.list }
flows:
  first: [{ step: b, target: orders, http: { path: "/\${id}/\${other}/\${list}" } }]
`);
  const setup = scopeOf(flows);
  const body = `{"id":${BIG},"list":[1.0]}`;
  expect(flows.setup?.steps[0]?.checkResponse(answerOf(body), 1, setup)).toBe('');
  flows.share(structuredClone(sharedValues(setup)));
  expect(flows.flows[0]?.steps[0]?.render(scopeOf(flows)).path).toBe(`/${BIG}/1.50/%5B1.0%5D`);
});

describe('checks', () => {
  const judged = (check: string, body: string): string | undefined => {
    const flows = stepOf(`http: { path: / }, check: { json: { $.id: ${check} } }`);
    return flows.flows[0]?.steps[0]?.checkResponse(answerOf(body), 1, scopeOf(flows));
  };

  test.each([
    [BIG, BIG, ''],
    [BIG, '9007199254740992', `check json $.id: is not ${BIG}`],
    ['9007199254740992', BIG, 'check json $.id: is not 9007199254740992'],
    ['1', '1.0', ''],
    ['1.0', '1', ''],
    ['10.1', '10.10', ''],
    ['[1.0, { a: 2 }]', '[1,{"a":2.0}]', ''],
    ['0.1', '0.10000000000000000001', 'check json $.id: is not 0.1'],
    [`{ min: ${BIG} }`, BIG, ''],
    [`{ min: ${BIG} }`, '9007199254740992', `check json $.id: is not >= ${BIG}`],
    [`{ max: 9007199254740992 }`, BIG, 'check json $.id: is not <= 9007199254740992'],
    ['{ min: 0, max: 1.5 }', '1.50', ''],
    ['{ min: 0 }', '"5"', 'check json $.id: is not >= 0'],
    ['{ contains: "40993" }', BIG, ''],
    ['{ matches: "^10[.]10$" }', '10.10', ''],
  ])('wanted %s, got %s: %j', (wanted, number, problem) => {
    expect(judged(wanted, `{"id":${number}}`)).toBe(problem);
  });

  test('a reference is compared digit by digit', () => {
    const flows = flowsOf(`flows:
  first:
    - { step: a, target: orders, http: { path: / }, capture: { id: $.id } }
    - { step: b, target: orders, http: { path: / }, check: { json: { $.id: "\${id}" } } }
`);
    const scope = scopeOf(flows);
    const [a, b] = flows.flows[0]?.steps ?? [];
    a?.checkResponse(answerOf(`{"id":${BIG}}`), 1, scope);
    expect(b?.checkResponse(answerOf(`{"id":${BIG}}`), 1, scope)).toBe('');
    expect(b?.checkResponse(answerOf('{"id":9007199254740992}'), 1, scope)).toContain('is not');
    expect(b?.checkResponse(answerOf(`{"id":${BIG}.0}`), 1, scope)).toBe('');
  });

  test('a schema sees numbers', () => {
    const flows = stepOf(
      'http: { path: / }, check: { schema: { properties: { id: { type: integer } } } }',
    );
    const [step] = flows.flows[0]?.steps ?? [];
    expect(step?.checkResponse(answerOf(`{"id":${BIG}}`), 1, scopeOf(flows))).toBe('');
    expect(step?.checkResponse(answerOf('{"id":1.0}'), 1, scopeOf(flows))).toBe('');
    expect(step?.checkResponse(answerOf('{"id":1.50}'), 1, scopeOf(flows))).toContain('integer');
  });
});

describe('hooks', () => {
  const run = (id: string, hook: Hook): string => {
    const text = `hooks: hooks.ts
feeders: { u: { rows: [{ id: ${id} }] } }
flows:
  first:
    - { hook: change, sets: [kept] }
    - { step: s, target: orders, http: { path: "/\${kept}" } }
`;
    const flows = compileFlows(asReady(parseScenario(fileOf(text), 'flows.yaml')), {
      hooks: new Map([['change', hook]]),
    });
    const scope = scopeOf(flows);
    const [flow] = flows.flows;
    const at = flow?.program.begin(scope) ?? -1;
    expect(flow?.program.hook(at)?.run(scope)).toBe('');
    return flow?.steps[0]?.render(scope).path ?? '';
  };

  test('a whole number that no number holds is a bigint, and is sent on as one', () => {
    let seen: unknown;
    const path = run(BIG, (context) => {
      seen = context.get('u.id');
      context.set('kept', { next: BigInt(BIG) + 1n });
    });
    expect(seen).toBe(BigInt(BIG));
    expect(decodeURIComponent(path)).toBe('/{"next":9007199254740994}');
  });

  test('any other is a number, and its text has every digit', () => {
    let seen: unknown;
    const path = run('10.10', (context) => {
      seen = context.get('u.id');
      context.set('kept', context.text('u.id'));
    });
    expect(seen).toBe(10.1);
    expect(path).toBe('/10.10');
  });
});

test('law: what an answer holds is sent on as it came, whatever its numbers', () => {
  const flows = flowsOf(`flows:
  first:
    - { step: a, target: orders, http: { path: / }, capture: { v: $ } }
    - { step: b, target: orders, http: { method: POST, path: /, json: "\${v}" } }
`);
  const scope = scopeOf(flows);
  const [a, b] = flows.flows[0]?.steps ?? [];
  const number = fc
    .tuple(fc.bigInt(), fc.stringMatching(/^[0-9]{0,20}$/u))
    .map(([whole, fraction]) => (fraction === '' ? `${whole}` : `${whole}.${fraction}`));
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), (numbers) => {
      const body = `[${numbers.join(',')}]`;
      expect(a?.checkResponse(answerOf(body), 1, scope)).toBe('');
      expect(b?.render(scope).body).toBe(body);
    }),
  );
});
