import {
  DATA,
  FRAME_HEADER_BYTES,
  FRAME_PAYLOAD_BYTES_MAX,
  FRAME_SIZE_ERROR,
  PADDED,
  PROTOCOL_ERROR,
  readUint24,
  readUint31,
} from './frame-format.ts';

/** What a {@link FrameReader} finds. Bytes are valid during the call only. */
export interface FrameSink {
  /** A whole frame of any type but DATA; its payload is the bytes `from` to `to` (excluded). */
  frame(head: FrameHead, bytes: Uint8Array, from: number, to: number): void;
  /** A DATA frame begins; `head.length` is what it takes of the windows, padding included. */
  dataBegins(head: FrameHead): void;
  /** A part of its data, without padding: it comes as it was read, never gathered. */
  data(bytes: Uint8Array, from: number, to: number): void;
  dataEnds(head: FrameHead): void;
  /** The frames have no form any more, by one of the codes of RFC 9113. */
  broken(code: number, error: string): void;
}

/** The head of the frame under reading; one object for all. */
export interface FrameHead {
  length: number;
  type: number;
  flags: number;
  streamId: number;
}

const IN_HEAD = 0;
const IN_PAYLOAD = 1;
const PAD_LENGTH = 2;
const IN_DATA = 3;
const IN_PADDING = 4;

/**
 * Cuts what is read into frames; the reads may end anywhere. DATA is passed on in the pieces in
 * which it comes. Of other frames one that is cut is gathered, which takes a frame's bytes at most.
 *
 *   head ─┬─ DATA ── pad length? ── data ── padding ──► the next head
 *         └─ payload ─────────────────────────────────► the next head
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #head: FrameHead = { length: 0, type: 0, flags: 0, streamId: 0 };
  readonly #carry = new Uint8Array(FRAME_PAYLOAD_BYTES_MAX);
  #carried = 0;
  #state = IN_HEAD;
  #dataLeft = 0;
  #paddingLeft = 0;
  #stopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Reads the first `length` bytes. After {@link stop} nothing more is passed on. */
  feed(bytes: Uint8Array, length: number): void {
    let at = 0;
    while (!this.#stopped && at < length) {
      switch (this.#state) {
        case IN_HEAD:
          at = this.#readHead(bytes, at, length);
          break;
        case IN_PAYLOAD:
          at = this.#readPayload(bytes, at, length);
          break;
        case PAD_LENGTH:
          this.#takePadLength(bytes[at++] ?? 0);
          break;
        case IN_DATA:
          at = this.#readData(bytes, at, length);
          break;
        default:
          at = this.#passPadding(at, length);
      }
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  #readHead(bytes: Uint8Array, from: number, to: number): number {
    if (this.#carried === 0 && to - from >= FRAME_HEADER_BYTES) {
      this.#takeHead(bytes, from);
      return from + FRAME_HEADER_BYTES;
    }
    const end = this.#gather(bytes, from, to, FRAME_HEADER_BYTES);
    if (this.#carried === FRAME_HEADER_BYTES) {
      this.#carried = 0;
      this.#takeHead(this.#carry, 0);
    }
    return end;
  }

  #takeHead(bytes: Uint8Array, at: number): void {
    const head = this.#head;
    head.length = readUint24(bytes, at);
    head.type = bytes[at + 3] ?? 0;
    head.flags = bytes[at + 4] ?? 0;
    head.streamId = readUint31(bytes, at + 5);
    if (head.length > FRAME_PAYLOAD_BYTES_MAX) this.#break(FRAME_SIZE_ERROR, 'frame too long');
    else if (head.type === DATA) this.#beginData(head);
    else if (head.length > 0) this.#state = IN_PAYLOAD;
    else this.#sink.frame(head, bytes, 0, 0);
  }

  #readPayload(bytes: Uint8Array, from: number, to: number): number {
    const { length } = this.#head;
    if (this.#carried === 0 && to - from >= length) {
      this.#state = IN_HEAD;
      this.#sink.frame(this.#head, bytes, from, from + length);
      return from + length;
    }
    const end = this.#gather(bytes, from, to, length);
    if (this.#carried === length) {
      this.#carried = 0;
      this.#state = IN_HEAD;
      this.#sink.frame(this.#head, this.#carry, 0, length);
    }
    return end;
  }

  #beginData(head: FrameHead): void {
    const isPadded = (head.flags & PADDED) !== 0;
    if (head.streamId === 0) {
      this.#break(PROTOCOL_ERROR, 'data on stream 0');
      return;
    }
    if (isPadded && head.length === 0) {
      this.#break(FRAME_SIZE_ERROR, 'bad padding');
      return;
    }
    this.#dataLeft = head.length;
    this.#paddingLeft = 0;
    this.#state = isPadded ? PAD_LENGTH : IN_DATA;
    this.#sink.dataBegins(head);
    if (head.length === 0) this.#endData();
  }

  #takePadLength(padding: number): void {
    this.#dataLeft = this.#head.length - 1 - padding;
    this.#paddingLeft = padding;
    if (this.#dataLeft < 0) this.#break(PROTOCOL_ERROR, 'bad padding');
    else if (this.#dataLeft > 0) this.#state = IN_DATA;
    else if (padding > 0) this.#state = IN_PADDING;
    else this.#endData();
  }

  #readData(bytes: Uint8Array, from: number, to: number): number {
    const end = from + Math.min(this.#dataLeft, to - from);
    this.#dataLeft -= end - from;
    this.#sink.data(bytes, from, end);
    if (this.#dataLeft > 0) return end;
    if (this.#paddingLeft > 0) this.#state = IN_PADDING;
    else this.#endData();
    return end;
  }

  #passPadding(from: number, to: number): number {
    const end = from + Math.min(this.#paddingLeft, to - from);
    this.#paddingLeft -= end - from;
    if (this.#paddingLeft === 0) this.#endData();
    return end;
  }

  #endData(): void {
    this.#state = IN_HEAD;
    if (!this.#stopped) this.#sink.dataEnds(this.#head);
  }

  /** Gathers bytes until there are `wanted` of them. Returns the position after what was taken. */
  #gather(bytes: Uint8Array, from: number, to: number, wanted: number): number {
    const end = from + Math.min(wanted - this.#carried, to - from);
    this.#carry.set(bytes.subarray(from, end), this.#carried);
    this.#carried += end - from;
    return end;
  }

  #break(code: number, error: string): void {
    this.#stopped = true;
    this.#sink.broken(code, error);
  }
}
