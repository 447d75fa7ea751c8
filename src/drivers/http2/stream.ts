import type { Ns } from '../../core/index.ts';
import type { Field } from './hpack-decoder.ts';

/**
 * What the peer has done with a stream that will not end: nothing, as it says itself, since it
 * refused this one or left it out as it ended the connection (it is past the last of its GOAWAY);
 * nothing to be seen, the connection having been closed before any byte of an answer although it
 * had answered others; or that cannot be told.
 */
export type StreamFate = 'refused' | 'left-out' | 'unanswered' | 'unknown';

/**
 * Returns how often a call may be sent again after streams of such a fate. Whoever was refused, or
 * met a close, was let go by the target's own doing, and goes once more. A GOAWAY is of the
 * connection, not of the call: with few requests to each connection the next one may end as well.
 */
export function resendsMax(fate: StreamFate): number {
  if (fate === 'unknown') return 0;
  return fate === 'left-out' ? 3 : 1;
}

/**
 * Who made a stream hears here what comes of it:
 *
 *   sent ── headers ── data* ── trailers? ── ended
 *      └── reset, at any time       unsent: instead of all
 *
 * After `ended`, `reset` and `unsent` nothing more comes. The connection's `readNs` says when the
 * bytes that it reports came.
 */
export interface StreamSink {
  /** Whether fields are to be decoded; without it `headers` and `trailers` get empty lists. */
  readonly wantsFields: boolean;
  /** The frame that opens the stream was handed to the socket. */
  sent(atNs: Ns): void;
  /** The final head; interim ones are passed over. */
  headers(status: number, fields: readonly Field[]): void;
  /** Bytes `from` to `to` (excluded) of the body, valid during the call only. */
  data(bytes: Uint8Array, from: number, to: number): void;
  trailers(fields: readonly Field[]): void;
  ended(): void;
  /** It will not end: the peer reset it, or the connection went. A short fixed text says why. */
  reset(error: string, fate: StreamFate): void;
  /** The connection went before any of it was sent. */
  unsent(): void;
  /** All that was queued by `sendData` has been handed to the socket. */
  drained?(): void;
}

const NOTHING = new Uint8Array(0);

/** One stream of a connection, from its opening on. Who opened it reads, the connection writes. */
export class Http2Stream {
  readonly id: number;
  readonly sink: StreamSink;
  /** When the first frame of an answer came; -1 before. */
  firstByteNs: Ns = -1;
  /** Bytes of its frames, heads of frames included, padding not. */
  bytesIn = 0;
  bytesOut = 0;
  /** Bytes of the body so far, and how many its head announced; -1 where it did not. */
  bodyBytes = 0;
  contentLength = -1;
  /** Whether the final head has come. */
  hasHead = false;
  /** Received and not yet given back by a window update. */
  unacknowledgedBytes = 0;
  /** How many bytes of data the peer takes now; below 0 after it has lowered its setting. */
  sendWindow: number;
  /** Whether the last frame of our side was gathered. */
  isSent = false;
  isClosed = false;
  /** The bytes to send next, and those behind them: a call of one message has none. */
  #next: Uint8Array = NOTHING;
  #behind: Uint8Array[] | undefined;
  /** How much of the next bytes is out. */
  #queueOffset = 0;
  #queuedBytes = 0;
  #endsAfterQueue = false;

  constructor(id: number, sink: StreamSink, sendWindow: number) {
    this.id = id;
    this.sink = sink;
    this.sendWindow = sendWindow;
  }

  /** Bytes that wait for the peer's windows or for the socket. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Whether a frame of data, or the end alone, is still to be sent. */
  get hasQueued(): boolean {
    return this.#queuedBytes > 0 || (this.#endsAfterQueue && !this.isSent);
  }

  get endsAfterQueue(): boolean {
    return this.#endsAfterQueue;
  }

  /** The bytes to send next. */
  get nextBytes(): Uint8Array {
    return this.#next;
  }

  get nextOffset(): number {
    return this.#queueOffset;
  }

  /** Puts bytes in the queue; they are not copied. */
  enqueue(bytes: Uint8Array, ends: boolean): void {
    if (this.#queuedBytes === 0) this.#next = bytes;
    else if (bytes.length > 0) (this.#behind ??= []).push(bytes);
    this.#queuedBytes += bytes.length;
    this.#endsAfterQueue = ends;
  }

  /** Takes the first `count` bytes out of the queue; no more than the first piece has. */
  dequeue(count: number): void {
    this.#queueOffset += count;
    this.#queuedBytes -= count;
    if (this.#queueOffset === this.#next.length) {
      this.#next = this.#behind?.shift() ?? NOTHING;
      this.#queueOffset = 0;
    }
  }
}
