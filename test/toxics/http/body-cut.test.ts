import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BodyCut } from '../../../src/toxics/index.ts';

/** Messages of gRPC of these lengths, as they go over the wire. */
function messages(lengths: readonly number[]): Buffer {
  return Buffer.concat(
    lengths.map((length) => {
      const message = Buffer.alloc(5 + length, 7);
      message.writeUInt32BE(length, 1);
      return message;
    }),
  );
}

/** Feeds a body in parts of these lengths; returns what passed, and whether it was cut. */
function feed(cut: BodyCut, body: Buffer, parts: readonly number[]): [Buffer, boolean] {
  const passed: Uint8Array[] = [];
  let [at, i] = [0, 0];
  while (at < body.length) {
    const length = Math.max(1, parts[i++ % Math.max(1, parts.length)] ?? 1);
    const taken = cut.take(body.subarray(at, at + length));
    passed.push(taken.bytes);
    if (taken.isCut) return [Buffer.concat(passed), true];
    at += length;
  }
  return [Buffer.concat(passed), false];
}

const parts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

describe('cutting a body off', () => {
  it('passes exactly so many bytes, however they come, and leaves a shorter body whole', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.nat({ max: 70 }),
        parts,
        (bytes, limit, by) => {
          const body = Buffer.from(bytes);
          const [passed, isCut] = feed(new BodyCut({ truncateAfterBytes: limit }), body, by);
          expect(passed).toEqual(body.subarray(0, limit));
          expect(isCut).toBe(body.length > limit);
        },
      ),
    );
  });

  it('passes exactly so many whole messages, however they come', () => {
    const lengths = fc.array(fc.nat({ max: 12 }), { maxLength: 6 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 7 }), parts, (all, limit, by) => {
        const [passed, isCut] = feed(new BodyCut({ cutAfterMessages: limit }), messages(all), by);
        expect(passed).toEqual(messages(all.slice(0, limit)));
        expect(isCut).toBe(all.length >= limit);
      }),
    );
  });

  it('cuts at once where no message is to go', () => {
    expect(new BodyCut({ cutAfterMessages: 0 }).cutsAtOnce).toBe(true);
    expect(new BodyCut({ truncateAfterBytes: 0 }).cutsAtOnce).toBe(false);
  });
});
