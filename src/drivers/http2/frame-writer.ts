import type { Socket } from 'node:net';
import { NODE_STREAMS, type RequestWriter, requestWriterFor } from '../http/index.ts';
import {
  CONTINUATION,
  END_HEADERS,
  END_STREAM,
  FRAME_HEADER_BYTES,
  FRAME_PAYLOAD_BYTES_MAX,
  HEADERS,
  readUint24,
  readUint31,
  writeFrameHeader,
  writeUint32,
} from './frame-format.ts';

/** Room for a few of the longest frames. */
const BUFFER_BYTES = 65_536;

/**
 * Gathers frames, so that those of one turn leave in one write.
 *
 *   | held by the socket | gathered: #from .. #to | free |
 *
 * The buffer is used again from its start as soon as the socket has let go of all that it was
 * given.
 */
export class FrameWriter {
  readonly #socket: Socket;
  /** Made with the first write: the socket is connected then. */
  #output: RequestWriter | undefined;
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #from = 0;
  #to = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that are gathered and not yet handed to the socket. */
  get gatheredBytes(): number {
    return this.#to - this.#from;
  }

  /** Adds the frames of a block of fields: HEADERS, and CONTINUATION where it is long. */
  headers(streamId: number, block: Uint8Array, endStream: boolean): void {
    let at = 0;
    do {
      const length = Math.min(FRAME_PAYLOAD_BYTES_MAX, block.length - at);
      const isFirst = at === 0;
      const isLast = at + length === block.length;
      const flags = (isLast ? END_HEADERS : 0) | (isFirst && endStream ? END_STREAM : 0);
      const type = isFirst ? HEADERS : CONTINUATION;
      this.frame({ type, flags, streamId, length }, block, at);
      at += length;
    } while (at < block.length);
  }

  /** Adds a frame whose payload is `length` of the bytes from `payloadFrom` on; they are copied. */
  frame(
    frame: {
      readonly type: number;
      readonly flags: number;
      readonly streamId: number;
      readonly length: number;
    },
    payload: Uint8Array,
    payloadFrom: number,
  ): void {
    const at = this.#reserve(FRAME_HEADER_BYTES + frame.length);
    writeFrameHeader(this.#buffer, at, frame);
    if (frame.length === 0) return;
    const isWhole = payloadFrom === 0 && payload.length === frame.length;
    this.#buffer.set(
      isWhole ? payload : payload.subarray(payloadFrom, payloadFrom + frame.length),
      at + FRAME_HEADER_BYTES,
    );
  }

  /** Adds a frame whose payload is one number of four bytes: RST_STREAM, WINDOW_UPDATE. */
  number(type: number, streamId: number, value: number): void {
    const at = this.#reserve(FRAME_HEADER_BYTES + 4);
    writeFrameHeader(this.#buffer, at, { type, flags: 0, streamId, length: 4 });
    writeUint32(this.#buffer, at + FRAME_HEADER_BYTES, value);
  }

  /** Adds bytes as they are: the preface. */
  bytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#reserve(bytes.length));
  }

  /** Hands what is gathered to the socket. */
  flush(): void {
    const output = (this.#output ??= requestWriterFor(this.#socket, NODE_STREAMS));
    if (this.#to > this.#from) {
      output.write(this.#buffer.subarray(this.#from, this.#to), undefined);
      this.#from = this.#to;
    }
    if (!output.isHolding) {
      this.#from = 0;
      this.#to = 0;
    }
  }

  /** Takes back what is gathered of the streams from this one on: nobody will hear of them. */
  takeBack(firstStreamId: number): void {
    const buffer = this.#buffer;
    let kept = this.#from;
    for (let at = this.#from; at < this.#to;) {
      const end = at + FRAME_HEADER_BYTES + readUint24(buffer, at);
      if (readUint31(buffer, at + 5) < firstStreamId) {
        buffer.copyWithin(kept, at, end);
        kept += end - at;
      }
      at = end;
    }
    this.#to = kept;
  }

  /** Returns where the next `bytes` are to be written. */
  #reserve(bytes: number): number {
    if (this.#to + bytes > this.#buffer.length) this.#makeRoom(bytes);
    const at = this.#to;
    this.#to += bytes;
    return at;
  }

  #makeRoom(bytes: number): void {
    const gathered = this.#buffer.subarray(this.#from, this.#to);
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, gathered.length + bytes));
    this.#buffer.set(gathered);
    this.#from = 0;
    this.#to = gathered.length;
  }
}
