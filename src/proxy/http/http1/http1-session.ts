import type { Socket } from 'node:net';
import { NS_PER_SEC, type Timer } from '../../../core/index.ts';
import { resetSocket } from '../../reset-socket.ts';
import type { HttpSession, HttpSessionOptions } from '../http-session.ts';
import { AnswerSide } from './answer-side.ts';
import type { Exchange } from './exchange.ts';
import { RequestSide } from './request-side.ts';

/** Requests that may wait for their answers; past this no more is read. */
const AWAITED_MAX = 256;
/** How long a client may take to close after it got the end. */
const LINGER_NS = 10 * NS_PER_SEC;

/**
 * A connection of HTTP/1.x. What no fault touches is passed on byte by byte as it came, pipelining,
 * interim answers and trailers included; after CONNECT or an upgrade all is passed on unread.
 *
 *     client ─► RequestSide ──────► upstream
 *                    │  ┌─ awaited: one entry per request that went there, in order
 *     client ◄───────┴─ AnswerSide ◄─ upstream
 *
 * An upstream that closes while the only request under way is held here is dialled anew when that
 * goes on: the client did not do without an answer because it was made to wait.
 */
export class Http1Session implements HttpSession {
  readonly #parts: HttpSessionOptions;
  readonly #requests: RequestSide;
  readonly #awaited: Exchange[] = [];
  #answers: AnswerSide;
  #upstream: Socket | undefined;
  #linger: Timer | undefined;
  /** The client has ended; and the upstream has heard of it. */
  #hasClientsEnd = false;
  #clientEnded = false;
  #isOver = false;

  constructor(parts: HttpSessionOptions) {
    this.#parts = parts;
    this.#requests = this.#requestSide();
    this.#answers = this.#attach(parts.upstream);
  }

  receive(bytes: Uint8Array, taken: () => void): void {
    this.#requests.receive(bytes, taken);
  }

  /** A client that has ended is not kept waiting for a body that nothing moves: it may be gone. */
  receiveEnd(): void {
    this.#hasClientsEnd = true;
    if (this.#answers.isStalled) this.#finish();
    else this.#requests.receiveEnd();
  }

  goOn(): void {
    this.#answers.goOn();
  }

  destroy(cause: Error | null): void {
    this.#stop();
    this.#linger?.cancel();
    this.#drop(cause);
  }

  /** Takes a connection to the upstream into use, connected or about to be. */
  #attach(upstream: Socket): AnswerSide {
    const answers = this.#answerSide(upstream);
    this.#upstream = upstream;
    upstream.on('data', (bytes) => answers.receive(bytes));
    upstream.on('end', () => answers.receiveEnd());
    upstream.resume();
    if (upstream.readableEnded) setImmediate(() => answers.receiveEnd());
    upstream.on('drain', () => this.#requests.pump());
    const watch = (): void => {
      upstream.on('error', (cause) => {
        if (this.#upstream === upstream) this.#failed(cause);
      });
    };
    // One that never connects is the dialler's to report.
    if (upstream.connecting) upstream.once('connect', watch);
    else watch();
    return answers;
  }

  #requestSide(): RequestSide {
    const { port, choose, clock, counters } = this.#parts;
    const awaited = this.#awaited;
    return new RequestSide(
      {
        takesMore: () => this.#upstream?.writableNeedDrain !== true && awaited.length < AWAITED_MAX,
        awaited: () => awaited.length,
        canAnswerInstead: () => awaited.length === 1 && !this.#answers.isWithin,
        begin: (exchange) => {
          if (!this.#upstream) this.#answers = this.#attach(this.#parts.dial());
          awaited.push(exchange);
        },
        forward: (bytes) => {
          if (this.#upstream?.writable) this.#upstream.write(bytes);
        },
        forwardEnd: () => {
          this.#clientEnded = true;
          if (this.#upstream) this.#upstream.end();
          else this.#finish();
        },
        answer: (bytes) => void port.send(bytes),
        finish: () => this.#finish(),
        reset: () => {
          counters.resets += 1;
          port.reset(new Error('a toxic reset the connection'));
        },
        refused: () => void (counters.malformedRequests += 1),
      },
      choose,
      clock,
    );
  }

  #answerSide(upstream: Socket): AnswerSide {
    const { port, clock } = this.#parts;
    const awaited = this.#awaited;
    const side: AnswerSide = new AnswerSide(
      {
        awaited: () => awaited[0],
        send: (bytes) => port.send(bytes),
        answered: () => {
          awaited.shift();
          if (awaited.length === 0) this.#requests.allAnswered();
          else this.#requests.pump();
        },
        becomeTunnel: () => {
          awaited.length = 0;
          side.becomeRaw();
          this.#requests.becomeTunnel();
        },
        cutOff: () => this.#finish(),
        stalled: () => {
          if (this.#hasClientsEnd) this.#finish();
        },
        ended: () => this.#upstreamEnded(),
        regulate: () => {
          if (side.takesMore) upstream.resume();
          else upstream.pause();
        },
      },
      clock,
    );
    return side;
  }

  #upstreamEnded(): void {
    if (this.#canDoWithout()) return this.#drop(null);
    // No answer comes any more: nothing is to wait for one.
    this.#awaited.length = 0;
    if (this.#requests.waitsForAnswers) this.#finish();
    else this.#parts.port.end();
    return undefined;
  }

  #failed(cause: Error): void {
    if (this.#canDoWithout()) this.#drop(null);
    else this.#parts.port.reset(cause);
  }

  /** The upstream owes nothing, and knows nothing of the request under way. */
  #canDoWithout(): boolean {
    return !this.#clientEnded && this.#awaited.length === 0 && this.#requests.holdsRequest;
  }

  /** The client gets the end, behind all that was sent; it has a while to close. */
  #finish(): void {
    if (this.#isOver) return;
    const { port, clock } = this.#parts;
    this.#stop();
    this.#drop(null);
    port.end();
    this.#linger = clock.after(LINGER_NS, () => port.close());
  }

  #stop(): void {
    this.#isOver = true;
    this.#requests.stop();
    this.#answers.stop();
  }

  #drop(cause: Error | null): void {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (!upstream) return;
    if (cause) resetSocket(upstream);
    else upstream.destroy();
  }
}
