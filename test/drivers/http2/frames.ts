import {
  type FrameHead,
  FrameReader,
  type FrameSink,
} from '../../../src/drivers/http2/frame-reader.ts';
import { writeFrameHeader } from '../../../src/drivers/http2/frame-format.ts';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

/** Returns the bytes of a frame. */
export function frameBytes({ payload, ...head }: Frame): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  writeFrameHeader(bytes, 0, { ...head, length: payload.length });
  bytes.set(payload, 9);
  return bytes;
}

/** What a reader found, data gathered; padding of DATA is gone. */
export interface ReadFrames {
  readonly frames: (FrameHead & { readonly payload: string })[];
  readonly errors: string[];
}

/** Reads bytes that come in the given pieces. */
export function readFrames(pieces: readonly Uint8Array[]): ReadFrames {
  const found: ReadFrames = { frames: [], errors: [] };
  let data: Buffer[] = [];
  const sink: FrameSink = {
    frame: (head, bytes, from, to) => {
      found.frames.push({ ...head, payload: hex(bytes.subarray(from, to)) });
    },
    dataBegins: () => {
      data = [];
    },
    data: (bytes, from, to) => data.push(Buffer.from(bytes.subarray(from, to))),
    dataEnds: (head) => found.frames.push({ ...head, payload: hex(Buffer.concat(data)) }),
    broken: (code, error) => found.errors.push(`${code} ${error}`),
  };
  const reader = new FrameReader(sink);
  // One buffer for all reads, as on a socket: nothing may be kept by reference.
  const shared = new Uint8Array(Math.max(1, ...pieces.map((piece) => piece.length)));
  for (const piece of pieces) {
    shared.set(piece);
    reader.feed(shared, piece.length);
    shared.fill(0xee);
  }
  return found;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
