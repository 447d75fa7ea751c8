import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { pickedRows, spanBlock, spansOf } from '../../src/native/index.ts';
import { arbitrarySpan, text } from '../arbitrary-span.ts';

const span = arbitrarySpan(1_790_000_000_000_000_000n);
const chosen = fc.record({
  span,
  isPicked: fc.boolean(),
  traceState: fc.option(text, { nil: undefined }),
});

it('has the rows that were picked, and nothing of the others', () => {
  fc.assert(
    fc.property(fc.array(chosen, { maxLength: 8 }), (all) => {
      const block = spanBlock(all.map((each) => each.span));
      const rows = all.flatMap(({ isPicked }, row) => (isPicked ? row : []));
      const picked = pickedRows(block, rows);
      expect(picked.rows).toBe(rows.length);
      const spans = all.filter(({ isPicked }) => isPicked).map((each) => each.span);
      expect([...spansOf(picked)]).toEqual(spans);
      // The bytes of a block that never held the others.
      expect(picked.bytes.equals(spanBlock(spans).bytes)).toBe(true);
    }),
  );
});

it('puts other trace states in the places of those that are given', () => {
  fc.assert(
    fc.property(fc.array(chosen, { minLength: 1, maxLength: 8 }), (all) => {
      const rows = all.flatMap(({ isPicked }, row) => (isPicked ? row : []));
      const states = rows.map((row) => all[row]?.traceState);
      const picked = pickedRows(spanBlock(all.map((each) => each.span)), rows, states);
      const wanted = all.flatMap(({ isPicked, traceState, span: own }) =>
        isPicked ? { ...own, traceState: traceState ?? own.traceState } : [],
      );
      expect([...spansOf(picked)]).toEqual(wanted);
    }),
  );
});
