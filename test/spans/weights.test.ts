import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import {
  forestOf,
  serviceGraphOf,
  SpanTableBuilder,
  weightedQuantiles,
  weightedTraces,
} from '../../src/spans/index.ts';
import { drawnTrace } from './drawn-trace.ts';

it('reads percentiles as if every value were there as often as it stands for', () => {
  const item = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 5 }));
  fc.assert(
    fc.property(fc.array(item, { minLength: 1 }), (items) => {
      const quantile = weightedQuantiles(
        items.map(([value]) => value),
        items.map(([, weight]) => weight),
      );
      const all = items
        .flatMap(([value, weight]) => Array.from({ length: weight }, () => value))
        .toSorted((a, b) => a - b);
      for (const p of [0.01, 0.5, 0.95, 0.99, 1]) {
        expect(quantile(p)).toBe(all[Math.ceil(p * all.length - 1e-9) - 1]);
      }
    }),
  );
  expect(weightedQuantiles([], [])(0.5)).toBeUndefined();
});

it('counts a call of a sample as often as it stands for, and a trace as its root does', () => {
  const spans = drawnTrace(`
@front/call       |------------|
  #pay/post       |  ----      |`);
  const traces = ['ot=th:c', 'ot=th:c', ''].flatMap((traceState, i) =>
    spans.map((span): Span => ({ ...span, traceState, traceId: String(i).repeat(32) })),
  );
  const builder = new SpanTableBuilder();
  for (const span of traces) {
    builder.add(span.traceState === '' ? { ...span, status: 'Error', durationNs: 1n } : span);
  }
  const table = builder.build();
  const graph = serviceGraphOf(forestOf(table), 'operation');
  expect(graph).toMatchObject({ traceCount: 3, weightedTraces: 9 });
  expect(graph.edges).toMatchObject([{ calls: 9, failed: 1, maxNs: 12_000_000 }]);
  expect(weightedTraces(table)).toBe(9);
});
