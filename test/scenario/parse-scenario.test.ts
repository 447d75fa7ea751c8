import { describe, expect, test } from 'vitest';
import type { Scenario } from '../../src/scenario/index.ts';
import { changed, parse, SMALL } from './texts.ts';

const SEC = 1_000_000_000;

describe('a small file', () => {
  test('has every default filled in', () => {
    expect(parse(SMALL)).toEqual({
      name: 'small',
      description: '',
      seed: 1,
      services: [],
      targets: [
        {
          name: 'orders',
          url: 'http://127.0.0.1:7101',
          connections: 64,
          connectTimeoutNs: 3 * SEC,
          dns: { ttlNs: 30 * SEC, addresses: 'all', family: 'any' },
          connection: {
            reuse: true,
            maxRequests: Infinity,
            maxAgeNs: Infinity,
            maxIdleNs: Infinity,
          },
        },
      ],
      proxies: [],
      flows: [
        {
          name: 'checkout',
          steps: [
            {
              name: 'create-order',
              target: 'orders',
              timeoutNs: 10 * SEC,
              call: {
                protocol: 'http',
                method: 'GET',
                request: { path: '/api/orders', headers: [], body: '' },
              },
              okStatuses: [{ from: 200, to: 399 }],
            },
          ],
        },
      ],
      load: [
        {
          name: 'steady',
          flow: 'checkout',
          arrivals: {
            process: 'poisson',
            pieces: [{ fromPerSec: 50, toPerSec: 50, durationNs: 10 * SEC }],
          },
          durationNs: 10 * SEC,
          measure: true,
        },
      ],
      faults: [],
      trace: { propagate: ['w3c'], keep: { headRatio: 0.01, errors: true, slowRatio: 0.01 } },
      engine: { pacing: 'auto', workers: 'auto', maxInFlight: 10_000, gracefulStopNs: 30 * SEC },
      thresholds: [],
      source: { file: 'small.yaml', text: SMALL },
    } satisfies Scenario);
  });

  test('is frozen to the bottom', () => {
    const scenario = parse(SMALL);
    const thaw = (): void => {
      const step = scenario.flows[0]?.steps[0];
      Object.assign(step?.call.request ?? {}, { path: '/other' });
    };
    expect(thaw).toThrow(TypeError);
    expect(Object.isFrozen(scenario.load[0]?.arrivals?.pieces[0])).toBe(true);
  });
});

const piecesOf = (arrivals: string, rest = '    for: 10s'): readonly (readonly number[])[] => {
  const text = changed('{ rate: 50/s }\n    for: 10s', `${arrivals}\n${rest}`);
  const [phase] = parse(text).load;
  const pieces = phase?.arrivals?.pieces ?? [];
  expect(phase?.durationNs).toBe(pieces.reduce((sum, p) => sum + p.durationNs, 0));
  return pieces.map((p) => [p.fromPerSec, p.toPerSec, p.durationNs / SEC]);
};

describe('arrivals', () => {
  test('a ramp is one sloped piece', () => {
    expect(piecesOf('{ ramp: { from: 600/m, to: 0/s } }')).toEqual([[10, 0, 10]]);
  });

  test('stages begin where the one before ended, the first at 0', () => {
    const stages = '{ stages: [{ to: 100/s, for: 5s }, { to: 100/s, for: 1m }] }';
    expect(piecesOf(stages, '')).toEqual([
      [0, 100, 5],
      [100, 100, 60],
    ]);
  });

  test('a stage of 0s is a jump, also at the beginning and the end', () => {
    const list =
      '[{ to: 9/s, for: 0s }, { to: 9/s, for: 2s }, { to: 5/s, for: 1s }, { to: 1/s, for: 0s }]';
    expect(piecesOf(`{ from: 3/s, stages: ${list} }`, '')).toEqual([
      [9, 9, 2],
      [9, 5, 1],
    ]);
  });
});

const stepOf = (http: string, check = ''): Scenario['flows'][number]['steps'][number] => {
  const [step] = parse(changed('{ path: /api/orders }', `${http}\n${check}`)).flows[0]?.steps ?? [];
  if (!step) throw new Error('the flow has no step');
  return step;
};

describe('steps', () => {
  test('json is serialized and typed', () => {
    const { request } = stepOf(
      '{ method: POST, path: /, json: { sku: A-1, n: 1, none: null } }',
    ).call;
    expect(request.body).toBe('{"sku":"A-1","n":1,"none":null}');
    expect(request.headers).toEqual([['content-type', 'application/json']]);
  });

  test('a content type that is given stays the only one', () => {
    const { request } = stepOf(
      '{ method: POST, path: /, headers: { Content-Type: application/vnd.x+json }, json: [] }',
    ).call;
    expect(request.headers).toEqual([['Content-Type', 'application/vnd.x+json']]);
  });

  test.each([
    ['201', [{ from: 201, to: 201 }]],
    ['2xx', [{ from: 200, to: 299 }]],
    [
      '[200, 4xx]',
      [
        { from: 200, to: 200 },
        { from: 400, to: 499 },
      ],
    ],
  ])('check: { status: %s }', (status, ranges) => {
    expect(stepOf('{ path: / }', `      check: { status: ${status} }`).okStatuses).toEqual(ranges);
  });
});

test('YAML anchors may stand for what is written once', () => {
  const text = changed(
    '{ path: /api/orders }',
    '&get { path: /api/orders }\n    - { step: again, target: orders, http: *get }',
  );
  expect(parse(text).flows[0]?.steps[1]?.call.request.path).toBe('/api/orders');
});

describe('a closed phase', () => {
  const phaseOf = (text: string, file = SMALL): Scenario['load'][number] | undefined =>
    parse(changed('arrivals: { rate: 50/s }', text, file)).load[0];

  test('has users, without a bound but the time and without a pause where it does not say', () => {
    expect(phaseOf('users: 50')).toEqual({
      name: 'steady',
      flow: 'checkout',
      users: { count: 50, iterations: Infinity, think: { minNs: 0, maxNs: 0 } },
      durationNs: 10 * SEC,
      measure: true,
    });
  });

  test('has iterations and a pause, fixed or between two bounds', () => {
    const fixed = phaseOf('users: 5\n    iterations: 100\n    think: 100ms');
    expect(fixed?.users).toEqual({
      count: 5,
      iterations: 100,
      think: { minNs: 0.1 * SEC, maxNs: 0.1 * SEC },
    });
    const drawn = phaseOf('users: 5\n    think: { min: 0s, max: 2s }');
    expect(drawn?.users?.think).toEqual({ minNs: 0, maxNs: 2 * SEC });
  });

  test('raises the connections of the targets that it calls, where they are left out', () => {
    const connections = (users: string): number | undefined =>
      parse(changed('arrivals: { rate: 50/s }', users)).targets[0]?.connections;
    expect(connections('users: 200')).toBe(200);
    expect(connections('users: 20')).toBe(64);
  });
});
