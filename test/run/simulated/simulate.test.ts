import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type FaultWindow,
  NS_PER_MS,
  NS_PER_SEC,
  STATUS,
  TIMEOUT,
} from '../../../src/core/index.ts';
import { runResult } from '../../../src/cli/outputs/run-result.ts';
import type { Answer } from '../../../src/simulate/index.ts';
import { expectGolden } from '../../golden/golden.ts';
import { renderDocument } from '../../../src/report/index.ts';
import { RUN_ID, shopText, simulated, storeOf } from './virtual-store.ts';

const LOAD = '  - { phase: steady, flow: buy, arrivals: { rate: 100/s }, for: 30s }';
const PLAIN = shopText({ load: LOAD });

/** Every tenth call stalls, and half of them fail from second 10 to 14. */
function troubled() {
  let calls = 0;
  return (_call: object, sentNs: number): Answer => {
    const call = calls++;
    if (call % 10 === 0) return { atNs: sentNs + NS_PER_SEC, outcome: TIMEOUT };
    const atNs = sentNs + (3 + (call % 20)) * NS_PER_MS;
    const isInTrouble = sentNs >= 10 * NS_PER_SEC && sentNs < 14 * NS_PER_SEC;
    return isInTrouble && call % 2 === 1 ? { atNs, outcome: STATUS, status: 503 } : { atNs };
  };
}

const OUTAGE: FaultWindow = {
  fault: 'outage',
  placeKind: 'proxy',
  place: 'shop',
  effect: 'http_abort',
  attributes: {},
  fromNs: 10 * NS_PER_SEC,
  toNs: 14 * NS_PER_SEC,
};

function careful(policy: string, rest = ''): string {
  return shopText({
    load: LOAD,
    policies: `  careful: { ${policy} }`,
    target: ', policy: careful',
    rest,
  });
}

const RETRY = 'retry: { attempts: 3, on: [timeout, 503], backoff: { base: 1ms, cap: 2ms } }';

describe('a simulation', () => {
  it('says that it is one, beside what the run was, and judges the thresholds', async () => {
    const store = await storeOf(PLAIN, troubled(), { windows: [OUTAGE] });
    const rest = 'thresholds: [order.errors rate < 1%, order.response p(90) < 20ms]';
    const text = careful(`attemptTimeout: 50ms, ${RETRY}`, rest);
    const { document, json, criteria } = runResult(await simulated(store, text));
    expectGolden('simulation-100', renderDocument(document, { color: false, width: 100 }));
    const whole = JSON.parse(json()) as { kind: string; report: { metadata: object } };
    expect(whole.kind).toBe('simulation');
    expect(whole.report.metadata).toMatchObject({ runId: '', scenario: 'shop (simulated)' });
    expect((await criteria()).name).toBe('shop (simulated)');
  });

  it('has, for programs, no field that its page does not name', async () => {
    const store = await storeOf(PLAIN, troubled());
    const { json } = runResult(await simulated(store, PLAIN));
    const { report: _report, ...own } = JSON.parse(json()) as Record<string, unknown>;
    const page = readFileSync(
      join(import.meta.dirname, '../../../docs/reference/simulate.md'),
      'utf8',
    );
    const isNamed = (name: string): boolean => new RegExp(`\\b${name}\\b`, 'u').test(page);
    expect(own).toMatchObject({ version: 1, as: { runId: RUN_ID, partial: false } });
    expect([...fieldsOf(own)].filter((name) => !isNamed(name))).toEqual([]);
  });

  it('says what is not known past the timeouts of the run', async () => {
    const store = await storeOf(PLAIN, troubled());
    const report = await simulated(store, PLAIN.replace('timeout: 1s', 'timeout: 3s'));
    const [step] = report.simulation.steps;
    expect(step?.unknown).toBe(report.analysis.steps[0]?.overall.outcomes.timeout);
    expect((step?.unknown ?? 0) / (step?.attempts ?? 1)).toBeCloseTo(0.1, 1);
    expect((step?.unknownFromNs ?? 0) / NS_PER_SEC).toBeCloseTo(1, 1);
    const shorter = await simulated(store, PLAIN.replace('timeout: 1s', 'timeout: 500ms'));
    expect(shorter.simulation.steps[0]?.unknown).toBe(0);
  });

  it('says where a target gets more than in the run, and where it does not', async () => {
    const store = await storeOf(PLAIN, troubled(), { windows: [OUTAGE] });
    const { loads } = (await simulated(store, careful(RETRY))).simulation;
    const beyond = loads.map(({ stretch, isBeyond }) => [stretch, isBeyond]);
    expect(beyond).toEqual([
      ['', true],
      ['steady', true],
      ['steady during outage', true],
    ]);
    const during = loads.find(({ stretch }) => stretch === 'steady during outage');
    expect((during?.simulatedPerSec ?? 0) / (during?.runPerSec ?? 1)).toBeGreaterThan(1.5);
    const same = (await simulated(store, PLAIN)).simulation;
    expect(same.loads.some(({ isBeyond }) => isBeyond)).toBe(false);
  });

  it('answers seconds past the end of the run as its last healthy ones', async () => {
    const store = await storeOf(PLAIN, troubled(), { windows: [OUTAGE] });
    const longer = await simulated(store, PLAIN.replace('for: 30s', 'for: 90s'));
    const { overall } = longer.analysis.steps[0] ?? {};
    // Half of the calls of 4 seconds, and none later.
    expect(overall?.outcomes.status).toBeLessThan(300);
    expect(longer.simulation.loads.map(({ stretch }) => stretch)).toContain(
      'past the end of the run',
    );
  });

  it('sends on what a budget, a breaker and a bulkhead leave of it', async () => {
    const store = await storeOf(PLAIN, troubled(), { windows: [OUTAGE] });
    const policies = [
      RETRY.replace('503]', '503], budget: { ratio: 5%, min: 0.1/s }'),
      'breaker: { failures: 50%, calls: 20, window: 1s, sleep: 1s }',
      'bulkhead: { calls: 1 }',
    ];
    const [budget, breaker, bulkhead] = await Promise.all(
      policies.map(async (policy) => {
        const { analysis } = await simulated(store, careful(policy));
        return analysis.steps[0]?.policy;
      }),
    );
    expect(budget?.retriesDenied).toBeGreaterThan(0);
    expect(budget?.amplification).toBeLessThan(1.08);
    expect(breaker?.breaker?.opened).toBeGreaterThan(0);
    expect(bulkhead?.bulkheadRejected).toBeGreaterThan(0);
  });

  it('makes the later steps of a flow, whose texts an answer would fill in', async () => {
    const steps = (policy: string): string =>
      [
        'name: shop',
        ...(policy === ''
          ? []
          : ['policies:', '  careful: { idempotent: true, retry: { attempts: 2, on: [503] } }']),
        `targets: { shop: { url: "http://127.0.0.1:1"${policy} } }`,
        'flows:',
        '  buy:',
        '    - { step: order, target: shop, http: { method: POST, path: /orders }, capture: { id: { json: $.id } }, check: { body: { contains: id } } }',
        '    - { step: pay, target: shop, http: { path: "/pay/${id}", headers: { x: "${id}" } } }',
        'load: [{ phase: steady, flow: buy, arrivals: { rate: 50/s, process: constant }, for: 10s }]',
        '',
      ].join('\n');
    let calls = 0;
    const store = await storeOf(steps(''), ({ stepIndex }, sentNs) => {
      const isBroken = stepIndex === 0 && calls++ % 10 === 0;
      const answer = { atNs: sentNs + 5 * NS_PER_MS, body: '{"id":7}' };
      return isBroken ? { ...answer, body: 'broken' } : answer;
    });
    const { simulation, analysis } = await simulated(store, steps(', policy: careful'));
    const [order, pay] = simulation.steps;
    expect(order?.run?.success.ratio).toBeCloseTo(0.9, 2);
    // A failed check is not made again, and what it found stays the reason.
    expect(order?.simulated?.success.ratio).toBeCloseTo(0.9, 1);
    expect(order?.simulated?.attemptsPerCall).toBe(1);
    expect(analysis.errors[0]).toMatchObject({ step: 'order', outcome: 'check' });
    expect(pay?.simulated?.calls).toBe(
      (order?.simulated?.calls ?? 0) - (analysis.errors[0]?.count ?? 0),
    );
  });

  it('steps through flows of every kind, and names what it leaves out', async () => {
    const text = (hook: string): string =>
      [
        'name: shop',
        ...(hook === '' ? [] : ['hooks: hooks.ts']),
        'feeders: { users: { rows: [{ id: 1 }, { id: 2 }], per: user } }',
        'targets:',
        '  shop: { url: "http://127.0.0.1:1", connections: 1000 }',
        '  orders: { url: "http://127.0.0.1:2", protocol: grpc, grpc: { reflection: true } }',
        'flows:',
        '  buy:',
        '    - { step: user, target: shop, http: "GET /users/${users.id}" }',
        ...hook.split('\n').filter(Boolean),
        '    - parallel:',
        '        - [{ step: left, target: shop, http: GET /left }]',
        '        - [{ step: right, target: orders, grpc: { method: shop.Orders/Get, message: { id: "${users.id}" } } }]',
        '    - think: { min: 100ms, max: 200ms }',
        'load: [{ phase: steady, flow: buy, users: 20, for: 10s }]',
        '',
      ].join('\n');
    const store = await storeOf(text(''), ({ stepIndex, seq }, sentNs) => {
      const atNs = sentNs + (5 + (seq % 20)) * NS_PER_MS;
      if (stepIndex !== 2) return { atNs };
      return seq % 5 === 0 ? { atNs, outcome: STATUS, status: 14 } : { atNs, status: 0 };
    });
    const hook = '    - { hook: sign, sets: [signature] }';
    const { simulation, analysis } = await simulated(store, text(hook));
    expect(simulation.leftOut).toEqual(['hooks are not run: they take no time and set nothing']);
    for (const { run, simulated: side } of simulation.steps) {
      expect((side?.calls ?? 0) / (run?.calls ?? 1)).toBeCloseTo(1, 1);
      expect(side?.success.ratio).toBeCloseTo(run?.success.ratio ?? 0, 1);
    }
    expect(analysis.errors.map(({ step, text: reason }) => [step, reason])).toEqual([
      ['right', 'UNAVAILABLE'],
    ]);
  });

  it('takes connections as the scenario has them', async () => {
    const store = await storeOf(PLAIN, (_call, sentNs) => ({ atNs: sentNs + 100 * NS_PER_MS }));
    const narrow = await simulated(store, PLAIN.replace('connections: 10000', 'connections: 5'));
    const { response, service } = narrow.analysis.steps[0]?.overall ?? {};
    // 100 calls a second of 100 ms need 10 connections.
    expect(service?.maxNs).toBeLessThan(0.11 * NS_PER_SEC);
    expect(response?.maxNs).toBeGreaterThan(5 * NS_PER_SEC);
  });
});

/** Returns all names of fields of a document, however deep. */
function fieldsOf(value: unknown): ReadonlySet<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item) => [...fieldsOf(item)]));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(Object.entries(value).flatMap(([name, of]) => [name, ...fieldsOf(of)]));
}
