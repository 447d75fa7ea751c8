import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { RunRecord } from '../../../src/core/index.ts';
import { planJson, planOf, planOfRun, readPlan } from '../../../src/run/stored/index.ts';
import { parseScenario } from '../../../src/scenario/index.ts';
import { errorOf } from '../../scenario/texts.ts';

const SCENARIOS = resolve(import.meta.dirname, '../../../scenarios');

/** A scenario with every kind of phase that may stand together. */
const LOAD = `name: all-phases
seed: 7
targets:
  orders: { url: "http://\${env.HOST}:7101" }
  stock: { url: https://127.0.0.1:7102, endpoints: [https://127.0.0.1:7103], protocol: http2, connections: 2, policy: careful }
policies:
  careful: { totalTimeout: 2s, retry: { attempts: 3, on: [connect, 503], budget: {} }, breaker: { slow: 1s } }
flows:
  checkout:
    - step: create-order
      target: orders
      tags: { team: payments }
      http: { method: POST, path: /orders }
  read:
    - { step: read-order, target: stock, http: { path: /orders/1 } }
load:
  - { phase: warm-up, flow: checkout, arrivals: { process: poisson, rate: 20/s }, for: 2s, measure: false }
  - { phase: ramp, flow: checkout, arrivals: { process: constant, ramp: { from: 10/s, to: 30/s } }, for: 2s }
  - { phase: recorded, flow: read, replay: { file: access.log, speed: 2 } }
  - { phase: again, flow: read, replay: { run: latest }, for: 3s }
  - { phase: users, flow: checkout, users: 3, think: 100ms, for: 2s }
  - { phase: counted, flow: read, users: 2, iterations: 9, for: 2s }
thresholds:
  - 'orders -> payment "POST /api/charges" p(99) < 200ms'
  - "create-order.response{phase: ramp} p(99.9) < 300ms"
  - read-order.errors rate < 1%
  - dropped count == 0
`;

const SEARCH = `name: search
seed: 7
targets: { orders: { url: http://127.0.0.1:7101 } }
flows: { checkout: [{ step: create-order, target: orders, http: { path: / } }] }
load:
  - phase: find
    flow: checkout
    capacity: { objective: "create-order.response p(99) < 100ms", from: 20/s, to: 400/s }
`;

describe('the plan of a run', () => {
  const texts: readonly (readonly [name: string, text: string])[] = [
    ...readdirSync(SCENARIOS)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [name, readFileSync(join(SCENARIOS, name), 'utf8')] as const),
    ['every phase', LOAD],
    ['a search', SEARCH],
  ];

  it.each(texts)('is the same after it was stored, of %s', (_name, text) => {
    const plan = planOf(parseScenario(text, 'a.yaml'));
    expect(readPlan(stored(planJson(plan)))).toEqual(plan);
  });

  it('is derived from the text where a run was stored without one', async () => {
    const run = { ...stored(''), source: LOAD };
    expect(await planOfRun(run)).toEqual(planOf(parseScenario(LOAD, 'a.yaml')));
  });

  it('is read without the text, which a later version may refuse', async () => {
    const plan = planOf(parseScenario(LOAD, 'a.yaml'));
    const run = { ...stored(planJson(plan)), source: 'a word of the future: 1' };
    expect(await planOfRun(run)).toEqual(plan);
  });

  it('says of a policy what it does, and which endpoints a target has', () => {
    const { policies, targets } = planOf(parseScenario(LOAD, 'a.yaml'));
    expect([...policies]).toEqual([
      [
        'read-order',
        {
          name: 'careful',
          text: '2.00 s in all; 3 attempts on connect, 503, retries at most 20% and 10/s; breaker at 50% failed or 50% slower than 1.00 s of 20 or more in 10.0 s, open for 1m 00s',
        },
      ],
    ]);
    expect(targets[1]).toMatchObject({ endpoints: ['https://127.0.0.1:7103'] });
    expect(targets[0]).not.toHaveProperty('endpoints');
  });

  it('of a run of before policies has none', () => {
    const plan = planOf(parseScenario(SEARCH, 'a.yaml'));
    const { policies: _, ...before } = JSON.parse(planJson(plan)) as Record<string, unknown>;
    expect(readPlan(stored(JSON.stringify(before)))).toEqual(plan);
  });

  it('counts the arrivals of open phases, and leaves out what the store cannot know', () => {
    const { wantedArrivals } = planOf(parseScenario(LOAD, 'a.yaml'));
    expect(Object.keys(wantedArrivals)).toEqual(['warm-up', 'ramp']);
    expect(wantedArrivals['ramp']).toBe(40);
  });

  it('keeps references in URLs as references', () => {
    expect(planOf(parseScenario(LOAD, 'a.yaml')).targets).toEqual([
      { name: 'orders', url: 'http://${env.HOST}:7101', protocol: 'http1' },
      {
        name: 'stock',
        url: 'https://127.0.0.1:7102',
        protocol: 'http2',
        endpoints: ['https://127.0.0.1:7103'],
      },
    ]);
  });
});

describe('version 1 of a stored plan', () => {
  // What stores hold: this text is never edited. A change that it does not survive is a new
  // version.
  const VERSION_1 = `{"version":1,"seed":7,"phases":[{"name":"find","flow":"checkout","durationNs":0,"measured":true,\
"capacity":{"objectives":[{"text":"create-order.response p(99) < 100ms","step":"create-order","metric":"response",\
"phase":"","aggregate":{"kind":"percentile","percent":99},"operator":"<","limit":100000000}],"fromPerSec":20,\
"toPerSec":400,"precisionRatio":0.05,"probeNs":10000000000,"process":"poisson"}}],"thresholds":[],"tags":{},\
"wantedArrivals":{},"targets":[{"name":"orders","url":"http://127.0.0.1:7101","protocol":"http1"}]}`;

  it('is written with all that it always had', () => {
    const written: unknown = JSON.parse(planJson(planOf(parseScenario(SEARCH, 'a.yaml'))));
    expect(written).toMatchObject(JSON.parse(VERSION_1) as object);
  });

  it('says which statuses count as ok, where it was stored since that is kept', () => {
    const text = `name: statuses
targets:
  web: { url: http://127.0.0.1:7101 }
  rpcs: { url: http://127.0.0.1:7102, protocol: grpc }
flows:
  all:
    - { step: default, target: web, http: { path: / } }
    - { step: class, target: web, http: { path: / }, check: { status: 2xx } }
    - { step: some, target: web, http: { path: / }, check: { status: [200, 404, 5xx] } }
    - { step: rpc, target: rpcs, grpc: { method: a.B/C }, check: { status: [OK, NOT_FOUND] } }
load: [{ phase: steady, arrivals: { rate: 1/s }, for: 2s }]
`;
    const plan = planOf(parseScenario(text, 'a.yaml'));
    expect(Object.fromEntries(plan.okStatuses)).toEqual({
      default: '2xx, 3xx',
      class: '2xx',
      some: '200, 404, 5xx',
      rpc: 'OK, NOT_FOUND',
    });
    expect(readPlan(stored(VERSION_1)).okStatuses).toEqual(new Map());
  });

  it('lets a newer callgauge add fields', () => {
    const more = VERSION_1.replace('"seed":7', '"seed":7,"shards":2');
    expect(readPlan(stored(more))).toEqual(readPlan(stored(VERSION_1)));
  });

  it.each([
    [
      '{"version":2}',
      'the plan of run 6b0b378f6a938bb9 has version 2, and this callgauge reads version 1',
      'Use callgauge 9.9.9, which stored the run, or a newer one.',
    ],
    ['{', 'must have JSON, got "{" (plan)', "it is derived from the scenario's text"],
    [VERSION_1.replace('"find"', '3'), 'must have a text, got 3 (phases[0].name)', 'Empty'],
    [
      VERSION_1.replace('"operator":"<"', '"operator":"~"'),
      'must have one of <, <=, >, >=, ==, !=, got "~" (phases[0].capacity.objectives[0].operator)',
      'Empty',
    ],
    [VERSION_1.replace('"thresholds":[],', ''), 'must have a list, got nothing', 'Empty'],
  ])('is refused where it is not understood: %s', (text, message, hint) => {
    const error = errorOf(() => readPlan(stored(text)));
    expect(error.code).toBe('RUN_PLAN_UNREADABLE');
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });
});

function stored(plan: string): RunRecord {
  return {
    runId: '6b0b378f6a938bb9',
    scenario: 'all-phases',
    startedEpochMs: 0,
    endedEpochMs: 0,
    status: 'complete',
    seed: 7,
    phases: [],
    source: '',
    plan,
    verdict: '',
    harnessVersion: '9.9.9',
    environment: {},
  };
}
