import {
  CANCELLED,
  type Clock,
  NO_STATUS,
  type Ns,
  OK,
  type OutcomeCode,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../../core/index.ts';
import type { DriverCall } from '../../engine/index.ts';
import type { RunIds } from '../../trace/index.ts';
import { boundNs, fieldText, isSafeTwice } from '../http/index.ts';
import type { Http2Connection } from './connection.ts';
import type { Field } from './hpack-decoder.ts';
import type { CallExchange, ExchangeEvents } from './multiplexed-driver.ts';
import type { StepRequest } from './request-block.ts';
import type { Http2Stream, StreamFate, StreamSink } from './stream.ts';

/** What an exchange is made with. */
export interface ExchangeParts {
  readonly request: StepRequest;
  readonly clock: Clock;
  readonly ids: RunIds;
  readonly events: ExchangeEvents;
}

/** One call on one stream: what is heard of the stream becomes the call's outcome. */
export class Exchange implements CallExchange, StreamSink {
  readonly call: DriverCall;
  readonly wantsFields: boolean;
  /** The bound of the call; Infinity before it is sent. */
  deadlineNs: Ns = Infinity;
  place = -1;
  readonly #request: StepRequest;
  readonly #clock: Clock;
  readonly #ids: RunIds;
  readonly #events: ExchangeEvents;
  #connection: Http2Connection | undefined;
  #stream: Http2Stream | undefined;

  constructor(call: DriverCall, { request, clock, ids, events }: ExchangeParts) {
    this.call = call;
    this.wantsFields = call.answer !== undefined;
    this.#request = request;
    this.#clock = clock;
    this.#ids = ids;
    this.#events = events;
    call.sentNs = -1;
    call.firstByteNs = -1;
    call.status = NO_STATUS;
    call.bytesIn = 0;
    call.bytesOut = 0;
    call.localPort = 0;
    call.error = '';
  }

  /** Opens the stream of the call. */
  start(connection: Http2Connection): void {
    const { request } = this.call;
    const built = request === undefined ? this.#request.fixed : this.#request.filledIn(request);
    const { block, body } = built;
    this.#connection = connection;
    this.#stream = connection.openStream(
      block.withIds(this.#ids, this.call),
      this,
      body === undefined,
    );
    if (body !== undefined) connection.sendData(this.#stream, body, true);
  }

  sent(atNs: Ns): void {
    this.call.sentNs = atNs;
    this.deadlineNs = boundNs(this.call, this.#request.timeoutNs);
    this.#events.sent(this);
  }

  headers(status: number, fields: readonly Field[]): void {
    this.call.status = status;
    this.call.firstByteNs = this.#stream?.firstByteNs ?? -1;
    this.#keep(fields);
  }

  data(bytes: Uint8Array, from: number, to: number): void {
    this.call.answer?.addBody(bytes, from, to);
  }

  trailers(fields: readonly Field[]): void {
    this.#keep(fields);
  }

  ended(): void {
    const { call } = this;
    const endNs = this.#connection?.readNs ?? this.#clock.nowNs();
    if (this.#isCut()) {
      this.#finish(TRANSPORT, endNs, 'body shorter or longer than its content-length');
    } else {
      this.#finish(this.#request.okStatuses[call.status] === 1 ? OK : STATUS, endNs, '');
    }
  }

  reset(error: string, fate: StreamFate): void {
    const isSafe = fate !== 'unanswered' || isSafeTwice(this.call, this.#request);
    if (isSafe && this.#stream?.hasHead !== true && this.#events.again(this, fate)) return;
    this.#finish(TRANSPORT, this.#clock.nowNs(), error);
  }

  unsent(): void {
    this.#events.unsent(this);
  }

  /** Ends the call as timed out, its stream too. */
  expire(): void {
    this.#cancelStream();
    const hasBegun = (this.#stream?.bytesIn ?? 0) > 0;
    this.#finish(TIMEOUT, this.deadlineNs, '', hasBegun);
  }

  /** Ends the call as cancelled, its stream too. */
  cancel(): void {
    this.#cancelStream();
    this.#finish(CANCELLED, this.#clock.nowNs(), '');
  }

  /** Ends a call that was never sent. */
  fail(error: string): void {
    this.#finish(TRANSPORT, this.#clock.nowNs(), error);
  }

  #cancelStream(): void {
    if (this.#stream !== undefined) this.#connection?.resetStream(this.#stream);
  }

  #keep(fields: readonly Field[]): void {
    const { answer } = this.call;
    if (answer === undefined) return;
    for (const [name, value] of fields) answer.fields.push([name, fieldText(value)]);
  }

  /** Returns whether the body has another length than its head announced. */
  #isCut(): boolean {
    const { contentLength = -1, bodyBytes = 0 } = this.#stream ?? {};
    const { status } = this.call;
    if (contentLength < 0 || contentLength === bodyBytes) return false;
    const method = this.call.request?.method;
    const isHead = method === undefined ? this.#request.isHead : method === 'HEAD';
    return !((isHead || status === 304) && bodyBytes === 0);
  }

  #finish(outcome: OutcomeCode, endNs: Ns, error: string, late = false): void {
    const { call } = this;
    const stream = this.#stream;
    if (stream !== undefined) {
      call.firstByteNs = stream.firstByteNs;
      call.bytesIn = stream.bytesIn;
      // What was taken back from the connection never left.
      call.bytesOut = call.sentNs < 0 ? 0 : stream.bytesOut;
      call.localPort = this.#connection?.localPort ?? 0;
    }
    call.outcome = outcome;
    call.endNs = endNs;
    call.error = error;
    this.#events.finished(this, late);
  }
}
