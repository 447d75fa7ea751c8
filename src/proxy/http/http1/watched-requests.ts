import type { Ms } from '../../../core/index.ts';
import { factsOf } from '../request-facts.ts';
import type { RequestIds } from '../../touch-log.ts';
import { answerFraming, requestFraming } from './body-framing.ts';
import {
  canBeginRequest,
  type MessageHead,
  parseRequestLine,
  parseStatus,
} from './message-head.ts';
import { MessageReader } from './message-reader.ts';

/** Requests that may wait for their answers; past this it loses the step. */
const UNDER_WAY_MAX = 256;
/** How far the first line of a request is looked for. */
const FIRST_LINE_BYTES_MAX = 16 * 1024;
const LF = 10;

/** What the watched requests ask and tell. */
export interface WatchedRequestsOptions {
  readonly nowEpochMs: () => Ms;
  /** A request was touched, by a toxic for the first time; `atEpochMs` is when it began to come. */
  readonly touched: (ids: RequestIds, atEpochMs: Ms, toxic: string) => void;
}

/**
 * Reads along on a connection of HTTP/1.x without being in its way, to know which requests are
 * under way. It may begin in the midst: it is in step from the first bytes of the client that begin
 * with the first line of a request, and until it meets what it cannot read.
 */
export class WatchedRequests {
  readonly #options: WatchedRequestsOptions;
  /** Undefined while it is out of step. */
  #readers: { readonly requests: MessageReader; readonly answers: MessageReader } | undefined;
  /** The oldest first; the answer of the first comes next. */
  readonly #underWay: WatchedRequest[] = [];
  /** Whose head is not whole. */
  #beginning: WatchedRequest | undefined;
  /** Whether the answer that comes is an interim one. */
  #isInterim = false;
  /** Behind CONNECT or an upgrade there are no requests any more. */
  #isTunnel = false;

  constructor(options: WatchedRequestsOptions) {
    this.#options = options;
  }

  /** How many are under way; undefined while it is out of step, and does not know them. */
  get count(): number | undefined {
    if (!this.#readers) return undefined;
    return this.#underWay.length + (this.#beginning ? 1 : 0);
  }

  /** Touches every request that is under way and known. */
  touch(toxic: string): void {
    for (const request of this.#underWay) request.touch(toxic);
    this.#beginning?.touch(toxic);
  }

  /** Reads what the client sends; the bytes are not written over later. */
  fromClient(bytes: Uint8Array): void {
    if (this.#isTunnel) return;
    if (!this.#readers && beginsRequest(bytes)) {
      this.#readers = {
        requests: new MessageReader('request'),
        answers: new MessageReader('answer'),
      };
    }
    const reader = this.#readers?.requests;
    if (!reader) return;
    reader.push(bytes);
    for (let piece = reader.next(); piece; piece = reader.next()) {
      if (piece.type === 'malformed') return this.#loseStep();
      if (piece.type !== 'head') continue;
      const framing = this.#begin(piece.head);
      if (!framing || this.#underWay.length > UNDER_WAY_MAX) return this.#loseStep();
      reader.body(framing);
    }
    if (reader.isWithinHead) this.#beginning ??= this.#newRequest();
  }

  /** Reads what the server sends; the bytes are not written over later. */
  fromServer(bytes: Uint8Array): void {
    const reader = this.#readers?.answers;
    if (!reader) return;
    reader.push(bytes);
    for (let piece = reader.next(); piece; piece = reader.next()) {
      if (piece.type === 'malformed') return this.#loseStep();
      if (piece.type === 'head' && !this.#answer(piece.head, reader)) return this.#loseStep();
      if (piece.type === 'end' && !this.#isInterim) this.#underWay.shift();
    }
  }

  #begin(head: MessageHead): ReturnType<typeof requestFraming> {
    const line = parseRequestLine(head.startLine);
    if (!line) return undefined;
    const request = this.#beginning ?? this.#newRequest();
    this.#beginning = undefined;
    this.#underWay.push(request);
    request.read(line.method, () => factsOf({ ...line, fields: head.fields }));
    return requestFraming(head.fields, line.minor);
  }

  /** Returns whether it is the head of an answer to the first request under way. */
  #answer(head: MessageHead, reader: MessageReader): boolean {
    const method = this.#underWay[0]?.method;
    const status = parseStatus(head.startLine);
    if (method === undefined || status === undefined) return false;
    this.#isTunnel = status === 101 || (method === 'CONNECT' && status >= 200 && status < 300);
    const framing = answerFraming(head.fields, status, method);
    if (this.#isTunnel || !framing) return false;
    this.#isInterim = status < 200;
    reader.body(framing);
    return true;
  }

  #newRequest(): WatchedRequest {
    const { nowEpochMs, touched } = this.#options;
    const atEpochMs = nowEpochMs();
    return new WatchedRequest((ids, toxic) => touched(ids, atEpochMs, toxic));
  }

  #loseStep(): void {
    // What has touched it is told, though not whom it has touched.
    this.#beginning?.read('', () => NO_IDS);
    this.#readers = undefined;
    this.#underWay.length = 0;
    this.#beginning = undefined;
  }
}

const NO_IDS: RequestIds = { traceId: undefined, spanId: undefined };

/** A request under way, and by which toxics it was touched. */
class WatchedRequest {
  /** '' until its head is read. */
  method = '';
  readonly #touched: (ids: RequestIds, toxic: string) => void;
  readonly #toxics: string[] = [];
  /** Gives its ids, which are seldom asked for. */
  #ids: (() => RequestIds) | undefined;

  constructor(touched: (ids: RequestIds, toxic: string) => void) {
    this.#touched = touched;
  }

  /** Its head was read: tells of the toxics that have touched it before. */
  read(method: string, ids: () => RequestIds): void {
    this.method = method;
    this.#ids = ids;
    for (const toxic of this.#toxics) this.#touched(ids(), toxic);
  }

  touch(toxic: string): void {
    if (this.#toxics.includes(toxic)) return;
    this.#toxics.push(toxic);
    if (this.#ids) this.#touched(this.#ids(), toxic);
  }
}

function beginsRequest(bytes: Uint8Array): boolean {
  if (!canBeginRequest(bytes)) return false;
  const end = bytes.subarray(0, FIRST_LINE_BYTES_MAX).indexOf(LF);
  if (end < 1) return false;
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, end - 1).toString('latin1');
  return parseRequestLine(line) !== undefined;
}
