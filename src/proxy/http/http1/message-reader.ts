import type { BodyFraming } from './body-framing.ts';
import { ChunkReader } from './chunk-reader.ts';
import {
  canBeginAnswer,
  canBeginRequest,
  parseHead,
  parseRequestLine,
  parseStatus,
  type MessageHead,
} from './message-head.ts';

/**
 * A part of what was read. Joined in their order, the bytes of all parts are the bytes received:
 * who passes them on passes on every message as it was.
 */
export type Piece =
  /** `body` must be called with its framing before the next piece is read. */
  | { readonly type: 'head'; readonly head: MessageHead }
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  /** Between the data: sizes of chunks, line breaks, empty lines before a head. */
  | { readonly type: 'frame'; readonly bytes: Uint8Array }
  /** Behind the last chunk: trailers and the empty line. */
  | { readonly type: 'trailers'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  /** What is malformed stays unread. */
  | { readonly type: 'malformed'; readonly isTooLarge: boolean };

/** More than the servers of the field take. */
export const HEAD_BYTES_MAX = 64 * 1024;

const [CR, LF] = [13, 10];
const MALFORMED: Piece = { type: 'malformed', isTooLarge: false };

/** What is read: it finds what cannot become a message before all its head is there. */
export type MessageSort = 'request' | 'answer';

type State = 'head' | 'untold' | 'nothing' | 'length' | 'chunks' | 'close' | 'malformed';

/**
 * Reads the messages that follow each other in one direction of a connection of HTTP/1.x, in pieces
 * that are asked for one by one, so that reading can halt anywhere.
 */
export class MessageReader {
  #unread: Buffer = Buffer.alloc(0);
  #state: State = 'head';
  #leftBytes = 0;
  #chunks = new ChunkReader();
  readonly #sort: MessageSort;
  /** How much of `#unread` is known to hold no end of a head, and no line of another sort. */
  #searched = 0;

  constructor(sort: MessageSort) {
    this.#sort = sort;
  }

  /** Bytes that came and were not asked for. */
  get unreadBytes(): number {
    return this.#unread.length;
  }

  /** Whether a message has begun and not ended. */
  get isWithin(): boolean {
    return this.#state !== 'head' || this.#unread.length > 0;
  }

  /** Whether a message has begun, and its head is not whole. */
  get isWithinHead(): boolean {
    return this.#state === 'head' && this.#unread.length > 0;
  }

  /** Whether the message goes on until the connection ends. */
  get endsWithConnection(): boolean {
    return this.#state === 'close';
  }

  push(bytes: Uint8Array): void {
    const isEmpty = this.#unread.length === 0;
    this.#unread = isEmpty ? asBuffer(bytes) : Buffer.concat([this.#unread, bytes]);
  }

  /** Tells how long the body is of the message whose head was just given. */
  body(framing: BodyFraming): void {
    this.#state = framing.by;
    this.#leftBytes = framing.by === 'length' ? framing.bytes : 0;
    if (framing.by === 'chunks') this.#chunks = new ChunkReader();
  }

  /** From here on there are no messages, only data. */
  becomeRaw(): void {
    this.#state = 'close';
  }

  /** Returns the next piece, of data no more than `bytesMax`; undefined until more has come. */
  next(bytesMax = Infinity): Piece | undefined {
    switch (this.#state) {
      case 'head':
        return this.#head();
      case 'length':
        if (this.#leftBytes === 0) return this.#end();
        return this.#data(Math.min(bytesMax, this.#leftBytes));
      case 'close':
        return this.#data(bytesMax);
      case 'chunks':
        return this.#chunk(bytesMax);
      case 'nothing':
        return this.#end();
      case 'untold':
      case 'malformed':
        return undefined;
    }
  }

  #head(): Piece | undefined {
    const blank = blankBytes(this.#unread);
    if (blank > 0) return { type: 'frame', bytes: this.#take(blank) };
    if (this.#unread.length === 1 && this.#unread[0] === CR) return undefined;
    const length = this.#headBytes();
    if (length === undefined) return this.#malformed(false);
    if ((length || this.#unread.length) > HEAD_BYTES_MAX) return this.#malformed(true);
    if (length === 0) return undefined;
    const head = parseHead(this.#unread.subarray(0, length));
    if (!head) return this.#malformed(false);
    this.#take(length);
    this.#state = 'untold';
    return { type: 'head', head };
  }

  /** How long the head is, 0 until all of it is there; undefined where it never will be one. */
  #headBytes(): number | undefined {
    const unread = this.#unread;
    if (this.#searched === 0 && !BEGINS[this.#sort](unread)) return undefined;
    let lf = unread.indexOf(LF, this.#searched);
    for (; lf >= 0; lf = unread.indexOf(LF, lf + 1)) {
      if (unread[lf - 1] !== CR) return undefined;
      if (unread[lf - 2] === LF) return lf + 1;
      const isFirst = unread.lastIndexOf(LF, lf - 1) < 0;
      if (isFirst && !isFirstLine(this.#sort, unread.toString('latin1', 0, lf - 1))) {
        return undefined;
      }
    }
    // The first bytes show what can begin a message; checked until there are enough of them.
    this.#searched = unread.length < BEGINNING_BYTES_MAX ? 0 : unread.length;
    return 0;
  }

  #data(bytesMax: number): Piece | undefined {
    if (this.#unread.length === 0) return undefined;
    const bytes = this.#take(Math.min(bytesMax, this.#unread.length));
    this.#leftBytes -= bytes.length;
    return { type: 'data', bytes };
  }

  #chunk(bytesMax: number): Piece | undefined {
    const part = this.#chunks.next(this.#unread, bytesMax);
    if (part === undefined) return undefined;
    if (part.type === 'malformed') return this.#malformed(false);
    if (part.type === 'trailers') this.#state = 'nothing';
    return { type: part.type, bytes: this.#take(part.length) };
  }

  #end(): Piece {
    this.#state = 'head';
    return { type: 'end' };
  }

  #malformed(isTooLarge: boolean): Piece {
    this.#state = 'malformed';
    return isTooLarge ? { type: 'malformed', isTooLarge } : MALFORMED;
  }

  #take(length: number): Buffer {
    const taken = this.#unread.subarray(0, length);
    this.#unread = this.#unread.subarray(length);
    this.#searched = 0;
    return taken;
  }
}

const BEGINS = { request: canBeginRequest, answer: canBeginAnswer };
const BEGINNING_BYTES_MAX = 16;

function isFirstLine(sort: MessageSort, line: string): boolean {
  return (sort === 'request' ? parseRequestLine(line) : parseStatus(line)) !== undefined;
}

/** Returns how many bytes of empty lines precede a head. */
function blankBytes(bytes: Buffer): number {
  let length = 0;
  while (bytes[length] === CR && bytes[length + 1] === LF) length += 2;
  return length;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
