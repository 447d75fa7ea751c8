import { describe, expect, it } from 'vitest';
import { POLICY_PRESETS } from '../../src/resilience/index.ts';
import { resolveReferences, type Scenario } from '../../src/scenario/index.ts';
import { FULL_POLICY as FULL, GRPC_POLICY as GRPC } from './policy-texts.ts';
import { changed, errorOf, parse, refusalOf } from './texts.ts';

const MS = 1e6;
const SEC = 1e9;

function policiesOf(text: string): ReadonlyMap<string, unknown> {
  return new Map(
    parse(text).flows.flatMap(({ steps }) => steps.map(({ name, policy }) => [name, policy])),
  );
}

describe('the policy of a step', () => {
  it('is the one that its target names, with every part and its defaults', () => {
    const statuses = [429, ...Array.from({ length: 100 }, (_, i) => 500 + i)];
    expect(policiesOf(FULL).get('create')).toEqual({
      name: 'careful',
      totalTimeoutNs: 2 * SEC,
      attemptTimeoutNs: 300 * MS,
      idempotent: true,
      retry: {
        attempts: 3,
        on: { connect: true, reset: false, timeout: true, statuses },
        backoff: { baseNs: 25 * MS, capNs: 250 * MS, jitter: 'full' },
        budget: { ratio: 0.1, minPerSec: 10, ttlNs: 10 * SEC },
        otherEndpoint: true,
      },
      hedge: { after: { quantile: 0.95 }, extraRatioMax: 0.05 },
      breaker: {
        failureRatio: 0.5,
        volume: 20,
        windowNs: 10 * SEC,
        sleepNs: 60 * SEC,
        probes: 5,
        slow: { fromNs: 100 * MS, ratio: 0.5 },
      },
      bulkhead: { calls: 5, waiting: 2 },
      rateLimit: { ratePerSec: 1.5, burst: 2, by: 'user' },
      fallback: { status: 200, body: '{"price":1.10}' },
    });
  });

  it('bounds an attempt in place of the timeout of the step', () => {
    const timeouts = (text: string): unknown =>
      parse(text).flows.flatMap(({ steps }) => steps.map(({ timeoutNs }) => timeoutNs));
    expect(timeouts(FULL)).toEqual([300 * MS, 10 * SEC, 10 * SEC]);
    const bounded = changed('careful: {', 'careful: { attemptTimeout: 3s,', GRPC);
    expect(timeouts(bounded)).toEqual([3 * SEC]);
    const withDeadline = changed(
      'shop.Orders/Create }',
      'shop.Orders/Create, deadline: 1s }',
      bounded,
    );
    expect(timeouts(withDeadline)).toEqual([SEC]);
  });

  it('is its own, where it has one, under its own name', () => {
    const hedge = { after: { delayNs: 50 * MS }, extraRatioMax: 0.02 };
    expect(policiesOf(FULL).get('look')).toEqual({ name: 'step look', hedge });
  });

  it('is absent with none, and where nothing is said', () => {
    expect(policiesOf(FULL).get('bare')).toBeUndefined();
    const [flow] = parse(GRPC.replace(/^policies.*\n/mu, '').replace(/ +policy.*\n/u, '')).flows;
    expect(flow?.steps[0]).not.toHaveProperty('policy');
  });

  it.each(POLICY_PRESETS.map((preset) => [preset.name, preset] as const))(
    'is the preset %s by its name',
    (name, preset) => {
      const text = changed('policy: none', `policy: ${name}`, FULL);
      expect(policiesOf(text).get('bare')).toEqual(preset);
    },
  );

  it('retries on what its protocol calls unavailable, where it does not say', () => {
    const retried = (text: string): unknown => [...policiesOf(text).values()][0];
    const on = { connect: true, reset: true, timeout: true };
    const http = changed('on: [connect, timeout, 503, 5xx, 429], ', '', FULL);
    expect(retried(http)).toMatchObject({ retry: { on: { ...on, statuses: [502, 503, 504] } } });
    const grpc = changed('attempts: 2, on: [connect] }', 'attempts: 2 }, idempotent: true', GRPC);
    expect(retried(grpc)).toMatchObject({ retry: { on: { ...on, statuses: [14] } } });
  });

  it('has of the statuses those of the protocol of the step', () => {
    const mixed = changed(
      'on: [connect] }',
      'on: [connect, UNAVAILABLE, ABORTED, 503] }, idempotent: true',
      changed(
        'flows:\n',
        `flows:\n  web: [{ step: home, target: web, policy: careful, http: / }]\n`,
        changed(
          'orders: {',
          'web: { url: "http://127.0.0.1:7102" }, orders: {',
          changed('{ phase: steady,', '{ phase: steady, flow: web,', GRPC),
        ).replace('step: create\n', 'step: create\n      target: orders\n'),
      ),
    );
    expect(policiesOf(mixed).get('create')).toMatchObject({
      retry: { on: { statuses: [10, 14] } },
    });
    expect(policiesOf(mixed).get('home')).toMatchObject({ retry: { on: { statuses: [503] } } });
  });

  it('answers for a gRPC call with a message', () => {
    const fallback = 'fallback: { json: { count: 0 } } ';
    const text = changed('{ careful: { retry', `{ careful: { ${fallback}, retry`, GRPC);
    expect(policiesOf(text).get('create')).toMatchObject({
      fallback: { status: 0, body: '{"count":0}' },
    });
  });
});

describe('the endpoints of a target', () => {
  it('are its url and further ones, with how they are chosen and found to be well', () => {
    expect(parse(FULL).targets[0]).toMatchObject({
      url: 'http://127.0.0.1:7101',
      endpoints: ['http://127.0.0.1:7102', 'http://127.0.0.1:7103/'],
      balance: { by: 'weighted', weights: [3, 2, 1] },
      health: {
        active: {
          path: '/healthz',
          everyNs: 30 * SEC,
          timeoutNs: 5 * SEC,
          outAfter: 3,
          inAfter: 1,
        },
        passive: { outAfter: 4, outForNs: 30 * SEC },
      },
    });
  });

  it.each([
    ['two-choices', { by: 'two-choices' }],
    ['consistent-hash', { by: 'consistent-hash' }],
    ['{ by: consistent-hash, header: X-User }', { by: 'consistent-hash', header: 'x-user' }],
  ])('are balanced by %s', (written, balance) => {
    const text = changed('{ by: weighted, weights: [3, 2, 1] }', written, FULL);
    expect(parse(text).targets[0]?.balance).toEqual(balance);
  });

  const REFERRING = changed('["http://127.0.0.1:7102"', '["${env.SECOND}"', FULL);
  const resolved = (text: string, env: Record<string, string>): Scenario =>
    resolveReferences(parse(text), { env, services: {}, proxies: {} });

  it('may be known by reference', () => {
    const [target] = resolved(REFERRING, { SECOND: 'http://10.0.0.2' }).targets;
    expect(target?.endpoints).toEqual(['http://10.0.0.2', 'http://127.0.0.1:7103/']);
  });

  it.each([
    [
      REFERRING,
      { SECOND: 'https://10.0.0.2' },
      'endpoints[0] must begin with http:// as url does, got the value of ${env.SECOND} (targets.orders.endpoints[0], ',
    ],
    [
      REFERRING,
      { SECOND: 'http://127.0.0.1:7101' },
      'endpoints[0] must stand once among url and endpoints, got the value of ${env.SECOND}',
    ],
    [
      changed('url: "http://127.0.0.1:7101"', 'url: "${env.FIRST}"', FULL),
      { FIRST: 'http://127.0.0.1:7103' },
      'endpoints[1] must stand once among url and endpoints, got "http://127.0.0.1:7103/" (',
    ],
  ])('%# are held against each other once they are known', (text, env, message) => {
    expect(errorOf(() => resolved(text, env)).message).toContain(message);
  });

  it('may not name a service that there is not', () => {
    const text = changed('"http://127.0.0.1:7102"', '"${services.order.url}"', FULL);
    expect(refusalOf(text)).toEqual([expect.stringContaining('unknown service "order"')]);
  });
});
