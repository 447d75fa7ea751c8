import { describe, expect, test } from 'vitest';
import { changed, refusalOf, SMALL } from './texts.ts';

const at = (line: number, column: number): string => `small.yaml:${line}:${column}`;
const withHttp = (http: string, more = ''): string =>
  changed('{ path: /api/orders }', `${http}${more}`);
/** Puts entries behind the first step, which captures `id`. */
const withEntries = (...entries: string[]): string =>
  changed(
    '{ path: /api/orders }',
    `{ path: / }\n      capture: { id: $.id }\n${entries.map((entry) => `    - ${entry}`).join('\n')}`,
  );
const step = (name: string, path = '/', more = ''): string =>
  `{ step: ${name}, target: orders, http: { path: "${path}" }${more} }`;

describe('what an entry of a flow is', () => {
  test.each([
    [
      'two things at once',
      withEntries('{ think: 1s, choose: [{ do: [{ think: 1s }] }] }'),
      `checkout[1] must have exactly one of step, think, parallel, choose, repeat, hook (flows.checkout[1], ${at(10, 7)})`,
    ],
    [
      'a pause that is sent somewhere',
      withEntries('{ think: 1s, target: orders }'),
      `checkout[1] must have no target: only a step has (flows.checkout[1], ${at(10, 7)})`,
    ],
    [
      'a step without its name',
      withEntries('{ target: orders, http: { path: / } }'),
      `step is missing (flows.checkout[1], ${at(10, 7)})`,
    ],
    [
      'a misspelt kind',
      withEntries('{ thnk: 1s }'),
      `unknown key "thnk", did you mean "think"? (flows.checkout[1].thnk, ${at(10, 9)})`,
    ],
    [
      'a misspelt key of a step in a branch',
      withEntries(`{ parallel: [[{ step: a, target: orders, htp: { path: / } }]] }`),
      `unknown key "htp", did you mean "http"? (flows.checkout[1].parallel[0][0].htp, ${at(10, 48)})`,
    ],
    [
      'a pause of nothing',
      withEntries('{ think: 5 }'),
      `think must be a duration > 0 such as 1s, or { min: 500ms, max: 2s }, got 5 (flows.checkout[1].think, ${at(10, 16)})`,
    ],
    [
      'a hook without a module',
      withEntries('{ hook: sign }'),
      `the hook "sign" has no module (flows.checkout[1].hook, ${at(10, 15)})`,
    ],
    [
      'a flow without a call',
      changed(
        'flows:\n',
        'flows:\n  idle: [{ think: 1s }]\n',
        changed('    for:', '    flow: checkout\n    for:'),
      ),
      `flow "idle" must have at least one step (flows.idle, ${at(5, 3)})`,
    ],
    [
      'a step twice, one in a choice',
      withEntries(`{ choose: [{ do: [${step('create-order')}] }] }`),
      `duplicate step "create-order", the first is flows.checkout[0].step (flows.checkout[1].choose[0].do[0].step, ${at(10, 33)})`,
    ],
    [
      'an unknown target in a loop',
      withEntries('{ repeat: { times: 2, do: [{ step: b, target: order, http: { path: / } }] } }'),
      `unknown target "order", did you mean "orders"? (flows.checkout[1].repeat.do[0].target, ${at(10, 53)})`,
    ],
    [
      'too many calls',
      withEntries(
        `{ repeat: { times: 200, do: [{ repeat: { times: 100, do: [${step('b')}] } }] } }`,
      ),
      `a flow must make 10000 calls at most, got up to 20001 (flows.checkout, ${at(5, 3)})`,
    ],
  ])('%s', (_, text, line) => {
    expect(refusalOf(text)).toEqual([line]);
  });
});

describe('references in steps', () => {
  test.each([
    [
      'to nothing',
      withEntries(step('b', '/${idd}')),
      `unknown reference \${idd}, did you mean "id"? (flows.checkout[1].http.path, ${at(10, 50)})`,
    ],
    [
      'to no feeder',
      changed(
        'name: small',
        'name: small\nfeeders: { users: { rows: [{ id: 1 }] } }',
        withHttp('{ path: "/${user.id}" }'),
      ),
      `unknown feeder "user" in \${user.id}, did you mean "users"? (flows.checkout[0].http.path, ${at(9, 23)})`,
    ],
    [
      'to a captured value before it is captured',
      withHttp('{ path: "/${id}" }', '\n      capture: { id: $.id }'),
      `\${id} is used where nothing is certain to have captured it (flows.checkout[0].http.path, ${at(8, 23)})`,
    ],
    [
      'to what only one way of a choice captures',
      withEntries(
        `{ choose: [{ do: [${step('b', '/', ', capture: { x: $.x }')}] }, { do: [${step('c')}] }] }`,
        step('d', '/${x}'),
      ),
      `\${x} is used where nothing is certain to have captured it (flows.checkout[2].http.path, ${at(11, 50)})`,
    ],
    [
      'to what another branch captures',
      withEntries(
        `{ parallel: [[${step('b', '/', ', capture: { x: $.x }')}], [${step('c', '/${x}')}]] }`,
      ),
      expect.stringContaining('${x} is used where nothing is certain to have captured it'),
    ],
    [
      'to what a loop of 0 rounds captures',
      withEntries(
        `{ repeat: { times: { min: 0, max: 2 }, do: [${step('b', '/', ', capture: { x: $.x }')}] } }`,
        step('c', '/${x}'),
      ),
      expect.stringContaining('${x} is used where nothing is certain to have captured it'),
    ],
    [
      'to an unknown generator',
      withHttp('{ path: "/${random.uid}" }'),
      `unknown reference \${random.uid}, did you mean "uuid"? (flows.checkout[0].http.path, ${at(8, 23)})`,
    ],
    [
      'deep in JSON',
      withHttp('{ method: PUT, path: /, json: { a: [ "${random.int(5,1)}" ] } }'),
      `unknown reference \${random.int(5,1)} (flows.checkout[0].http.json.a[0], ${at(8, 51)})`,
    ],
    [
      'that is not closed',
      withHttp('{ method: PUT, path: /, body: "a ${id" }'),
      `reference \${id is not closed (flows.checkout[0].http.body, ${at(8, 46)})`,
    ],
    [
      'in a key of JSON',
      withHttp('{ method: PUT, path: /, json: { "${id}": 1 } }'),
      expect.stringContaining('key "${id}" must hold no reference'),
    ],
    [
      'to an unknown service',
      withHttp('{ path: "/${services.nope.port}" }'),
      `unknown service "nope" (flows.checkout[0].http.path, ${at(8, 23)})`,
    ],
  ])('%s', (_, text, line) => {
    expect(refusalOf(text)).toEqual([line]);
  });

  test('that are certain to have a value are taken', () => {
    const choice = `{ choose: [{ do: [${step('b', '/', ', capture: { x: $.x }')}] }, { do: [${step('c', '/', ', capture: { x: $.y }')}] }] }`;
    const group = `{ parallel: [[${step('d', '/', ', capture: { y: $.y }')}], [${step('e', '/${id}')}]] }`;
    const text = withEntries(choice, group, step('f', '/${x}/${y}/$${z}/${setup}'));
    const setup = `setup: [${step('prepare', '/', ', capture: { setup: $.s }')}]\n`;
    expect(() => refusalOf(`${setup}${text}`)).toThrow('nothing was thrown');
  });

  test('a feeder cannot have a name of callgauge', () => {
    expect(refusalOf(`${SMALL}feeders: { random: { rows: [{ a: 1 }] } }\n`)).toEqual([
      `a feeder cannot be called "random" (feeders.random, ${at(13, 12)})`,
    ]);
  });
});

describe('checks and captures', () => {
  test.each([
    [
      'a pattern that could take for ever',
      'check: { body: { matches: "a(?=b)" } }',
      'matches must have no lookahead (?=...): matching it can take for ever, got "a(?=b)"',
    ],
    [
      'a pattern that is none',
      'capture: { a: { regex: "(" } }',
      'regex must be a regular expression of JavaScript',
    ],
    [
      'a path that is none',
      'capture: { a: id }',
      'a must be a JSON path that begins with $ (RFC 9535), got "id"',
    ],
    [
      'two sources',
      'capture: { a: { json: $.a, header: b } }',
      'a must have exactly one of json, header, cookie and regex',
    ],
  ])('%s', (_, keys, beginning) => {
    const [line] = refusalOf(withHttp('{ path: / }', `\n      ${keys}`));
    expect(line).toContain(beginning);
  });
});
