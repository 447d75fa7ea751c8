import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  compressedFrame,
  decodedMessage,
  encodingProblem,
} from '../../../src/drivers/grpc/message-encoding.ts';
import { framedMessage } from '../../../src/drivers/grpc/message-frame.ts';
import { KEPT_BYTES_MAX, MessageReader } from '../../../src/drivers/grpc/message-reader.ts';

/** Returns the last message of a stream as a check reads it. */
function read(encoding: string, ...frames: readonly Buffer[]): Uint8Array | string | undefined {
  const reader = new MessageReader();
  reader.reset(true);
  reader.compressedProblem = encodingProblem(encoding);
  const bytes = Buffer.concat(frames);
  const problem = reader.feed(bytes, 0, bytes.length, () => true);
  return problem === '' ? decodedMessage(reader, encoding) : problem;
}

function marked(message: Uint8Array): Buffer {
  const frame = framedMessage(message);
  frame[0] = 1;
  return frame;
}

describe('a compressed message', () => {
  it('is read as what was sent, plain ones beside it too', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.constantFrom('gzip' as const, 'deflate' as const),
        (message, encoding) => {
          const compressed = compressedFrame(message, encoding);
          const plain = framedMessage(message);
          expect(read(encoding, plain, compressed)).toEqual(Buffer.from(message));
          expect(read(encoding, compressed, plain)).toEqual(Buffer.from(message));
        },
      ),
    );
  });

  it('of a few bytes does not become very many', () => {
    const most = gzipSync(Buffer.alloc(KEPT_BYTES_MAX), { level: 1 });
    expect(read('gzip', marked(most))?.length).toBe(KEPT_BYTES_MAX);
    // Another member of one byte.
    const bomb = Buffer.concat([most, gzipSync('x')]);
    expect(bomb.length).toBeLessThan(KEPT_BYTES_MAX / 100);
    expect(read('gzip', marked(bomb))).toBeUndefined();
  });

  it('that is none is told from one of another encoding', () => {
    const frame = marked(Buffer.from('plain'));
    expect(() => read('gzip', frame)).toThrow('no gzip message');
    expect(() => read('deflate', marked(gzipSync('x').subarray(0, 12)))).toThrow('no deflate');
    expect(read('snappy', frame)).toBe('unknown grpc-encoding snappy');
    expect(read('a"b;drop', frame)).toBe('unknown grpc-encoding a');
    expect(read('', frame)).toBe('compressed message without grpc-encoding');
    expect(read('identity', frame)).toBe('compressed message without grpc-encoding');
    expect(read('gzip', marked(Buffer.alloc(0)))?.length).toBe(0);
  });
});
