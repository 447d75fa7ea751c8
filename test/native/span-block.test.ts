import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SPAN_KINDS, type Span } from '../../src/core/index.ts';
import { identitiesOf, IDENTITY_WORDS, spanBlock, spansOf } from '../../src/native/index.ts';
import { arbitrarySpan } from '../arbitrary-span.ts';

const span = arbitrarySpan(1_790_000_000_000_000_000n);

it('gives every span back as it was', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 5 }), (spans) => {
      // Again, since neighbours that are alike are read in another way.
      const twice = spans.flatMap((each) => [each, each]);
      expect([...spansOf(spanBlock(twice))]).toEqual(twice);
    }),
  );
});

it('keeps attributes of any name, and one resource for its spans', () => {
  const names = ['__proto__', 'constructor', '', '1', '\u0000'];
  const attributes = Object.fromEntries(names.map((name) => [name, `of ${name}`]));
  const [one, other] = spansOf(
    spanBlock(sampleOf(2, { attributes, resourceAttributes: { a: 'b' } })),
  );
  expect(new Map(Object.entries(one?.attributes ?? {}))).toEqual(
    new Map(Object.entries(attributes)),
  );
  expect(one?.resourceAttributes).toBe(other?.resourceAttributes);
});

it('knows a span again, and no other for it', () => {
  const spans = sampleOf(200);
  const [first] = spans;
  if (first === undefined) throw new Error('there is a first');
  const others: Span[] = [
    { ...first, traceId: 'f'.repeat(32) },
    { ...first, spanId: 'f'.repeat(16) },
    { ...first, startEpochNs: first.startEpochNs + 1n },
    { ...first, durationNs: first.durationNs ^ 1n },
    ...SPAN_KINDS.filter((kind) => kind !== first.kind).map((kind) => ({ ...first, kind })),
  ];
  const all = [...spans, ...others];
  const known = new Set(identityTexts(all));
  expect(known.size).toBe(new Set(all.map(fieldsOf)).size);
  // Where a span lies, and what lies beside it, makes no difference.
  expect(identityTexts(all.toReversed())).toEqual(identityTexts(all).toReversed());
  expect(known).toContain(identityTexts([{ ...first, name: 'other', attributes: {} }])[0]);
});

function sampleOf(count: number, change: Partial<Span> = {}): Span[] {
  return fc.sample(span, { numRuns: count, seed: 7 }).map((each) => ({ ...each, ...change }));
}

function fieldsOf({ traceId, spanId, kind, startEpochNs, durationNs }: Span): string {
  return [traceId.slice(16), spanId, kind, startEpochNs, durationNs].join(' ');
}

function identityTexts(spans: readonly Span[]): readonly string[] {
  const words = identitiesOf(spanBlock(spans));
  return spans.map((_, row) =>
    words.slice(row * IDENTITY_WORDS, (row + 1) * IDENTITY_WORDS).join(' '),
  );
}
