import { describe, expect, test } from 'vitest';
import { resolveReferences, type Scenario } from '../../src/scenario/index.ts';
import { changed, errorOf, parse, SMALL } from './texts.ts';

const SYSTEM = `${changed('http://127.0.0.1:7101', '${services.orders.url}/v1')}services:
  orders:
    command: [node, orders.js, "--port=\${services.orders.port}"]
    env: { PAYMENT: "\${proxies.payment.url}", MODE: "\${env.MODE:-fast}", NOTHING: "" }
  payment: { command: [node, payment.js] }
proxies:
  payment: { upstream: "\${services.payment.address}" }
`;
const services = {
  orders: { host: '127.0.0.1', port: 7101 },
  payment: { host: '127.0.0.1', port: 7103 },
};
const proxies = { payment: { host: '127.0.0.1', port: 7203 } };

function withUrl(url: string): Scenario {
  return parse(changed('http://127.0.0.1:7101', url));
}

describe('references are filled in', () => {
  test('in steps: what is not known yet stays', () => {
    const first = resolveReferences(parse(SYSTEM), { services, env: {} });
    expect(first.proxies[0]?.upstream).toBe('127.0.0.1:7103');
    expect(first.targets[0]?.url).toBe('http://127.0.0.1:7101/v1');
    expect(first.services[0]?.env['PAYMENT']).toBe('${proxies.payment.url}');
    const second = resolveReferences(first, { proxies });
    expect(second.services[0]).toMatchObject({
      command: ['node', 'orders.js', '--port=7101'],
      env: { PAYMENT: 'http://127.0.0.1:7203', MODE: 'fast', NOTHING: '' },
    });
  });

  test('the scenario that was given stays as it was, the new one is frozen', () => {
    const scenario = parse(SYSTEM);
    const resolved = resolveReferences(scenario, { services, proxies, env: {} });
    expect(scenario.targets[0]?.url).toBe('${services.orders.url}/v1');
    expect(Object.isFrozen(resolved.services[0]?.env)).toBe(true);
  });

  test.each([
    ['${env.URL}', { URL: 'http://a:1' }, 'http://a:1'],
    ['${env.URL:-http://b:2}', {}, 'http://b:2'],
    ['${env.URL:-http://b:2}', { URL: '' }, 'http://b:2'],
    ['${env.URL:-http://b:2}', { URL: 'http://a:1' }, 'http://a:1'],
    ['http://${env.HOST}:${env.PORT}', { HOST: 'h', PORT: '3' }, 'http://h:3'],
    ['http://${env.HOST:-::1}', { HOST: '[::1]:80' }, 'http://[::1]:80'],
  ])('%s', (url, env, expected) => {
    expect(resolveReferences(withUrl(url), { env }).targets[0]?.url).toBe(expected);
  });

  test('in path and headers', () => {
    const http = '{ path: "/${env.VERSION}", headers: { authorization: "Bearer ${env.TOKEN}" } }';
    const scenario = parse(changed('{ path: /api/orders }', http));
    const [flow] = resolveReferences(scenario, { env: { VERSION: 'v2', TOKEN: 't' } }).flows;
    expect(flow?.steps[0]?.call.request).toMatchObject({
      path: '/v2',
      headers: [['authorization', 'Bearer t']],
    });
  });
});

describe('a value that does not do', () => {
  test('a variable that is not set', () => {
    const error = errorOf(() => resolveReferences(withUrl('http://${env.HOST}'), { env: {} }));
    expect(error.code).toBe('SCENARIO_REFERENCE');
    expect(error.message).toBe(
      'the environment variable HOST must be set, and is not (targets.orders.url, small.yaml:3:26)',
    );
    expect(error.hint).toContain('${env.HOST:-value}');
  });

  test('names of the object prototype are no variables', () => {
    const scenario = withUrl('http://${env.constructor}');
    expect(errorOf(() => resolveReferences(scenario, { env: {} })).code).toBe('SCENARIO_REFERENCE');
  });

  test('a URL that is none', () => {
    const error = errorOf(() => resolveReferences(withUrl('${env.URL}'), { env: { URL: 'a:1' } }));
    expect(error.code).toBe('SCENARIO_INVALID');
    expect(error.message).toBe(
      // The variable may hold a secret: it is named, and its value is not.
      'url must begin with http://, https:// or unix:, got the value of ${env.URL} (targets.orders.url, small.yaml:3:18)',
    );
  });

  test('a header of two lines', () => {
    const http = '{ path: /, headers: { x: "${env.X}" } }';
    const scenario = parse(changed('{ path: /api/orders }', http));
    const error = errorOf(() => resolveReferences(scenario, { env: { X: 'a\r\nb: c' } }));
    expect(error.message).toContain('x must be one line');
  });

  test('a reference out of a variable', () => {
    const scenario = withUrl('${env.URL}');
    const first = resolveReferences(scenario, { env: { URL: '${services.nope.url}' } });
    expect(errorOf(() => resolveReferences(first, { services })).code).toBe('SCENARIO_REFERENCE');
  });
});

test('a scenario without references comes out as it went in', () => {
  const scenario = parse(SMALL);
  expect(resolveReferences(scenario, { services, proxies, env: {} })).toEqual(scenario);
});

describe('references of a step that belong to its calls', () => {
  const http =
    '{ method: PUT, path: "/${env.V}/${random.uuid}", headers: { x: "${env.V}" }, json: { only: "${env.V}", within: "<${env.V}>", id: "${random.uuid}" } }';

  test('stay, and what the environment holds is never read for references', () => {
    const scenario = parse(changed('{ path: /api/orders }', http));
    const V = '${iteration.number}"$';
    const [flow] = resolveReferences(scenario, { env: { V } }).flows;
    const request = flow?.steps[0]?.call.request;
    expect(request?.headers[0]).toEqual(['x', V]);
    const quoted = JSON.stringify(V);
    expect(request?.templates).toMatchObject({
      path: [`/${V}/`, { reference: { kind: 'random-uuid' } }],
      body: [
        `{"only":${quoted},"within":"<${quoted.slice(1, -1)}>","id":`,
        { reference: { kind: 'random-uuid' }, form: 'json' },
        '}',
      ],
    });
  });

  test('a variable that is not set is named where it stands', () => {
    const scenario = parse(changed('{ path: /api/orders }', http));
    expect(errorOf(() => resolveReferences(scenario, { env: {} })).message).toBe(
      'the environment variable V must be set, and is not (flows.checkout[0].http.headers.x, small.yaml:8:77)',
    );
  });
});
