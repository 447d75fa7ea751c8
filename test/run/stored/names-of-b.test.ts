import { expect, it } from 'vitest';
import type { Attributes, Span } from '../../../src/core/index.ts';
import { underNamesOfB } from '../../../src/run/stored/names-of-b.ts';
import type { SpanTable } from '../../../src/spans/index.ts';
import { span } from '../../report/sample-runs.ts';
import { tableOf } from '../../spans/generated-traces.ts';

const KNOWN = {
  ofB: new Map([
    ['pay@a', 'pay@b'],
    ['shop@a', 'shop@b'],
  ]),
  steps: { a: 'pay@a', b: 'pay@b' },
};

/** A call of a step, and below it the spans of services, each called by the one before it. */
function call(step: string, called: readonly string[], operation = 'POST /pay'): Span[] {
  return ['callgauge', ...called].map((serviceName, i): Span => {
    const attributes: Attributes =
      i === 0
        ? { 'callgauge.target': `shop@${step.at(-1) ?? ''}`, 'peer.service': called[0] ?? '' }
        : {};
    return span({
      traceId: '1'.padStart(32, '0'),
      spanId: `${i + 1}`.padStart(16, '0'),
      parentSpanId: i === 0 ? '' : `${i}`.padStart(16, '0'),
      ...{ serviceName, name: i === 0 ? step : operation, attributes },
    });
  });
}

function services({ names, services: of }: SpanTable): readonly string[] {
  return [...of].map((service) => names[service] ?? '');
}

function renamed(a: readonly Span[], b: readonly Span[]): SpanTable {
  return underNamesOfB(tableOf(a), tableOf(b), KNOWN);
}

it('a version is the service that answers its calls, whatever it is called', () => {
  const found = renamed(call('pay@a', ['legacy', 'bank']), call('pay@b', ['rewrite', 'bank']));
  expect(services(found)).toEqual(['callgauge', 'rewrite', 'bank']);
  expect(found.names[found.operations[0] ?? 0]).toBe('pay@b');
  const values = [...found.attributeValues].map((value) => found.names[value]);
  expect(values).toContain('shop@b');
  expect(values).toContain('rewrite');
});

it('services behind the versions are one place by their endings', () => {
  const found = renamed(call('pay@a', ['pay-a', 'bank-a']), call('pay@b', ['pay-b', 'bank-b']));
  expect(services(found)).toEqual(['callgauge', 'pay-b', 'bank-b']);
});

it('what both sides call keeps its name: replicas, and a service that is one', () => {
  const b = [...call('pay@b', ['pay', 'bank-b'])];
  expect(services(renamed(call('pay@a', ['pay', 'bank-a', 'bank-b']), b))).toEqual([
    ...['callgauge', 'pay', 'bank-a', 'bank-b'],
  ]);
});

it('an operation keeps its name where a service has the same', () => {
  const found = renamed(call('pay@a', ['legacy'], 'legacy'), call('pay@b', ['rewrite'], 'legacy'));
  expect(services(found)).toEqual(['callgauge', 'rewrite']);
  expect(found.names[found.operations[1] ?? 0]).toBe('legacy');
});

it('of several services that answer none is taken for another', () => {
  const a = [...call('pay@a', ['one']), ...call('pay@a', ['two'])].map((each, i) => ({
    ...each,
    traceId: `${i < 2 ? 1 : 2}`.padStart(32, '0'),
  }));
  expect(new Set(services(renamed(a, call('pay@b', ['three']))))).toEqual(
    new Set(['callgauge', 'one', 'two']),
  );
});
