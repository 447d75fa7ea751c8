import {
  CANCELLED,
  type Clock,
  type Ms,
  type Ns,
  NO_STATUS,
  OK,
  type OutcomeCode,
  STATUS,
  TIMEOUT,
  type Timer,
  TRANSPORT,
} from '../../core/index.ts';
import type { LiveCall, SaturatorEvents } from '../../engine/index.ts';
import { type RunIds, writeIds } from '../../trace/index.ts';
import { connectErrorText, type RequestTemplate, socketErrorText } from '../http/index.ts';
import { AnswerStream } from './answer-stream.ts';
import { type AutocannonClient, CONNECT, SEND_NEXT } from './autocannon-api.ts';
import type { SaturatingDials } from './saturating-dials.ts';

/** What all connections of a saturator share. */
export interface SaturatingShared {
  readonly clock: Clock;
  readonly ids: RunIds;
  readonly request: RequestTemplate;
  readonly events: SaturatorEvents;
  /** Decides when which connection is dialled. */
  readonly dials: SaturatingDials;
}

/** Of autocannon's own account of what is under way nothing is used, and bodies are not kept. */
const NO_ACCOUNT = {
  insertRequest: (): void => undefined,
  addByteCount: (): void => undefined,
  clear: (): void => undefined,
};

/** Puts autocannon's own timeout out of the way: it counts in one timer what is pipelined. */
const NEVER_MS: Ms = 2 ** 31 - 1;

/**
 * One of autocannon's clients, with our own account of its calls: it connects and writes requests,
 * everything that is recorded is taken here.
 *
 *   SEND_NEXT ─► getRequestBuffer: a call, sent now ─► pending ─► AnswerStream: the first is over
 *   CONNECT   ─► the connection before is lost: all that are pending have failed; dialled again
 *                as soon as SaturatingDials lets it
 *
 * Answers come in the order of their requests, so the calls of a connection are a queue.
 */
export class SaturatingConnection {
  readonly #client: AutocannonClient;
  readonly #shared: SaturatingShared;
  readonly #connect: () => void;
  /** In the order in which they were sent; as many as are pipelined. */
  readonly #pending: LiveCall[] = [];
  readonly #answerStream: AnswerStream;
  #dialledNs: Ns = 0;
  #isDialling = false;
  #isOpen = false;
  /** Calls that the open connection has answered. */
  #answers = 0;
  #wasOpen = false;
  #error = '';
  /** Set for the bound of the first call that was pending when it was set. */
  #deadline: Timer | undefined;
  #isStopped = false;
  #isDestroyed = false;

  /** Takes over a client that is being made. */
  constructor(client: AutocannonClient, shared: SaturatingShared) {
    this.#client = client;
    this.#shared = shared;
    this.#connect = client[CONNECT].bind(client);
    client.timeout = NEVER_MS;
    this.#answerStream = new AnswerStream(shared.request.isHead, {
      isAwaited: () => this.#pending.length > 0,
      begun: () => this.#begun(),
      whole: (status, bytes, isLast) => this.#answered(status, bytes, isLast),
      broken: (error) => {
        this.#error = error;
        this.#dial();
      },
    });
    client.parser = this.#answerStream;
    client.pipelinedRequests = NO_ACCOUNT;
    client.getRequestBuffer = () => this.#nextRequest();
    client[CONNECT] = () => this.#dial();
    client.on('connError', (error) => {
      this.#error = socketErrorText(error);
    });
  }

  /** Writes no more requests, and closes once those under way are answered. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#shared.dials.withdraw(this);
    this.#client[SEND_NEXT] = () => undefined;
    this.#destroyIfIdle();
  }

  /** Ends what is under way as cancelled, and closes. */
  close(): void {
    this.stop();
    for (let call = this.#pending.shift(); call; call = this.#pending.shift()) {
      this.#finish(call, CANCELLED, '');
    }
    this.#destroyIfIdle();
  }

  #nextRequest(): Uint8Array {
    const { request, ids, clock, events } = this.#shared;
    const call = events.calling();
    call.sentNs = this.#isOpen ? clock.nowNs() : -1;
    call.firstByteNs = -1;
    this.#pending.push(call);
    if (this.#deadline === undefined) this.#watchDeadline();
    // A copy for each: the one before may still lie in the socket's queue.
    const bytes = Buffer.from(request.head);
    writeIds(request.idPlaces, ids, call, bytes, request.idsFrom);
    return request.largeBody ? Buffer.concat([bytes, request.largeBody]) : bytes;
  }

  #begun(): void {
    const [call] = this.#pending;
    if (call !== undefined) call.firstByteNs = this.#shared.clock.nowNs();
  }

  /** The first of the calls under way is over; where its answer `isLast`, the connection is too. */
  #answered(status: number, bytesIn: number, isLast: boolean): void {
    const call = this.#pending.shift();
    if (call === undefined) return;
    if (++this.#answers === 1) this.#shared.dials.proven();
    call.status = status;
    call.bytesIn = bytesIn;
    this.#end(call, this.#shared.request.okStatuses[status] === 1 ? OK : STATUS, '');
    if (isLast) this.#dial();
    else {
      this.#client[SEND_NEXT]();
      this.#destroyIfIdle();
    }
  }

  /** Autocannon comes here for the first connection, and again whenever one is lost or given up. */
  #dial(): void {
    const { dials, events } = this.#shared;
    if (this.#isDestroyed || dials.isWaiting(this)) return;
    const isFailed = this.#isDialling;
    if (this.#error === '' && !isFailed) {
      const error = this.#answerStream.closed();
      // The end of the connection was that of an answer, and it is dialled again for that.
      if (error === undefined) return;
      this.#error = error;
    }
    const isLost = this.#isOpen;
    this.#retire();
    this.#isDialling = false;
    if (isFailed) {
      dials.failed();
      events.connectFailed(this.#connectError());
    } else if (isLost) dials.lost(this.#answers);
    this.#failPending();
    if (this.#isStopped) this.#destroyIfIdle();
    else dials.request(this);
  }

  /** Dials; only {@link SaturatingDials} says when. */
  open(): void {
    const { clock, events, dials } = this.#shared;
    this.#isDialling = true;
    this.#answers = 0;
    this.#error = '';
    this.#dialledNs = clock.nowNs();
    this.#connect();
    const { conn, secure } = this.#client;
    // First of all that hear of it: what was written before is sent by another.
    conn?.prependOnceListener(secure ? 'secureConnect' : 'connect', () => {
      const nowNs = clock.nowNs();
      this.#isDialling = false;
      this.#isOpen = true;
      dials.opened();
      // What was written before is sent only now.
      for (const call of this.#pending) call.sentNs = nowNs;
      events.connected(nowNs - this.#dialledNs, this.#wasOpen);
      this.#wasOpen = true;
    });
  }

  #connectError(): string {
    const text = this.#error === '' ? 'ECONNRESET' : this.#error;
    return connectErrorText(text, { tls: this.#client.secure });
  }

  /** Makes sure that nothing of the connection before is heard of, or read as the next one's. */
  #retire(): void {
    const { conn } = this.#client;
    this.#isOpen = false;
    if (conn === undefined) return;
    for (const event of ['data', 'end', 'error', 'connect', 'secureConnect']) {
      conn.removeAllListeners(event);
    }
    conn.on('error', () => undefined);
    conn.destroy();
    this.#answerStream.reset();
  }

  /** One timer serves many calls: it fires at the bound of one that is mostly over by then. */
  #watchDeadline(): void {
    const { clock } = this.#shared;
    const [call] = this.#pending;
    const leftNs = call === undefined ? 0 : this.#boundOf(call) - clock.nowNs();
    this.#deadline =
      call &&
      clock.after(leftNs, () => {
        // Answers that lie in the socket are read before calls are given up.
        setImmediate(() => this.#expireDue());
      });
  }

  #expireDue(): void {
    const [call] = this.#pending;
    if (call && this.#boundOf(call) <= this.#shared.clock.nowNs()) {
      this.#error = this.#isDialling ? 'connect timeout' : 'a call before it timed out';
      this.#dial();
    }
    this.#watchDeadline();
  }

  /** A call that waits for its connection may wait as long as its attempt may take. */
  #boundOf({ sentNs, intendedNs }: LiveCall): Ns {
    return (sentNs < 0 ? intendedNs : sentNs) + this.#shared.request.timeoutNs;
  }

  /** A call that is older than its attempt may take was given up, any other broke off. */
  #failPending(): void {
    const nowNs = this.#shared.clock.nowNs();
    const calls = this.#pending.splice(0);
    for (const call of calls) {
      const isDue = this.#boundOf(call) <= nowNs;
      // Over at its bound, whenever the timer came to it.
      if (isDue && call.sentNs >= 0) this.#finish(call, TIMEOUT, '', this.#boundOf(call));
      else if (isDue) this.#finish(call, TRANSPORT, 'connect timed out');
      else this.#finish(call, TRANSPORT, this.#error === '' ? 'closed' : this.#error);
    }
  }

  #finish(call: LiveCall, outcome: OutcomeCode, error: string, endNs?: Ns): void {
    call.status = NO_STATUS;
    call.bytesIn = 0;
    this.#end(call, outcome, error, endNs);
  }

  #end(call: LiveCall, outcome: OutcomeCode, error: string, endNs?: Ns): void {
    const { clock, request, events } = this.#shared;
    call.endNs = endNs ?? clock.nowNs();
    call.outcome = outcome;
    call.error = error;
    call.bytesOut = call.sentNs < 0 ? 0 : request.bytesTotal;
    events.finished(call);
  }

  #destroyIfIdle(): void {
    if (!this.#isStopped || this.#pending.length > 0 || this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#deadline?.cancel();
    this.#client.destroy();
  }
}
