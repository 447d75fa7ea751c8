import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { callgauge, Workplace, type Ended } from '../cli/callgauge-process.ts';

interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly serviceName: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const workplace = new Workplace();
let ended: Ended;
let traceId: string;
let spans: readonly SpanRow[];

/** The quickstart as it is committed, only shorter. */
function shortened(): string {
  const scenarios = resolve(import.meta.dirname, '../../scenarios');
  return readFileSync(resolve(scenarios, 'quickstart.yaml'), 'utf8')
    .replaceAll('../examples', resolve(scenarios, '../examples'))
    .replace(/for: 40s/u, 'for: 6s')
    .replace(/from: 10s, for: 4s/u, 'from: 2s, for: 2s');
}

beforeAll(async () => {
  const file = workplace.file('quickstart.yaml', shortened());
  const dir = ['--dir', workplace.storeDir];
  ended = await callgauge(['run', file, '--json', ...dir]);
  const report = JSON.parse(ended.out) as {
    results: { slowestCalls: readonly { traceId: string }[] };
  };
  traceId = report.results.slowestCalls[0]?.traceId ?? '';
  const trace = await callgauge(['trace', traceId, '--json', ...dir]);
  spans = JSON.parse(trace.out) as readonly SpanRow[];
});
afterAll(() => workplace.remove());

describe('the quickstart', () => {
  it('passes, and leaves no process behind', () => {
    expect(ended.code).toBe(0);
    expect(workplace.processes()).toEqual([]);
  });

  it('stores whole traces: callgauge, orders, inventory and payment under one trace id', () => {
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const root = only((span) => span.parentSpanId === '');
    expect(root.serviceName).toBe('callgauge');
    const orders = only((s) => s.serviceName === 'orders' && s.parentSpanId === root.spanId);
    for (const service of ['inventory', 'payment']) {
      const called = only((span) => span.serviceName === service);
      const caller = only((span) => span.spanId === called.parentSpanId);
      expect(caller).toMatchObject({ serviceName: 'orders', parentSpanId: orders.spanId });
    }
  });

  it('marks the calls that the fault held up, the harness call and the one to payment', () => {
    const marked = spans.filter((span) => span.attributes['callgauge.fault'] === 'payment-stall');
    expect(marked.map((span) => span.serviceName).toSorted()).toEqual(['callgauge', 'orders']);
  });
});

function only(matches: (span: SpanRow) => boolean): SpanRow {
  const found = spans.filter((span) => matches(span));
  expect(found).toHaveLength(1);
  const [span] = found;
  if (!span) throw new Error('unreachable: one was found');
  return span;
}
