import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimeSpans } from '../../src/faults/time-spans.ts';

const span = fc
  .tuple(fc.nat(60), fc.nat(10))
  .map(([fromMs, lastsMs]) => ({ fromMs, toMs: fromMs + lastsMs }));

it('overlap what one of them overlaps, in whatever order they came', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 20 }), span, (added, asked) => {
      const spans = new TimeSpans();
      for (const { fromMs, toMs } of added) spans.add(fromMs, toMs);
      const expected = added.some((one) => one.fromMs <= asked.toMs && one.toMs >= asked.fromMs);
      expect(spans.overlap(asked.fromMs, asked.toMs)).toBe(expected);
    }),
  );
});

it('are one where they meet', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 20 }), (added) => {
      const spans = new TimeSpans();
      for (const { fromMs, toMs } of added) spans.add(fromMs, toMs);
      const ordered = added.toSorted((a, b) => a.fromMs - b.fromMs);
      let [apart, endMs] = [0, -1];
      for (const { fromMs, toMs } of ordered) {
        if (fromMs > endMs) apart += 1;
        endMs = Math.max(endMs, toMs);
      }
      expect(spans.count).toBe(apart);
    }),
  );
});
