import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framedMessage } from '../../../src/drivers/grpc/message-frame.ts';
import { KEPT_BYTES_MAX, MessageReader } from '../../../src/drivers/grpc/message-reader.ts';

function reader(keeps = true): MessageReader {
  const made = new MessageReader();
  made.reset(keeps);
  return made;
}

describe('the messages of a stream', () => {
  it('are the same wherever their bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.nat(12), { minLength: 1, maxLength: 20 }),
        (messages, cuts) => {
          const bytes = Buffer.concat(messages.map(framedMessage));
          const read: Buffer[] = [];
          const from = reader();
          let at = 0;
          for (let piece = 0; at < bytes.length; piece++) {
            const end = Math.min(bytes.length, at + 1 + (cuts[piece % cuts.length] ?? 0));
            const problem = from.feed(bytes, at, end, () => {
              read.push(Buffer.from(from.last ?? []));
              return true;
            });
            expect(problem).toBe('');
            at = end;
          }
          expect(read).toEqual(messages.map((message) => Buffer.from(message)));
          expect(from.count).toBe(messages.length);
          expect(from.isBetween).toBe(true);
        },
      ),
    );
  });

  it('that are cut off are seen to be', () => {
    const bytes = framedMessage(Buffer.from('whole'));
    for (let end = 1; end < bytes.length; end++) {
      const from = reader();
      from.feed(bytes, 0, end, () => true);
      expect(from.isBetween).toBe(false);
      expect(from.count).toBe(0);
    }
  });

  it('are kept whole while the next one comes', () => {
    const bytes = Buffer.concat(
      ['first', 'the second'].map((text) => framedMessage(Buffer.from(text))),
    );
    const first = framedMessage(Buffer.from('first')).length;
    for (let end = first; end < bytes.length; end++) {
      const from = reader();
      from.feed(bytes, 0, end, () => true);
      expect(Buffer.from(from.last ?? []).toString()).toBe('first');
    }
  });

  it('that are compressed as was not said, or marked as nothing known, are refused', () => {
    const bytes = framedMessage(Buffer.from('x'));
    bytes[0] = 1;
    const from = reader();
    from.compressedProblem = 'unknown grpc-encoding snappy';
    expect(from.feed(bytes, 0, bytes.length, () => true)).toBe('unknown grpc-encoding snappy');
    bytes[0] = 2;
    expect(reader().feed(bytes, 0, bytes.length, () => true)).toBe('bad message flag');
  });

  it('that are too long are counted and not kept', () => {
    const from = reader();
    const bytes = framedMessage(Buffer.alloc(KEPT_BYTES_MAX + 1));
    expect(from.feed(bytes, 0, bytes.length, () => true)).toBe('');
    expect(from.count).toBe(1);
    expect(from.last).toBeUndefined();
    const short = framedMessage(Buffer.from('short'));
    from.feed(short, 0, short.length, () => true);
    expect(Buffer.from(from.last ?? []).toString()).toBe('short');
  });

  it('are no more read once whoever reads says so', () => {
    const bytes = Buffer.concat([1, 2, 3].map((n) => framedMessage(Buffer.from([n]))));
    const from = reader(false);
    expect(from.feed(bytes, 0, bytes.length, () => from.count < 2)).toBe('');
    expect(from.count).toBe(2);
  });
});
