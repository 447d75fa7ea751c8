import type { Socket } from 'node:net';
import {
  CANCELLED,
  type Clock,
  invariant,
  NO_STATUS,
  type Ns,
  OK,
  type OutcomeCode,
  STATUS,
  TIMEOUT,
  type Timer,
  TRANSPORT,
  type ConnectParts,
} from '../../core/index.ts';
import type { DriverCall } from '../../engine/index.ts';
import { type RunIds, writeIds } from '../../trace/index.ts';
import { afterPoll, boundNs } from './deadline-watch.ts';
import {
  connectErrorText,
  dial,
  isClosedByPeer,
  socketErrorText,
  type TlsSession,
} from './dial.ts';
import { IdleWatch } from './idle-watch.ts';
import type { HeadMemo } from './head-memo.ts';
import { type NodeStreams, readPastStream } from './node-streams.ts';
import type { RequestWriter } from './request-writer.ts';
import { requestWriterFor } from './request-writer-for.ts';
import { isSafeTwice, type RequestTemplate } from './request-template.ts';
import { BROKEN, MORE, ResponseParser } from './response-parser.ts';
import type { TargetAddress } from './target-address.ts';

/** What all connections of one target have in common. */
export interface ConnectionShared {
  readonly address: TargetAddress;
  readonly connectTimeoutNs: Ns;
  /** After so many calls, or so long, a connection is not used again; Infinity for no bound. */
  readonly maxRequests: number;
  readonly maxAgeNs: Ns;
  /** A connection that was free for so long is not used again; Infinity for no bound. */
  readonly maxIdleNs: Ns;
  readonly clock: Clock;
  /** By which dialling is timed. */
  readonly dialClock: Clock;
  /** By step; undefined for a step that calls another target. */
  readonly requests: readonly (RequestTemplate | undefined)[];
  readonly ids: RunIds;
  /** Past which sockets read and write; undefined where all goes through them. */
  readonly streams: NodeStreams | undefined;
  /** By step, copies of the requests into which the ids of a call are written. */
  readonly heads: (Buffer | undefined)[];
  /** One read at a time is looked at, and nothing of it is kept: all read into this. */
  readonly readBuffer: Uint8Array;
  readonly headMemo: HeadMemo;
  /** What the next connection may take up instead of a whole handshake. */
  readonly tlsSession: TlsSession;
}

/** What a connection reports to its owner. */
export interface ConnectionEvents {
  opened(connection: Connection, parts: ConnectParts): void;
  /** It could not be opened, for the reason that `error` names. */
  failed(connection: Connection, error: string): void;
  /**
   * A call is over. The connection was told to close, or closed, unless it
   * {@link Connection.isFree}. `late`: its answer had begun when the attempt's bound ended it.
   */
  finished(connection: Connection, call: DriverCall, late: boolean): void;
  /**
   * The target closed before any byte of the answer, a connection on which it had answered before,
   * and the request may be sent twice. Returns whether it is: the call is not over then.
   */
  unanswered(connection: Connection, call: DriverCall): boolean;
  /**
   * It was closed while no call was on it: by the target, or because it {@link Connection.isWorn}.
   */
  lost(connection: Connection): void;
}

/**
 * One connection and the call on it, one at a time.
 *
 *   dialling ──► free ◄──────► busy
 *       │          │ closed      │ closed, timed out, cancelled, not to be used again
 *       ▼          ▼             ▼
 *     failed      lost        finished
 */
export class Connection {
  /** Whether a call may be started. */
  isFree = false;
  /** Calls that were started on it. */
  calls = 0;
  /** The bound of the call on it; Infinity while there is none. */
  deadlineNs: Ns = Infinity;
  readonly #shared: ConnectionShared;
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  /** Undefined until it is open. */
  #writer: RequestWriter | undefined;
  readonly #parser: ResponseParser;
  /**
   * Copies of the requests, each made at its first use: those that all connections share, or its
   * own where a write is not over at once.
   */
  #heads: (Buffer | undefined)[];
  readonly #connectTimer: Timer;
  #ageTimer: Timer | undefined;
  #isOld = false;
  readonly #idle: IdleWatch;
  #freeSinceNs: Ns = 0;
  #localPort = 0;
  #request: RequestTemplate | undefined;
  /** Of the call on it. */
  #largeBody: Buffer | undefined;
  #call: DriverCall | undefined;
  #opened = false;
  #closed = false;

  constructor(shared: ConnectionShared, events: ConnectionEvents) {
    this.#shared = shared;
    this.#events = events;
    this.#parser = new ResponseParser(shared.headMemo);
    this.#heads = shared.heads;
    this.#idle = new IdleWatch({
      clock: shared.clock,
      maxIdleNs: shared.maxIdleNs,
      idleSinceNs: () => (this.isFree ? this.#freeSinceNs : Infinity),
      onIdle: () => this.#wearOut(),
    });
    this.#connectTimer = afterPoll(shared.clock, shared.connectTimeoutNs, () => {
      this.#closeFor('connect timeout');
    });
    this.#socket = dial(shared.address, shared.readBuffer, shared.tlsSession, {
      clock: shared.dialClock,
      open: (parts) => this.#onOpen(parts),
      bytes: (bytes, length) => this.#onBytes(bytes, length),
    });
    this.#socket.on('error', (error) => this.#closeFor(socketErrorText(error)));
    this.#socket.on('end', () => this.#onEnd());
    this.#socket.on('close', () => this.#closeFor('ECONNRESET'));
  }

  /** Whether it has had its calls or its time: it takes no further call. */
  get isWorn(): boolean {
    return this.calls >= this.#shared.maxRequests || this.#isOld;
  }

  /** Sends the call. Only while {@link isFree}. */
  start(call: DriverCall): void {
    const request = this.#shared.requests[call.stepIndex];
    invariant(this.isFree && request !== undefined, 'a free connection knows the step it is given');
    const message = call.request === undefined ? request : request.rendered(call.request);
    const head = message === request ? this.#headFor(call.stepIndex, request) : message.head;
    writeIds(message.idPlaces, this.#shared.ids, call, head, message.idsFrom);
    this.isFree = false;
    this.calls++;
    this.#call = call;
    this.#request = request;
    this.#largeBody = message.largeBody;
    const method = call.request?.method;
    const isHead = method === undefined ? request.isHead : method === 'HEAD';
    this.#parser.reset(isHead, call.answer);
    call.firstByteNs = -1;
    call.status = NO_STATUS;
    call.bytesIn = 0;
    call.bytesOut = message.bytesTotal;
    call.localPort = this.#localPort;
    call.error = '';
    call.sentNs = this.#shared.clock.nowNs();
    this.deadlineNs = boundNs(call, request.timeoutNs);
    this.#write(call.stepIndex, head, message.largeBody);
  }

  /** Ends the call on it as timed out, and closes. */
  expire(): void {
    const call = this.#call;
    if (call !== undefined) this.#finish(call, TIMEOUT, this.deadlineNs, '', call.bytesIn > 0);
  }

  /** Whether a call is on it. */
  isOf(call: DriverCall): boolean {
    return this.#call === call;
  }

  /** Ends the call on it as cancelled, and closes: its answer may be on the way. */
  cancel(): void {
    const call = this.#call;
    if (call !== undefined) this.#finish(call, CANCELLED, this.#shared.clock.nowNs(), '', false);
  }

  /** Closes; a call on it ends as cancelled. Nothing is reported but that. */
  close(): void {
    if (this.#call === undefined) this.#destroy();
    else this.cancel();
  }

  #write(stepIndex: number, head: Buffer, largeBody: Buffer | undefined): void {
    const writer = this.#writer;
    writer?.write(head, largeBody);
    // Held on to: no other connection is to write into it.
    if (writer?.isDirect === true && writer.isHolding) this.#heads[stepIndex] = undefined;
  }

  /**
   * Returns the head that ids may be written into: a copy from before, or a new one where the
   * socket still holds on to what it was given, as after an early answer.
   */
  #headFor(stepIndex: number, request: RequestTemplate): Buffer {
    const used = this.#heads[stepIndex];
    if (used !== undefined && this.#writer?.isHolding === false) return used;
    const head = Buffer.from(request.head);
    this.#heads[stepIndex] = head;
    return head;
  }

  #onOpen(parts: ConnectParts): void {
    this.#connectTimer.cancel();
    if (this.#closed) return;
    this.#opened = true;
    this.#localPort = this.#socket.localPort ?? 0;
    const { streams, readBuffer } = this.#shared;
    this.#writer = requestWriterFor(this.#socket, streams);
    if (!this.#writer.isDirect) this.#heads = [];
    readPastStream(this.#socket, (length) => this.#onBytes(readBuffer, length), streams);
    this.isFree = true;
    if (this.#shared.maxAgeNs < Infinity) this.#watchAge();
    this.#freeSinceNs = this.#shared.clock.nowNs();
    this.#idle.begin();
    this.#events.opened(this, parts);
  }

  #watchAge(): void {
    this.#ageTimer = this.#shared.clock.after(this.#shared.maxAgeNs, () => this.#wearOut());
  }

  /** It has had its time: closed now, or behind the call on it. */
  #wearOut(): void {
    this.#isOld = true;
    if (this.isFree) this.#closeFor('');
  }

  #onBytes(bytes: Uint8Array, length: number): void {
    const call = this.#call;
    if (call === undefined) {
      // An answer to no question: the next answer could not be distinguished from it.
      this.#closeFor('bytes without a request');
      return;
    }
    const nowNs = this.#shared.clock.nowNs();
    call.bytesIn += length;
    if (call.firstByteNs < 0) call.firstByteNs = nowNs;
    const progress = this.#parser.feed(bytes, length);
    if (progress === MORE) return;
    if (progress === BROKEN) this.#finish(call, TRANSPORT, nowNs, this.#parser.error, false);
    else this.#answered(call, nowNs);
  }

  #onEnd(): void {
    const call = this.#call;
    if (call === undefined || call.bytesIn === 0) this.#closeFor('ECONNRESET');
    else if (this.#parser.close() === BROKEN) this.#closeFor(this.#parser.error);
    else this.#answered(call, this.#shared.clock.nowNs());
  }

  /** The answer is whole. */
  #answered(call: DriverCall, nowNs: Ns): void {
    call.status = this.#parser.status;
    const isOk = this.#request?.okStatuses[call.status] === 1;
    const reusable =
      this.#parser.keepAlive &&
      this.#parser.excessBytes === 0 &&
      !this.isWorn &&
      !this.#isStillSending() &&
      !this.#closed;
    if (reusable) {
      this.#call = undefined;
      this.deadlineNs = Infinity;
      this.isFree = true;
      this.#freeSinceNs = nowNs;
      call.endNs = nowNs;
      call.outcome = isOk ? OK : STATUS;
      this.#events.finished(this, call, false);
    } else {
      this.#finish(call, isOk ? OK : STATUS, nowNs, '', false);
    }
  }

  /**
   * Returns whether a large body is not out yet: it was answered early, and the next request would
   * stand behind what the target may never read.
   */
  #isStillSending(): boolean {
    return this.#largeBody !== undefined && this.#writer?.isSending === true;
  }

  /** Closes, and says what that means: for the call on it, for who dialled, or for who keeps it. */
  #closeFor(error: string): void {
    if (this.#closed) return;
    const call = this.#call;
    this.#destroy();
    if (call !== undefined) {
      if (!this.#isSentAgain(call, error)) {
        this.#finish(call, TRANSPORT, this.#shared.clock.nowNs(), error, false);
      }
    } else if (this.#opened) {
      this.#events.lost(this);
    } else {
      this.#events.failed(this, connectErrorText(error, this.#shared.address));
    }
  }

  /** Gives back a call that met the close of a kept connection (RFC 9110, 9.2.2). */
  #isSentAgain(call: DriverCall, error: string): boolean {
    const isSafe = call.bytesIn === 0 && this.calls > 1 && isClosedByPeer(error);
    if (!isSafe || !isSafeTwice(call, this.#request)) return false;
    this.#call = undefined;
    this.deadlineNs = Infinity;
    return this.#events.unanswered(this, call);
  }

  /** Ends the call and the connection with it. */
  #finish(call: DriverCall, outcome: OutcomeCode, endNs: Ns, error: string, late: boolean): void {
    this.#destroy();
    this.#call = undefined;
    this.deadlineNs = Infinity;
    call.outcome = outcome;
    call.endNs = endNs;
    call.error = error;
    this.#events.finished(this, call, late);
  }

  #destroy(): void {
    this.#closed = true;
    this.isFree = false;
    this.#connectTimer.cancel();
    this.#ageTimer?.cancel();
    this.#idle.stop();
    this.#socket.destroy();
  }
}
