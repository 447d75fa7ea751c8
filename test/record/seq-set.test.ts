import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SeqSet } from '../../src/record/seq-set.ts';

const seqs = fc.oneof(
  fc.nat(40),
  fc.integer({ min: 65_530, max: 65_540 }),
  fc.constant(2 ** 29 - 1),
);

it('a set of arrivals holds what a set does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(seqs, fc.boolean()), { maxLength: 200 }), (changes) => {
      const [own, known] = [new SeqSet(), new Set<number>()];
      for (const [seq, isAdded] of changes) {
        expect(own.has(seq)).toBe(known.has(seq));
        if (isAdded) expect(own.add(seq)).toBe(!known.has(seq));
        else expect(own.delete(seq)).toBe(known.has(seq));
        if (isAdded) known.add(seq);
        else known.delete(seq);
        expect([own.has(seq), own.size]).toEqual([isAdded, known.size]);
      }
    }),
  );
});

it('a number past its range is not taken', () => {
  const set = new SeqSet();
  expect([set.add(2 ** 29), set.has(2 ** 29), set.delete(2 ** 29), set.size]).toEqual([
    false,
    false,
    false,
    0,
  ]);
});
