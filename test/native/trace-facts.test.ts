import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import {
  FAILED,
  FAULTED,
  forEachTrace,
  ROOT,
  runHashOf,
  spanBlock,
  traceFactsOf,
  type TraceFacts,
} from '../../src/native/index.ts';
import { arbitrarySpan } from '../arbitrary-span.ts';

const span = arbitrarySpan(1_790_000_000_000_000_000n);
const marked = fc.tuple(span, fc.constantFrom(undefined, '', 'slow-db')).map(([own, fault]) => ({
  ...own,
  attributes:
    fault === undefined ? own.attributes : { ...own.attributes, 'callgauge.fault': fault },
}));

it('says of every span how it ended, whether a fault touched it, and how long it took', () => {
  fc.assert(
    fc.property(fc.array(marked, { maxLength: 8 }), (spans) => {
      const facts = traceFactsOf(spanBlock(spans));
      expect([...facts.flags]).toEqual(spans.map(flagsOf));
      expect([...facts.durationNs]).toEqual(
        spans.map(({ durationNs }) => Math.max(0, Number(durationNs))),
      );
    }),
  );
});

it('tells traces and operations apart, wherever their spans lie', () => {
  fc.assert(
    fc.property(fc.array(marked, { maxLength: 8 }), (spans) => {
      const twice = [...spans, ...spans.toReversed()];
      const facts = traceFactsOf(spanBlock(twice));
      const pairs = (key: (each: Span) => string, words: (row: number) => string): void => {
        const known = new Set(twice.map((each, row) => `${key(each)} ${words(row)}`));
        expect(known.size).toBe(new Set(twice.map(key)).size);
        expect(new Set(twice.map((_, row) => words(row))).size).toBe(known.size);
      };
      pairs(
        ({ traceId }) => traceId,
        (row) => traceOf(facts, row),
      );
      pairs(
        ({ serviceName, name }) => JSON.stringify([serviceName, name]),
        (row) => `${facts.operationHigh[row]} ${facts.operationLow[row]}`,
      );
      expect([...facts.runHash]).toEqual(
        twice.map(({ traceId }) => runHashOf(traceId.slice(0, 16))),
      );
    }),
  );
});

it('tells the random bits of a trace, and what it was sampled by before', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), (spans) => {
      const block = spanBlock(spans);
      const facts = traceFactsOf(block);
      const told: [string, number, string][] = [];
      forEachTrace(block, (_row, { high, low, random, state }) => {
        told.push([`${high} ${low}`, random, state]);
      });
      expect(told).toEqual(
        spans.map(({ traceId, traceState }, row) => [
          traceOf(facts, row),
          Number.parseInt(traceId.slice(18, 30), 16),
          traceState,
        ]),
      );
    }),
  );
});

function traceOf({ traceHigh, traceLow }: TraceFacts, row: number): string {
  return `${traceHigh[row]} ${traceLow[row]}`;
}

function flagsOf({ status, attributes, parentSpanId }: Span): number {
  return (
    (status === 'Error' ? FAILED : 0) +
    ((attributes['callgauge.fault'] ?? '') === '' ? 0 : FAULTED) +
    (parentSpanId === '' ? ROOT : 0)
  );
}
