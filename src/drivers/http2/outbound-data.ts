import type { Socket } from 'node:net';
import {
  DATA,
  END_STREAM,
  FRAME_HEADER_BYTES,
  FRAME_PAYLOAD_BYTES_MAX,
  UINT31_MAX,
  WINDOW_BYTES_DEFAULT,
} from './frame-format.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Http2Stream } from './stream.ts';

/** Most bytes that one stream may have waiting, beside the piece under way. */
export const QUEUED_BYTES_MAX = 16 * 1_048_576;

/** So much is gathered before it is handed to the socket, which then says whether it takes more. */
const FLUSH_BYTES = 49_152;

/**
 * Sends the data of all streams as far as the windows of the peer and the socket let it go, a frame
 * of each stream in turn.
 *
 *   queue of the stream ─► its window ─► the connection's window ─► the socket
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-5.2
 */
export class OutboundData {
  /** How many bytes of data the peer takes now, over all streams. */
  window = WINDOW_BYTES_DEFAULT;
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  readonly #flush: () => void;
  /** Streams with something to send, the next one first. */
  #waiting: Http2Stream[] = [];
  #pumping = false;
  #framesSent = 0;

  constructor(socket: Socket, writer: FrameWriter, flush: () => void) {
    this.#socket = socket;
    this.#writer = writer;
    this.#flush = flush;
  }

  /** Queues bytes, which are not copied. Returns false, and takes none, where too many wait. */
  queue(stream: Http2Stream, bytes: Uint8Array, ends: boolean): boolean {
    if (stream.queuedBytes > 0 && stream.queuedBytes + bytes.length > QUEUED_BYTES_MAX)
      return false;
    const wasWaiting = stream.hasQueued;
    stream.enqueue(bytes, ends);
    if (wasWaiting || !stream.hasQueued) {
      this.pump();
    } else if (!this.#goesAtOnce(stream)) {
      this.#waiting.push(stream);
      this.pump();
    }
    return true;
  }

  /** Widens the connection's window. Returns whether it is still one. */
  widen(bytes: number): boolean {
    this.window += bytes;
    return this.window <= UINT31_MAX;
  }

  /** Gathers frames until nothing waits or nothing may go. Returns whether any went. */
  pump(): boolean {
    // Who hears that a stream is drained may send more: that is for the loop that runs already.
    if (this.#pumping) return false;
    this.#pumping = true;
    const before = this.#framesSent;
    let sentAny = true;
    while (sentAny && this.#waiting.length > 0) {
      sentAny = false;
      const round = this.#waiting;
      this.#waiting = [];
      for (const stream of round) {
        if (stream.isClosed) continue;
        if (this.#takesMore()) sentAny = this.#sendFrame(stream) || sentAny;
        if (stream.hasQueued) this.#waiting.push(stream);
        else stream.sink.drained?.();
      }
    }
    this.#pumping = false;
    return this.#framesSent > before;
  }

  /** A stream with one frame to send, which may go, waits for nobody where nobody waits. */
  #goesAtOnce(stream: Http2Stream): boolean {
    if (this.#pumping || this.#waiting.length > 0 || !this.#takesMore()) return false;
    this.#sendFrame(stream);
    if (stream.hasQueued) return false;
    this.#pumping = true;
    stream.sink.drained?.();
    this.#pumping = false;
    if (this.#waiting.length > 0) this.pump();
    return true;
  }

  #takesMore(): boolean {
    if (this.#writer.gatheredBytes >= FLUSH_BYTES) this.#flush();
    return !this.#socket.writableNeedDrain;
  }

  /** Gathers one frame of the stream, if its windows let one go. Returns whether they did. */
  #sendFrame(stream: Http2Stream): boolean {
    const bytes = stream.nextBytes;
    const offset = stream.nextOffset;
    const length = Math.min(
      bytes.length - offset,
      FRAME_PAYLOAD_BYTES_MAX,
      Math.max(0, this.window),
      Math.max(0, stream.sendWindow),
    );
    // An end alone takes nothing of the windows.
    if (length === 0 && stream.queuedBytes > 0) return false;
    stream.dequeue(length);
    this.window -= length;
    stream.sendWindow -= length;
    stream.bytesOut += FRAME_HEADER_BYTES + length;
    const isLast = stream.queuedBytes === 0 && stream.endsAfterQueue;
    if (isLast) stream.isSent = true;
    const flags = isLast ? END_STREAM : 0;
    this.#framesSent++;
    this.#writer.frame({ type: DATA, flags, streamId: stream.id, length }, bytes, offset);
    return true;
  }
}
