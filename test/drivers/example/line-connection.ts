import { connect, type Socket } from 'node:net';
import {
  CANCELLED,
  type Clock,
  NO_STATUS,
  type Ns,
  OK,
  type OutcomeCode,
  TIMEOUT,
  type Timer,
  TRANSPORT,
} from '../../../src/core/index.ts';
import type { DriverCall } from '../../../src/engine/index.ts';

/** What a connection reports to its driver. */
export interface LineConnectionEvents {
  opened(): void;
  /** The call is over; `isUsable` where the connection takes another. */
  finished(call: DriverCall, isUsable: boolean): void;
  closed(error: string, wasOpen: boolean): void;
}

/** One socket with one call on it at a time. */
export class LineConnection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #events: LineConnectionEvents;
  #call: DriverCall | undefined;
  #deadline: Timer | undefined;
  #isOpen = false;
  #error = 'closed early';

  constructor({ hostname, port }: URL, clock: Clock, events: LineConnectionEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('connect', () => {
      this.#isOpen = true;
      events.opened();
    });
    this.#socket.on('data', (bytes) => this.#read(bytes));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
    this.#socket.on('close', () => {
      this.#finish(TRANSPORT, clock.nowNs(), this.#error);
      events.closed(this.#error, this.#isOpen);
    });
  }

  send(call: DriverCall, text: string, timeoutNs: Ns): void {
    // What was filled in may hold a line end: it would be two lines.
    const bytes = Buffer.from(`${text.replaceAll(/[\r\n]/gu, ' ')}\n`);
    this.#call = call;
    call.firstByteNs = -1;
    call.status = NO_STATUS;
    call.bytesIn = 0;
    call.bytesOut = bytes.length;
    call.sentNs = this.#clock.nowNs();
    this.#socket.write(bytes);
    const deadlineNs = Math.min(call.sentNs + timeoutNs, call.deadlineNs);
    const leftNs = deadlineNs - call.sentNs;
    this.#deadline = this.#clock.after(leftNs, () => this.#finish(TIMEOUT, deadlineNs, ''));
  }

  cancel(): void {
    this.#finish(CANCELLED, this.#clock.nowNs(), '');
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    const call = this.#call;
    if (call === undefined) return;
    const nowNs = this.#clock.nowNs();
    if (call.firstByteNs < 0) call.firstByteNs = nowNs;
    call.bytesIn += bytes.length;
    const end = bytes.indexOf('\n');
    call.answer?.addBody(bytes, 0, end < 0 ? bytes.length : end);
    if (end >= 0) this.#finish(OK, nowNs, '');
  }

  #finish(outcome: OutcomeCode, endNs: Ns, error: string): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#call = undefined;
    this.#deadline?.cancel();
    call.outcome = outcome;
    call.endNs = endNs;
    call.error = error;
    // An answer that comes late would be taken for that of the next call.
    const isUsable = outcome === OK;
    if (!isUsable) this.#socket.destroy();
    this.#events.finished(call, isUsable);
  }
}
