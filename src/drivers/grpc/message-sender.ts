import type { Clock, Ns, Timer } from '../../core/index.ts';
import type { Http2Connection, Http2Stream } from '../http2/index.ts';
import type { GrpcStep } from './grpc-step.ts';

/**
 * Sends the messages of one call: as fast as they are taken, by the clock, or each when the one
 * before it was answered. The last one ends our side of the stream.
 */
export class MessageSender {
  readonly #step: GrpcStep;
  readonly #clock: Clock;
  readonly #onSent: (atNs: Ns) => void;
  #connection: Http2Connection | undefined;
  #stream: Http2Stream | undefined;
  #messages: readonly Buffer[] = [];
  #total = 0;
  #next = 0;
  /** When each was sent; only where answers are timed by it. */
  #sentNs: Ns[] = [];
  /** When the stream was opened; -1 before. */
  #openedNs: Ns = -1;
  #timer: Timer | undefined;
  #isSending = false;
  #isStopped = false;

  constructor(step: GrpcStep, clock: Clock, onSent: (atNs: Ns) => void) {
    this.#step = step;
    this.#clock = clock;
    this.#onSent = onSent;
  }

  /** Begins on a stream that was opened this moment, with its first message. */
  begin(connection: Http2Connection, stream: Http2Stream, messages: readonly Buffer[]): void {
    const { method, call } = this.#step;
    this.#connection = connection;
    this.#stream = stream;
    this.#messages = messages;
    this.#total = method.streamsOut ? messages.length * call.repeat : 1;
    this.#next = 0;
    this.#sentNs = [];
    this.#openedNs = -1;
    this.#isStopped = false;
    if (this.#total === 0) connection.sendData(stream, NOTHING, true);
    else this.#send(this.#isPaced ? 1 : this.#total);
  }

  /** The stream, and what was sent with its opening, went out. */
  opened(atNs: Ns): void {
    this.#openedNs = atNs;
    this.#sentNs.fill(atNs);
    for (let sent = 0; sent < this.#next; sent++) this.#onSent(atNs);
    this.#planNext();
  }

  /** So many answers have come. */
  answered(count: number): void {
    const { pairs, everyNs } = this.#step.call;
    if (pairs && everyNs === 0) this.#send(count + 1);
  }

  /** The stream takes more. */
  goOn(): void {
    if (!this.#isPaced) this.#send(this.#total);
    else if (this.#openedNs >= 0) this.#sendDue();
  }

  /** Returns when message `index`, counted from 0, was sent; -1 where it was not. */
  sentNsOf(index: number): Ns {
    return this.#sentNs[index] ?? -1;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  get #isPaced(): boolean {
    const { pairs, everyNs } = this.#step.call;
    return everyNs > 0 || pairs;
  }

  /** Sends until `upTo` messages are out, or the stream takes no more for now. */
  #send(upTo: number): void {
    const connection = this.#connection;
    const stream = this.#stream;
    // Who hears that a stream is drained hears it within the sending: the loop that runs goes on.
    if (this.#isSending || connection === undefined || stream === undefined) return;
    this.#isSending = true;
    const end = Math.min(upTo, this.#total);
    while (this.#next < end && !this.#isStopped && !stream.isClosed) {
      const message = this.#messages[this.#next % this.#messages.length] ?? NOTHING;
      const isLast = this.#next + 1 === this.#total;
      if (!connection.sendData(stream, message, isLast)) break;
      this.#next++;
      this.#note();
    }
    this.#isSending = false;
  }

  #note(): void {
    const isOpened = this.#openedNs >= 0;
    const { pairs } = this.#step.call;
    if (!pairs && !isOpened) return;
    const atNs = isOpened ? this.#clock.nowNs() : -1;
    if (pairs) this.#sentNs.push(atNs);
    if (isOpened) this.#onSent(atNs);
  }

  /** Sends all that are due by the clock, and waits for the next. */
  #sendDue(): void {
    const { everyNs } = this.#step.call;
    if (everyNs === 0) return;
    const sinceNs = this.#clock.nowNs() - this.#openedNs;
    this.#send(Math.floor(sinceNs / everyNs) + 1);
    this.#planNext();
  }

  #planNext(): void {
    const { everyNs } = this.#step.call;
    if (everyNs === 0 || this.#next >= this.#total || this.#isStopped) return;
    this.#timer?.cancel();
    const dueNs = this.#openedNs + this.#next * everyNs;
    this.#timer = this.#clock.after(dueNs - this.#clock.nowNs(), () => this.#sendDue());
  }
}

const NOTHING = new Uint8Array(0);
