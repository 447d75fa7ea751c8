import type { Answer } from '../../flow/index.ts';
import { addFields } from './answer-fields.ts';
import { ChunkedBody } from './chunked-body.ts';
import type { HeadMemo } from './head-memo.ts';
import { INCOMPLETE, MALFORMED, ResponseHead } from './response-head.ts';

/** What {@link ResponseParser.feed} found: the message goes on, is whole, or is no message. */
export const MORE = 0;
export const WHOLE = 1;
export const BROKEN = 2;
export type Progress = typeof MORE | typeof WHOLE | typeof BROKEN;

/** Most bytes of one head. */
export const HEAD_BYTES_MAX = 65_536;

/**
 * Most interim answers (1xx) before the final one: a target is not to keep the thread busy with
 * them.
 */
export const INTERIM_ANSWERS_MAX = 1_000;

const IN_HEAD = 0;
const IN_LENGTH = 1;
const IN_CHUNKS = 2;
const UNTIL_CLOSE = 3;

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * Finds the end of one HTTP/1.x response after another in bytes that may be cut anywhere. Bodies
 * are passed over, and kept only where the call's step reads them; bytes are copied only for that,
 * and where a head is cut.
 *
 *   head ─┬─ 1xx ──► the next head
 *         ├─ HEAD, 204, 304 ──────────► whole
 *         ├─ chunked ── 0, trailers ──► whole
 *         ├─ content-length ──────────► whole
 *         └─ neither ── close ────────► whole
 */
export class ResponseParser {
  /** Of the final head; 0 before that. */
  status = 0;
  /** Whether the connection may be used again after the message. */
  keepAlive = false;
  /** Bytes of the last feed that lie past the end of the message: an answer to no question. */
  excessBytes = 0;
  /** Bytes of the body so far, without what frames them. */
  bodyBytes = 0;
  /** What is wrong, a short fixed text; '' while nothing is. */
  error = '';
  readonly #head = new ResponseHead();
  readonly #memo: HeadMemo | undefined;
  readonly #chunks = new ChunkedBody();
  #state = IN_HEAD;
  #answersHead = false;
  #answer: Answer | undefined;
  #lengthLeft = 0;
  #interimAnswers = 0;
  #carry: Buffer | undefined;
  #carried = 0;
  /** How much of the carry was read through when it was last tried. */
  #tried = 0;

  /** With a memo, a head that equals the one before it is not read again. */
  constructor(memo?: HeadMemo) {
    this.#memo = memo;
  }

  /**
   * Makes ready for the answer to the next request; `answersHead` for one to a HEAD. Its fields and
   * body go into `answer` where that is given.
   */
  reset(answersHead: boolean, answer?: Answer): void {
    this.status = 0;
    this.keepAlive = false;
    this.excessBytes = 0;
    this.bodyBytes = 0;
    this.error = '';
    this.#state = IN_HEAD;
    this.#answersHead = answersHead;
    this.#answer = answer;
    this.#interimAnswers = 0;
    this.#carried = 0;
    this.#tried = 0;
  }

  /** Reads the next `length` bytes. After WHOLE or BROKEN only {@link reset} may follow. */
  feed(bytes: Uint8Array, length: number): Progress {
    let at = 0;
    while (this.#state === IN_HEAD) {
      at =
        this.#carried > 0 ? this.#feedCarry(bytes, at, length) : this.#feedHead(bytes, at, length);
      if (at === INCOMPLETE) return MORE;
      if (at === MALFORMED) return BROKEN;
      const progress = this.#afterHead();
      if (progress !== MORE) return this.#ended(progress, length - at);
    }
    return this.#feedBody(bytes, at, length);
  }

  /** Says that the peer has closed. Returns WHOLE where that ends the message, else BROKEN. */
  close(): Progress {
    if (this.#state === UNTIL_CLOSE) return WHOLE;
    this.error = 'closed mid-response';
    return BROKEN;
  }

  #feedHead(bytes: Uint8Array, from: number, to: number): number {
    if (from === to) return INCOMPLETE;
    const memo = from === 0 ? this.#memo : undefined;
    const known = memo === undefined ? 0 : memo.match(bytes, to);
    if (memo !== undefined && known > 0) {
      this.#head.takeFrom(memo);
      this.#takeFields(bytes, 0, known);
      return known;
    }
    const end = this.#head.parse(bytes, from, to);
    if (end === INCOMPLETE) return this.#keep(bytes, from, to) ? INCOMPLETE : this.#tooLong();
    if (end === MALFORMED) this.error = this.#head.error;
    else if (end - from > HEAD_BYTES_MAX) return this.#tooLong();
    else {
      memo?.remember(bytes, end, this.#head);
      this.#takeFields(bytes, from, end);
    }
    return end;
  }

  /**
   * Reads a head of which a part is carried. It is tried again only when its end has come or it has
   * doubled: a head that comes byte by byte costs no more than a few times its length.
   */
  #feedCarry(bytes: Uint8Array, from: number, to: number): number {
    const before = this.#carried;
    const fits = this.#keep(bytes, from, to);
    const carry = this.#carry?.subarray(0, this.#carried) ?? END_OF_HEAD;
    const ended = carry.indexOf(END_OF_HEAD, Math.max(0, before - 3)) >= 0;
    if (!ended && fits && this.#carried < 2 * this.#tried) return INCOMPLETE;
    const end = this.#head.parse(carry, 0, this.#carried);
    this.#tried = this.#carried;
    if (end === INCOMPLETE) return fits ? INCOMPLETE : this.#tooLong();
    if (end === MALFORMED) {
      this.error = this.#head.error;
      return MALFORMED;
    }
    this.#takeFields(carry, 0, end);
    this.#carried = 0;
    this.#tried = 0;
    return from + end - before;
  }

  /** Those of an interim answer make room for those of the next one. */
  #takeFields(bytes: Uint8Array, from: number, to: number): void {
    if (this.#answer?.wantsFields !== true) return;
    this.#answer.fields.length = 0;
    addFields(bytes, from, to, this.#answer);
  }

  /** Appends to the carry. Returns whether the head may still grow. */
  #keep(bytes: Uint8Array, from: number, to: number): boolean {
    const length = Math.min(to - from, HEAD_BYTES_MAX - this.#carried);
    const needed = this.#carried + length;
    if (this.#carry === undefined || this.#carry.length < needed) {
      const longer = Buffer.allocUnsafe(Math.min(HEAD_BYTES_MAX, Math.max(1_024, needed * 2)));
      this.#carry?.copy(longer, 0, 0, this.#carried);
      this.#carry = longer;
    }
    this.#carry.set(bytes.subarray(from, from + length), this.#carried);
    this.#carried = needed;
    return needed < HEAD_BYTES_MAX;
  }

  #tooLong(): typeof MALFORMED {
    this.error = 'head too long';
    return MALFORMED;
  }

  /** Chooses how the body ends. Returns WHOLE where there is none. */
  #afterHead(): Progress {
    const { status, contentLength, chunked, keepAlive } = this.#head;
    if (status === 101) {
      this.error = 'unexpected status 101';
      return BROKEN;
    }
    if (status < 200) {
      const isOneTooMany = ++this.#interimAnswers > INTERIM_ANSWERS_MAX;
      if (keepAlive && !isOneTooMany) return MORE;
      this.error = isOneTooMany ? 'too many interim answers' : 'closing interim answer';
      return BROKEN;
    }
    this.status = status;
    this.keepAlive = keepAlive;
    if (this.#answersHead || status === 204 || status === 304) return WHOLE;
    if (chunked) {
      this.#chunks.reset(this.#answer);
      this.#state = IN_CHUNKS;
    } else if (contentLength >= 0) {
      if (contentLength === 0) return WHOLE;
      this.#lengthLeft = contentLength;
      this.#state = IN_LENGTH;
    } else {
      this.keepAlive = false;
      this.#state = UNTIL_CLOSE;
    }
    return MORE;
  }

  #feedBody(bytes: Uint8Array, from: number, to: number): Progress {
    if (this.#state === UNTIL_CLOSE) {
      this.bodyBytes += to - from;
      this.#answer?.addBody(bytes, from, to);
      return MORE;
    }
    if (this.#state === IN_CHUNKS) {
      const at = this.#chunks.feed(bytes, from, to);
      this.bodyBytes = this.#chunks.dataBytes;
      if (this.#chunks.done) return this.#ended(WHOLE, to - at);
      this.error = this.#chunks.error;
      return this.error === '' ? MORE : BROKEN;
    }
    const step = Math.min(this.#lengthLeft, to - from);
    this.#lengthLeft -= step;
    this.bodyBytes += step;
    this.#answer?.addBody(bytes, from, from + step);
    return this.#lengthLeft === 0 ? this.#ended(WHOLE, to - from - step) : MORE;
  }

  #ended(progress: Progress, excessBytes: number): Progress {
    this.excessBytes = excessBytes;
    return progress;
  }
}
