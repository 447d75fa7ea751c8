import { ANSWER_MORE, ANSWER_WHOLE, ResponseParser } from '../http/index.ts';

/** What a connection's bytes turn out to be. */
export interface AnswerEvents {
  /** Whether a request waits for an answer. */
  isAwaited(): boolean;
  /** The first bytes of an answer have come, an interim one or not. */
  begun(): void;
  /**
   * An answer is whole; `bytes` is its length with the interim ones before it. Where it is the last
   * of its connection, nothing more is read.
   */
  whole(status: number, bytes: number, isLast: boolean): void;
  /** What came is no answer, for the reason that `error` names. Nothing more is read. */
  broken(error: string): void;
}

/**
 * Reads the answers of one connection after the other, in place of autocannon's own parser: by the
 * same rules as the HTTP driver, so that both agree on what an answer is and where it ends.
 */
export class AnswerStream {
  readonly #events: AnswerEvents;
  /** Whether the requests are HEAD, whose answers have no body. */
  readonly #answersHead: boolean;
  readonly #parser = new ResponseParser();
  #isBetween = true;
  #isOver = false;
  /** Of the answer under way. */
  #bytes = 0;

  constructor(answersHead: boolean, events: AnswerEvents) {
    this.#answersHead = answersHead;
    this.#events = events;
  }

  /** Begins with another connection. */
  reset(): void {
    this.#isBetween = true;
    this.#isOver = false;
  }

  /** Reads what a socket gave: autocannon calls it so. */
  execute(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0 && !this.#isOver;) {
      if (this.#isBetween && !this.#begin()) return;
      const progress = this.#parser.feed(rest, rest.length);
      const excess = progress === ANSWER_WHOLE ? this.#parser.excessBytes : 0;
      this.#bytes += rest.length - excess;
      if (progress === ANSWER_MORE) return;
      if (progress !== ANSWER_WHOLE) return this.#break(this.#parser.error);
      rest = rest.subarray(rest.length - excess);
      this.#end();
    }
  }

  /**
   * The peer has closed the connection. Returns why an answer that was under way is none, a short
   * text; '' where none was, undefined where that was its end and it is whole.
   */
  closed(): string | undefined {
    if (this.#isBetween || this.#isOver) return '';
    if (this.#parser.close() !== ANSWER_WHOLE) return this.#parser.error;
    this.#end();
    return undefined;
  }

  #begin(): boolean {
    if (!this.#events.isAwaited()) {
      this.#break('bytes without a request');
      return false;
    }
    this.#parser.reset(this.#answersHead);
    this.#isBetween = false;
    this.#bytes = 0;
    this.#events.begun();
    return true;
  }

  #end(): void {
    const { status, keepAlive } = this.#parser;
    this.#isBetween = true;
    this.#isOver = !keepAlive;
    this.#events.whole(status, this.#bytes, !keepAlive);
  }

  #break(error: string): void {
    this.#isOver = true;
    this.#events.broken(error);
  }
}
