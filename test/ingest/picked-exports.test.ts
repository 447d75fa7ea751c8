import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeProtobuf } from '../../src/ingest/protobuf-columns.ts';
import {
  identitiesOf,
  pickedRows,
  spanBlock,
  spansOf,
  traceFactsOf,
  type SpanBlock,
} from '../../src/native/index.ts';
import { protobufBody } from './otlp-messages.ts';
import { requests } from './otlp-request.ts';

// Blocks of exports have dictionaries, which those that are made of spans have not.
const block = requests.map((request): SpanBlock => {
  const options = { maxItems: 10_000, rejectionOf: () => undefined };
  return decodeProtobuf(protobufBody(request), options).block;
});

it('picks rows of what was received, with the texts that they have', () => {
  fc.assert(
    fc.property(block, fc.array(fc.boolean(), { maxLength: 12 }), (all, isPicked) => {
      const rows = Array.from({ length: all.rows }, (_, row) => row).filter((row) => isPicked[row]);
      const picked = pickedRows(all, rows);
      const spans = [...spansOf(all)].filter((_, row) => isPicked[row]);
      expect([...spansOf(picked)]).toEqual(spans);
      expect(identitiesOf(picked)).toEqual(identitiesOf(spanBlock(spans)));
      // Picked again, and all of it: nothing is left to drop.
      expect(pickedRows(picked, [...rows.keys()]).bytes.equals(picked.bytes)).toBe(true);
    }),
  );
});

it('reads the same facts of what was received as of spans', () => {
  fc.assert(
    fc.property(block, (all) => {
      expect(traceFactsOf(all)).toEqual(traceFactsOf(spanBlock([...spansOf(all)])));
    }),
  );
});

it('picks from more texts than a byte can number', () => {
  const spans = Array.from({ length: 700 }, (_, i) => ({
    traceId: 'ab'.repeat(16),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    name: `GET /items/${i}`,
  }));
  const body = protobufBody({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const all = decodeProtobuf(body, { maxItems: 10_000, rejectionOf: () => undefined }).block;
  for (const step of [1, 2, 3, 100]) {
    const rows = Array.from({ length: Math.floor(700 / step) }, (_, i) => i * step);
    const names = [...spansOf(pickedRows(all, rows))].map(({ name }) => name);
    expect(names).toEqual(rows.map((row) => `GET /items/${row}`));
  }
});
