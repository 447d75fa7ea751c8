import { type Clock, invariant, type Ns, type Rng } from '../../core/index.ts';
import type { Driver, DriverCall, DriverEvents } from '../../engine/index.ts';
import type { ReadyTarget } from '../../scenario/index.ts';
import { DeadlineWatch, Dialling, type TargetAddress } from '../http/index.ts';
import { CallsUnderWay, type Placed } from './calls-under-way.ts';
import { Http2Connection } from './connection.ts';
import type { Http2ConnectionEvents, Http2ConnectionShared } from './connection-parts.ts';
import { ConnectionChoice } from './connection-choice.ts';
import { UINT31_MAX } from './frame-format.ts';
import { resendsMax, type StreamFate } from './stream.ts';

/** Most calls at once on one connection of a target that does not say. */
export const STREAMS_DEFAULT = 100;

/** Connections opened before the first call, and kept open while none is wanted. */
const CONNECTIONS_AHEAD = 64;

const READ_BUFFER_BYTES = 65_536;

/** One call on one stream, whatever protocol it speaks there. */
export interface CallExchange extends Placed {
  readonly call: DriverCall;
  /** The bound of the call; Infinity before it is sent. */
  readonly deadlineNs: Ns;
  /** Opens the stream of the call: from the beginning, also where it was taken back before. */
  start(connection: Http2Connection): void;
  /** Ends the call as timed out, its stream too. */
  expire(): void;
  /** Ends the call as cancelled, its stream too. */
  cancel(): void;
  /** Ends a call that was never sent. */
  fail(error: string): void;
}

/** What an exchange reports to the driver; never from within `start`. */
export interface ExchangeEvents {
  /** The first frame was handed to the socket, and the bound is known. */
  sent(exchange: CallExchange): void;
  /** `late`: its answer had begun when the attempt's bound ended it. */
  finished(exchange: CallExchange, late: boolean): void;
  /** The connection went before anything was sent. */
  unsent(exchange: CallExchange): void;
  /**
   * The target has done nothing with the call, or it does no harm to make it twice. Returns whether
   * it is made again: it is not over then.
   */
  again(exchange: CallExchange, fate: StreamFate): boolean;
}

export interface MultiplexedDriverOptions {
  readonly target: ReadyTarget;
  readonly address: TargetAddress;
  /** The run's clock. */
  readonly clock: Clock;
  /** By which dialling is timed. */
  readonly dialClock: Clock;
  readonly rng: Rng;
  readonly events: DriverEvents;
  /** Returns the exchange of a call that is to be sent. */
  readonly exchangeFor: (call: DriverCall, events: ExchangeEvents) => CallExchange;
}

/**
 * The connections of one target, each with many calls at once. Up to 64 are opened ahead, also
 * where each is used once, and more while calls wait; never more at once than `connections`, those
 * among them that are worn and only let their last calls end. One that the target sends away
 * does not count: its calls may last, and the target wants the next ones elsewhere. What is lost is
 * dialled again, a target that refuses not without a pause.
 *
 *   call ─► exchange ─► stream of a connection ─► finished
 *               ▲              │ connection went before it was sent; again
 *               └── held ◄─────┘
 */
export class MultiplexedDriver implements Driver {
  readonly #events: DriverEvents;
  readonly #exchangeFor: MultiplexedDriverOptions['exchangeFor'];
  readonly #shared: Http2ConnectionShared;
  readonly #connectionsMax: number;
  readonly #dialling: Dialling;
  readonly #open = new ConnectionChoice();
  /** Also those that are dialled, and those that only let their last calls end. */
  readonly #all = new Set<Http2Connection>();
  /** Those of them that count as the target's `connections`. */
  readonly #counted = new Set<Http2Connection>();
  readonly #exchanges = new CallsUnderWay<CallExchange>();
  readonly #deadlines: DeadlineWatch;
  /** How often those were sent again that were. */
  readonly #resends = new WeakMap<CallExchange, number>();
  /** Begun, and taken back from a connection that did nothing with them; the first first. */
  readonly #held: CallExchange[] = [];
  #waiting = 0;
  #closed = false;

  constructor(options: MultiplexedDriverOptions) {
    const { target, clock, dialClock, rng, address } = options;
    const { connection } = target;
    const { reuse = true, maxRequests = Infinity } = connection ?? {};
    const requestsMax = reuse ? maxRequests : 1;
    this.#events = options.events;
    this.#deadlines = new DeadlineWatch(clock, this.#exchanges);
    this.#dialling = new Dialling({
      clock,
      dialClock,
      rng,
      isWanted: (underWay) => this.#isOneMoreWanted(underWay),
      dial: () => this.#dial(),
    });
    this.#exchangeFor = options.exchangeFor;
    this.#connectionsMax = target.connections;
    this.#shared = {
      address,
      connectTimeoutNs: target.connectTimeoutNs,
      clock,
      dialClock,
      readBuffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      tlsSession: { latest: undefined },
      streamsMax: target.streams ?? STREAMS_DEFAULT,
      // The streams of a client have odd numbers: so many are up to this one.
      streamIdMax: Math.min(UINT31_MAX, 2 * requestsMax - 1),
      ageNsMax: connection?.maxAgeNs ?? Infinity,
      idleNsMax: connection?.maxIdleNs ?? Infinity,
    };
  }

  open(): Promise<void> {
    return this.#dialling.settled();
  }

  hasFreeConnection(): boolean {
    return this.#open.hasFree && this.#held.length === 0;
  }

  demand(waiting: number): void {
    this.#waiting = waiting;
    if (waiting > 0) this.#dialling.more();
  }

  start(call: DriverCall): void {
    const exchange = this.#exchangeFor(call, this.#onExchange);
    this.#exchanges.add(exchange);
    this.#send(exchange);
  }

  cancel(call: DriverCall): void {
    for (const exchange of this.#exchanges) {
      if (exchange.call !== call) continue;
      const held = this.#held.indexOf(exchange);
      if (held >= 0) this.#held.splice(held, 1);
      exchange.cancel();
      return;
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#dialling.close();
    this.#deadlines.stop();
    this.#held.length = 0;
    for (const exchange of [...this.#exchanges]) {
      // The end of one may be that of another.
      if (this.#exchanges.has(exchange)) exchange.cancel();
    }
    for (const connection of [...this.#all]) connection.close();
    this.#all.clear();
    return Promise.resolve();
  }

  readonly #onConnection: Http2ConnectionEvents<Http2Connection> = {
    opened: (connection, parts) => {
      const again = this.#dialling.opened();
      this.#open.add(connection);
      this.#events.connected(parts.dnsNs + parts.tcpNs + parts.tlsNs, again, parts);
      this.#roomMade();
      // Behind the calls that were told of it.
      queueMicrotask(() => this.#dialling.more());
    },
    failed: (_connection, error) => {
      this.#dialling.failed();
      this.#events.connectFailed(error);
      if (this.#open.size === 0 && this.#dialling.underWay === 0) this.#unreachable(error);
      this.#dialling.more();
    },
    closed: (connection) => {
      this.#all.delete(connection);
      // Behind what has closed it: whether it failed, or what becomes of its calls, is reported
      // next.
      if (this.#counted.delete(connection)) queueMicrotask(() => this.#dialling.more());
    },
    proven: () => this.#dialling.proven(),
    freed: (connection) => this.#open.freed(connection),
    changed: (connection) => {
      this.#open.update(connection);
      this.#roomMade();
    },
    lost: (connection) => {
      this.#dialling.lost(connection, connection.streamsOpened);
      this.#open.remove(connection);
      if (!connection.isWorn) this.#counted.delete(connection);
      // Behind what has brought this about: its calls end first.
      queueMicrotask(() => this.#dialling.more());
    },
  };

  readonly #onExchange: ExchangeEvents = {
    sent: ({ deadlineNs }) => this.#deadlines.watch(deadlineNs),
    finished: (exchange, late) => {
      const { call } = exchange;
      this.#exchanges.delete(exchange);
      if (this.#held.length > 0) this.#sendHeld();
      if (late) this.#events.lateResponse(call);
      this.#events.finished(call);
    },
    unsent: (exchange) => {
      this.#held.push(exchange);
      queueMicrotask(() => this.#sendHeld());
    },
    again: (exchange, fate) => {
      const before = this.#resends.get(exchange) ?? 0;
      if (this.#closed || before >= resendsMax(fate)) return false;
      this.#resends.set(exchange, before + 1);
      this.#held.push(exchange);
      this.#events.resent(exchange.call);
      queueMicrotask(() => {
        this.#sendHeld();
        this.#dialling.more();
      });
      return true;
    },
  };

  #send(exchange: CallExchange): void {
    const connection = this.#open.next(this.#exchanges.size - 1);
    invariant(connection !== undefined, 'a call is started only while a connection is free');
    exchange.start(connection);
    if (!connection.canOpen) this.#open.update(connection);
  }

  #roomMade(): void {
    this.#sendHeld();
    if (this.hasFreeConnection()) this.#events.ready();
  }

  #sendHeld(): void {
    while (this.#open.hasFree && !this.#closed) {
      const exchange = this.#held.shift();
      if (exchange === undefined) return;
      this.#send(exchange);
    }
  }

  #unreachable(error: string): void {
    for (const exchange of this.#held.splice(0)) exchange.fail(error);
    this.#events.unreachable(error);
  }

  #dial(): void {
    const connection = new Http2Connection(this.#shared, this.#onConnection);
    this.#all.add(connection);
    this.#counted.add(connection);
  }

  /** Until there are those that are to be there ahead, and enough for the calls that wait. */
  #isOneMoreWanted(underWay: number): boolean {
    if (this.#counted.size >= this.#connectionsMax) return false;
    const ahead = Math.min(CONNECTIONS_AHEAD, this.#connectionsMax);
    const waiting = this.#waiting + this.#held.length;
    return this.#open.size + underWay < ahead || waiting > underWay * this.#shared.streamsMax;
  }
}
