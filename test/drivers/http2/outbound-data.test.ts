import { Writable } from 'node:stream';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameWriter } from '../../../src/drivers/http2/frame-writer.ts';
import { OutboundData, QUEUED_BYTES_MAX } from '../../../src/drivers/http2/outbound-data.ts';
import { Http2Stream, type StreamSink } from '../../../src/drivers/http2/stream.ts';
import { readFrames } from './frames.ts';

/** A socket that takes all it is given at once. */
class TakingSocket extends Writable {
  readonly taken: Buffer[] = [];
  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.taken.push(Buffer.from(bytes));
    done();
  }
}

interface Side {
  readonly outbound: OutboundData;
  readonly stream: (id: number, window: number) => Http2Stream;
  /** What has left so far, of each stream: its bytes, and whether its end. */
  readonly left: () => Map<number, { bytes: Buffer; ended: boolean; frames: number[] }>;
  readonly drained: number[];
}

function side(): Side {
  const socket = new TakingSocket();
  const writer = new FrameWriter(socket as unknown as Socket);
  const outbound = new OutboundData(socket as unknown as Socket, writer, () => writer.flush());
  const drained: number[] = [];
  return {
    outbound,
    drained,
    stream: (id, window) => {
      const sink = { drained: () => drained.push(id) } as unknown as StreamSink;
      return new Http2Stream(id, sink, window);
    },
    left: () => {
      writer.flush();
      const found = new Map<number, { bytes: Buffer; ended: boolean; frames: number[] }>();
      const { frames, errors } = readFrames(socket.taken);
      expect(errors).toEqual([]);
      for (const { streamId, flags, payload } of frames) {
        const of = found.get(streamId) ?? { bytes: Buffer.alloc(0), ended: false, frames: [] };
        expect(of.ended).toBe(false);
        const bytes = Buffer.from(payload, 'hex');
        of.bytes = Buffer.concat([of.bytes, bytes]);
        of.ended = flags === 1;
        of.frames.push(bytes.length);
        found.set(streamId, of);
      }
      return found;
    },
  };
}

type Step =
  | { readonly kind: 'stream' | 'shrink'; readonly index: number; readonly bytes: number }
  | { readonly kind: 'connection'; readonly bytes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('stream' as const, 'shrink' as const),
    index: fc.nat(3),
    bytes: fc.nat(30_000),
  }),
  fc.record({ kind: fc.constant('connection' as const), bytes: fc.nat(60_000) }),
);

describe('OutboundData', () => {
  it('never sends past a window, also one that went below 0, and in the end all, in order', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40_000, size: 'max' }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(bodies, fc.nat(20_000), fc.array(step), (contents, window, steps) => {
        const { outbound, stream, left } = side();
        const streams = contents.map((_, i) => stream(2 * i + 1, window));
        const granted = streams.map(() => window);
        let grantedToAll = outbound.window;
        const check = (): void => {
          const sent = left();
          let all = 0;
          for (const [i, { id, sendWindow }] of streams.entries()) {
            const length = sent.get(id)?.bytes.length ?? 0;
            all += length;
            expect(granted[i]).toBe(sendWindow + length);
          }
          expect(outbound.window).toBe(grantedToAll - all);
          expect(outbound.window).toBeGreaterThanOrEqual(0);
        };
        for (const [i, target] of streams.entries()) {
          expect(outbound.queue(target, contents[i] ?? new Uint8Array(0), true)).toBe(true);
        }
        check();
        for (const one of steps) {
          if (one.kind === 'connection') {
            outbound.widen(one.bytes);
            grantedToAll += one.bytes;
          } else {
            const target = streams[one.index % streams.length];
            if (target === undefined) continue;
            const change = one.kind === 'stream' ? one.bytes : -one.bytes;
            target.sendWindow += change;
            const index = one.index % streams.length;
            granted[index] = (granted[index] ?? 0) + change;
          }
          outbound.pump();
          check();
        }
        outbound.widen(1_000_000);
        for (const target of streams) target.sendWindow += 2_000_000;
        outbound.pump();
        const sent = left();
        for (const [i, { id }] of streams.entries()) {
          expect(sent.get(id)?.bytes.equals(contents[i] ?? new Uint8Array(0))).toBe(true);
          expect(sent.get(id)?.ended).toBe(true);
          expect(Math.max(...(sent.get(id)?.frames ?? []))).toBeLessThanOrEqual(16_384);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lets streams take turns', () => {
    const { outbound, stream, left } = side();
    const [first, second] = [stream(1, 1_000_000), stream(3, 1_000_000)];
    outbound.window = 0;
    outbound.queue(first, new Uint8Array(50_000), true);
    outbound.queue(second, new Uint8Array(50_000), true);
    outbound.widen(4 * 16_384);
    outbound.pump();
    expect([...left().values()].map(({ bytes }) => bytes.length)).toEqual([32_768, 32_768]);
  });

  it('sends an end alone whatever the windows, and says when all is out', () => {
    const { outbound, stream, left, drained } = side();
    const target = stream(1, 0);
    outbound.queue(target, new Uint8Array(0), true);
    expect([...left().values()]).toMatchObject([{ ended: true, frames: [0] }]);
    expect(drained).toEqual([1]);
  });

  it('takes no more than its bound of one stream', () => {
    const { outbound, stream } = side();
    const target = stream(1, 0);
    expect(outbound.queue(target, new Uint8Array(QUEUED_BYTES_MAX), false)).toBe(true);
    expect(outbound.queue(target, new Uint8Array(1), false)).toBe(false);
    expect(target.queuedBytes).toBe(QUEUED_BYTES_MAX);
  });
});

describe('FrameWriter', () => {
  it('takes back the streams that were not handed over, and nothing else', () => {
    const socket = new TakingSocket();
    const writer = new FrameWriter(socket as unknown as Socket);
    const block = new Uint8Array(20_000).fill(0x88);
    writer.headers(1, block, true);
    writer.flush();
    writer.number(8, 0, 7);
    writer.headers(3, block, true);
    writer.number(3, 1, 8);
    writer.headers(5, block, true);
    writer.takeBack(3);
    writer.flush();
    const { frames } = readFrames(socket.taken);
    expect(frames.map(({ type, streamId }) => [type, streamId])).toEqual([
      [1, 1],
      [9, 1],
      [8, 0],
      [3, 1],
    ]);
  });
});
