import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asPath, pathBase, pathProblem, pathIn } from '../../src/flow/whole-path.ts';
import { answerOf, fileOf, flowsOf, scopeOf, stepOf } from './flow-texts.ts';
import { parseScenario } from '../../src/scenario/index.ts';

const base = pathBase('http://127.0.0.1:7101/api/');

describe('a value that is a whole path', () => {
  test.each([
    ['/orders/7?full=a%20b&x=/y', '/orders/7?full=a%20b&x=/y'],
    ['/api/orders/7', '/orders/7'],
    ['/apiary', '/apiary'],
    ['/api', ''],
    ['http://127.0.0.1:7101/api?page=2', '?page=2'],
    ['http://127.0.0.1:7101/api/orders?page=2#top', '/orders?page=2'],
    ['HTTP://127.0.0.1:7101/other', '/other'],
    ['/a b\r\nx: y#part', '/a%20b%0D%0Ax:%20y'],
    ['/käse', '/k%C3%A4se'],
  ])('%j goes out as %s', (value, path) => {
    expect(pathProblem(value, base)).toBe('');
    expect(pathIn(value, base)).toBe(path);
  });

  test.each([
    ['https://127.0.0.1:7101/api', 'is neither a path nor an url of http://127.0.0.1:7101'],
    ['http://evil.example/x', 'is neither a path nor an url of http://127.0.0.1:7101'],
    [
      'http://127.0.0.1:7101@evil.example/x',
      'is neither a path nor an url of http://127.0.0.1:7101',
    ],
    ['//evil.example/x', 'is no path that begins with one /'],
    ['orders/7', 'is no path that begins with one /'],
    [7, 'is no path that begins with one /'],
  ])('%j is none', (value, problem) => {
    expect(pathProblem(value, base)).toBe(problem);
  });

  test('law: what goes out begins with / and holds nothing that ends a request line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(asPath(text)).toMatch(/^\/[\u0021-\u007e]*$/u);
        expect(pathIn(`/${text}`, base)).toMatch(/^(?:[/?][\u0021-\u007e]*)?$/u);
      }),
    );
  });
});

describe('a path of one reference alone', () => {
  const flows = flowsOf(`flows:
  first:
    - { step: make, target: orders, http: { path: /make }, capture: { place: { header: location } } }
    - { step: read, target: orders, http: { path: "\${place}" } }
    - { step: part, target: orders, http: { path: "/at/\${place}" } }
`);
  const [make, read, part] = flows.flows[0]?.steps ?? [];

  test('is the captured path as it is; anywhere else it is encoded', () => {
    const scope = scopeOf(flows);
    const answer = answerOf('', [['location', 'http://127.0.0.1:7101/orders/7?x=1']]);
    expect(make?.checkResponse(answer, 0, scope)).toBe('');
    expect(read?.render(scope).path).toBe('/orders/7?x=1');
    expect(part?.render(scope).path).toBe('/at/http%3A%2F%2F127.0.0.1%3A7101%2Forders%2F7%3Fx%3D1');
  });

  test('of another origin fails the check of the step that captures it', () => {
    const answer = answerOf('', [['location', 'http://evil.example/7']]);
    expect(make?.checkResponse(answer, 0, scopeOf(flows))).toBe(
      'capture place: it is neither a path nor an url of http://127.0.0.1:7101',
    );
  });

  test('that is a segment of a path must not lead out of it', () => {
    const answer = answerOf('', [['location', '..']]);
    const step = flowsOf(`flows:
  first:
    - { step: make, target: orders, http: { path: /make }, capture: { id: { header: location } } }
    - { step: read, target: orders, http: { path: "/users/\${id}/orders" } }
`);
    expect(step.flows[0]?.steps[0]?.checkResponse(answer, 0, scopeOf(step))).toBe(
      'capture id: it is one dot or two, which leads out of its place in a path',
    );
  });

  test('may be a column, each value of which is a path', () => {
    const of = (rows: string) =>
      stepOf('http: { path: "${pages.path}" }', `feeders: { pages: { rows: ${rows} } }\n`);
    const made = of('[{ path: "/a?b=c" }, { path: /d }]');
    expect(made.flows[0]?.steps[0]?.render(scopeOf(made, 1)).path).toBe('/d');
    expect(() => of('[{ path: /a }, { path: nowhere }]')).toThrow(
      '${pages.path} is no path that begins with one /, in row 2 (step s, flows.yaml)',
    );
  });
});

describe('a recorded request', () => {
  const flow = (load: string): string =>
    fileOf(
      'flows:\n  first: [{ step: s, target: orders, http: { path: "${replay.path}" } }]\n',
    ).replace(/load: .*/u, `load: ${load}`);

  test('is known in a flow of replays of files only', () => {
    const replay = '{ phase: p, replay: { file: access.log } }';
    expect(() => parseScenario(flow(`[${replay}]`), 'f.yaml')).not.toThrow();
    for (const other of [
      '{ phase: q, users: 1, for: 1s }',
      '{ phase: q, replay: { run: latest } }',
    ]) {
      expect(() => parseScenario(flow(`[${replay}, ${other}]`), 'f.yaml')).toThrow(
        '${replay.path} stands in a flow that does not replay recorded requests only',
      );
    }
  });

  test.each([
    'http: { path: / }, check: { json: { "$.path": "${replay.path}" } }',
    'grpc: { method: shop.Orders/Find, message: { path: "${replay.path}" } }',
    'grpc: { method: shop.Orders/Find, metadata: { x: "${replay.path}" } }',
  ])('is not known in another flow, wherever it stands: %s', (keys) => {
    const step = `flows:\n  first: [{ step: s, target: orders, ${keys} }]\n`;
    expect(() => parseScenario(fileOf(step), 'f.yaml')).toThrow(
      '${replay.path} stands in a flow that does not replay recorded requests only',
    );
  });
});
