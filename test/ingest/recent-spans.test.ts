import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { NS_PER_SEC, VirtualClock } from '../../src/core/index.ts';
import { RecentSpans } from '../../src/ingest/recent-spans.ts';

/** Few enough that they come again, with those among them whose words mean something else. */
const word = fc.constantFrom(0, 1, 2, 3, 7, 0x8000_0000, 0xffff_ffff);
const identity = fc.tuple(word, fc.constantFrom(4, 5, 6, 0xffff_fffe));
const identities = fc.array(identity, { maxLength: 12 });
const step = fc.oneof(
  identities.map((rows) => ({ does: 'add', rows }) as const),
  identities.map((rows) => ({ does: 'forget', rows }) as const),
  identities.map((rows) => ({ does: 'ask', rows }) as const),
);

it('knows what was added and not forgotten', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const recent = new RecentSpans(new VirtualClock());
      const known = new Set<string>();
      for (const { does, rows } of steps) {
        const words = Uint32Array.from(rows.flat());
        if (does === 'add') {
          recent.add(words);
          for (const row of rows) known.add(String(row));
        } else if (does === 'forget') {
          recent.forget(words);
          for (const row of rows) known.delete(String(row));
        } else {
          const fresh = rows.flatMap((row, index) => (known.has(String(row)) ? [] : [index]));
          expect(recent.newRowsOf(words)).toEqual(fresh.length === rows.length ? undefined : fresh);
        }
      }
    }),
  );
});

it('knows many, and forgets them after five to ten minutes', () => {
  const clock = new VirtualClock();
  const recent = new RecentSpans(clock);
  const many = Uint32Array.from({ length: 100_000 }, (_, at) => Math.imul(at, 0x9e37_79b1) >>> 0);
  recent.add(many);
  expect(recent.newRowsOf(many)).toEqual([]);
  clock.advance(299 * NS_PER_SEC);
  recent.add(Uint32Array.of(1, 9));
  clock.advance(299 * NS_PER_SEC);
  recent.add(Uint32Array.of(2, 9));
  expect(recent.newRowsOf(many)).toEqual([]);
  clock.advance(301 * NS_PER_SEC);
  recent.add(Uint32Array.of(3, 9));
  expect(recent.newRowsOf(many)).toBeUndefined();
  expect(recent.newRowsOf(Uint32Array.of(2, 9, 4, 9))).toEqual([1]);
});
