import {
  CANCELLED,
  type Clock,
  errorText,
  NO_STATUS,
  type Ns,
  OK,
  type OutcomeCode,
  TIMEOUT,
  type Timer,
  TRANSPORT,
} from '../../core/index.ts';
import type { DriverCall, DriverEvents } from '../../engine/index.ts';
import type { RunIds } from '../../trace/index.ts';
import { boundNs } from '../http/index.ts';
import type {
  CallExchange,
  ExchangeEvents,
  Field,
  Http2Connection,
  Http2Stream,
  StreamFate,
  StreamSink,
} from '../http2/index.ts';
import { callEnd, earlyNs, mayBeGivenUp } from './call-end.ts';
import type { GrpcStep } from './grpc-step.ts';
import { decodedMessage, encodingProblem } from './message-encoding.ts';
import { messageJson } from './message-json.ts';
import { MessageReader } from './message-reader.ts';
import { MessageSender } from './message-sender.ts';

/** What the calls of a driver have in common. */
export interface GrpcExchangeParts {
  readonly clock: Clock;
  readonly ids: RunIds;
  /** Told of messages. */
  readonly driverEvents: DriverEvents;
}

/**
 * One call on one stream, of any of the four kinds.
 *
 *   head ─► messages, by the sender ─► end of our side
 *   head ◄─ messages, each timed ◄─ trailers with the status
 */
export class GrpcExchange implements CallExchange, StreamSink {
  readonly call: DriverCall;
  /** The status is among them. */
  readonly wantsFields = true;
  /** The bound of the call; Infinity before it is sent. */
  deadlineNs: Ns = Infinity;
  place = -1;
  readonly #step: GrpcStep;
  readonly #parts: GrpcExchangeParts;
  readonly #events: ExchangeEvents;
  readonly #reader = new MessageReader();
  /** Undefined for a method to which one message is sent. */
  readonly #sender: MessageSender | undefined;
  #connection: Http2Connection | undefined;
  #stream: Http2Stream | undefined;
  #forTimer: Timer | undefined;
  #httpStatus = 0;
  #contentType: string | undefined;
  #grpcStatus: string | undefined;
  #grpcMessage = '';
  #encoding = '';
  /** When the first byte of a message came, and when the last message was whole; -1 for not yet. */
  #firstMessageNs: Ns = -1;
  #lastMessageNs: Ns = -1;
  /** Whether the server was the first to give up: the call lasts until its bound all the same. */
  #isGivenUp = false;
  #isOver = false;

  constructor(
    call: DriverCall,
    step: GrpcStep,
    parts: GrpcExchangeParts,
    exchangeEvents: ExchangeEvents,
  ) {
    this.call = call;
    this.#step = step;
    this.#parts = parts;
    this.#events = exchangeEvents;
    this.#sender = step.method.streamsOut
      ? new MessageSender(step, parts.clock, (atNs) => this.#onSent(atNs))
      : undefined;
    call.sentNs = -1;
    call.firstByteNs = -1;
    call.status = NO_STATUS;
    call.bytesIn = 0;
    call.bytesOut = 0;
    call.localPort = 0;
    call.error = '';
  }

  start(connection: Http2Connection): void {
    const outgoing = this.#step.outgoing(this.call.request);
    if (typeof outgoing === 'string') {
      // Not at the end of this turn: calls that all fail, one after the other, would never let it
      // end.
      setImmediate(() => this.fail(outgoing));
      return;
    }
    const block = outgoing.head.withIds(this.#parts.ids, this.call);
    this.#reader.reset(this.call.answer !== undefined);
    this.#connection = connection;
    this.#stream = connection.openStream(block, this, false);
    const [message] = outgoing.messages;
    if (this.#sender) this.#sender.begin(connection, this.#stream, outgoing.messages);
    else if (message) connection.sendData(this.#stream, message, true);
  }

  sent(atNs: Ns): void {
    const { timeoutNs, call } = this.#step;
    this.call.sentNs = atNs;
    this.deadlineNs = boundNs(this.call, timeoutNs);
    if (this.#sender) this.#sender.opened(atNs);
    else this.#onSent(atNs);
    if (call.forNs < Infinity && this.#step.method.streamsIn) this.#endAfter(call.forNs);
    this.#events.sent(this);
  }

  headers(status: number, fields: readonly Field[]): void {
    this.#httpStatus = status;
    this.#take(fields);
    this.#reader.compressedProblem = encodingProblem(this.#encoding);
  }

  data(bytes: Uint8Array, from: number, to: number): void {
    // What is no answer of gRPC has no messages; its end says what it is.
    if (this.#httpStatus !== 200 || this.#isOver) return;
    if (this.#firstMessageNs < 0) {
      this.#firstMessageNs = this.#readNs;
      this.call.firstByteNs = this.#readNs;
    }
    const problem = this.#reader.feed(bytes, from, to, this.#onMessage);
    if (problem === '' || this.#isOver || !this.#isGrpc) return;
    this.#cancelStream();
    this.#finish(TRANSPORT, this.#readNs, problem);
  }

  trailers(fields: readonly Field[]): void {
    this.#take(fields);
  }

  ended(): void {
    const { okCodes, method } = this.#step;
    const endNs = this.#readNs;
    const { outcome, status, error } = callEnd(
      {
        httpStatus: this.#httpStatus,
        contentType: this.#contentType,
        grpcStatus: this.#grpcStatus,
        grpcMessage: this.#grpcMessage,
        messages: this.#reader.count,
        isWhole: this.#reader.isBetween,
      },
      { okCodes, streamsIn: method.streamsIn, isPastDeadline: this.#isPastDeadline(endNs) },
    );
    this.call.status = status;
    if (outcome === TIMEOUT) this.#giveUp();
    else this.#finish(outcome, endNs, error);
  }

  reset(error: string, fate: StreamFate): void {
    // A server that has not begun lets the client send again by itself (gRFC A6, transparent).
    const isUntouched = fate === 'refused' || fate === 'left-out';
    if (isUntouched && this.#httpStatus === 0 && this.#events.again(this, fate)) {
      this.#sender?.stop();
      this.#forTimer?.cancel();
      return;
    }
    const nowNs = this.#parts.clock.nowNs();
    if (mayBeGivenUp(error) && this.#isPastDeadline(nowNs)) this.#giveUp();
    else this.#finish(TRANSPORT, nowNs, error);
  }

  unsent(): void {
    this.#sender?.stop();
    this.#events.unsent(this);
  }

  drained(): void {
    this.#sender?.goOn();
  }

  expire(): void {
    this.#cancelStream();
    const hasBegun = !this.#isGivenUp && (this.#stream?.bytesIn ?? 0) > 0;
    this.#finish(TIMEOUT, this.deadlineNs, '', hasBegun);
  }

  cancel(): void {
    this.#cancelStream();
    this.#finish(CANCELLED, this.#parts.clock.nowNs(), '');
  }

  fail(error: string): void {
    this.#finish(TRANSPORT, this.#parts.clock.nowNs(), error);
  }

  get #readNs(): Ns {
    return this.#connection?.readNs ?? this.#parts.clock.nowNs();
  }

  get #isGrpc(): boolean {
    return this.#contentType?.startsWith('application/grpc') === true;
  }

  /** Returns whether the server may have found the deadline passed. */
  #isPastDeadline(atNs: Ns): boolean {
    const { deadlineNs } = this.#step.call;
    if (deadlineNs === undefined || this.call.sentNs < 0) return false;
    return atNs >= this.call.sentNs + deadlineNs - earlyNs(deadlineNs);
  }

  /** The server has given up at the deadline: all such calls end at one bound, by our clock. */
  #giveUp(): void {
    this.#isGivenUp = true;
    this.#sender?.stop();
    this.#forTimer?.cancel();
    if (this.#parts.clock.nowNs() >= this.deadlineNs) this.expire();
  }

  #onSent(atNs: Ns): void {
    this.#parts.driverEvents.messageSent?.(this.call, atNs);
  }

  /** Returns whether reading goes on. */
  readonly #onMessage = (): boolean => {
    const atNs = this.#readNs;
    const { call, method } = this.#step;
    const { count } = this.#reader;
    let tookNs = -1;
    if (call.pairs) {
      const sentNs = this.#sender?.sentNsOf(count - 1) ?? -1;
      if (sentNs >= 0) tookNs = atNs - sentNs;
    } else if (method.streamsIn && count > 1) {
      tookNs = atNs - this.#lastMessageNs;
    }
    this.#lastMessageNs = atNs;
    this.#parts.driverEvents.message?.(this.call, atNs, tookNs);
    this.#sender?.answered(count);
    if (!method.streamsIn || count < call.take) return true;
    this.#endAsOk();
    return false;
  };

  /** Timers may fire early, and answers lie in the socket: those are read before. */
  #endAfter(forNs: Ns): void {
    this.#forTimer = this.#parts.clock.after(forNs, () => setImmediate(() => this.#endAsOk()));
  }

  /** Ends the call as asked, whatever the server would still have sent. */
  #endAsOk(): void {
    if (this.#isOver || this.#isGivenUp) return;
    this.#cancelStream();
    this.#finish(OK, this.#parts.clock.nowNs(), '');
  }

  #take(fields: readonly Field[]): void {
    const { answer } = this.call;
    for (const [name, value] of fields) {
      if (name === 'grpc-status') this.#grpcStatus = value;
      else if (name === 'grpc-message') this.#grpcMessage = value;
      else if (name === 'grpc-encoding') this.#encoding = value;
      else if (name === 'content-type') this.#contentType ??= value;
      answer?.fields.push([name, value]);
    }
  }

  #cancelStream(): void {
    if (this.#stream !== undefined) this.#connection?.resetStream(this.#stream);
  }

  /** Puts the last message into the answer, as JSON: that is what checks and captures read. */
  #keepAnswer(): void {
    const { answer } = this.call;
    if (answer === undefined || this.#reader.count === 0) return;
    const last = decodedMessage(this.#reader, this.#encoding);
    answer.isCut = last === undefined;
    if (last === undefined) return;
    const bytes = Buffer.from(this.#jsonOf(last), 'utf8');
    answer.addBody(bytes, 0, bytes.length);
  }

  #finish(outcome: OutcomeCode, endNs: Ns, error: string, late = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sender?.stop();
    this.#forTimer?.cancel();
    const { call } = this;
    const stream = this.#stream;
    if (stream !== undefined) {
      call.firstByteNs = this.#firstMessageNs < 0 ? stream.firstByteNs : this.#firstMessageNs;
      call.bytesIn = stream.bytesIn;
      // What was taken back from the connection never left.
      call.bytesOut = call.sentNs < 0 ? 0 : stream.bytesOut;
      call.localPort = this.#connection?.localPort ?? 0;
    }
    call.outcome = outcome;
    call.endNs = endNs;
    call.error = error;
    if (outcome === OK) this.#decode();
    this.#events.finished(this, late);
  }

  #decode(): void {
    try {
      this.#keepAnswer();
    } catch (error) {
      // What the target sends is data: bytes that are no such message are an outcome.
      this.call.outcome = TRANSPORT;
      this.call.error = errorText(error);
    }
  }

  #jsonOf(message: Uint8Array): string {
    const { answer } = this.#step.method;
    try {
      return JSON.stringify(messageJson(answer, message));
    } catch (error) {
      throw new Error(`no ${answer.name}`, { cause: error });
    }
  }
}
