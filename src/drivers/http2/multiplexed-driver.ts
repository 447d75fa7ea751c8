import {
  CANCELLED,
  type Clock,
  invariant,
  type Ns,
  systemClock,
  type Timer,
  TRANSPORT,
} from '../../core/index.ts';
import type { Driver, DriverEvents, LiveCall } from '../../engine/index.ts';
import type { TargetSpec } from '../../scenario/index.ts';
import { DeadlineWatch, DialBackoff, type TargetAddress } from '../http/index.ts';
import {
  Http2Connection,
  type Http2ConnectionEvents,
  type Http2ConnectionShared,
} from './connection.ts';
import { ConnectionChoice } from './connection-choice.ts';
import { UINT31_MAX } from './frame-format.ts';

/** Most calls at once on one connection of a target that does not say. */
export const STREAMS_DEFAULT = 100;

/** Connections opened before the first call, and kept open while none is wanted. */
const CONNECTIONS_AHEAD = 64;

const READ_BUFFER_BYTES = 65_536;

/** One call on one stream, whatever protocol it speaks there. */
export interface CallExchange {
  readonly call: LiveCall;
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

/** What an exchange tells the driver; never from within `start`. */
export interface ExchangeEvents {
  /** The first frame was handed to the socket, and the bound is known. */
  sent(exchange: CallExchange): void;
  /** `late`: its answer had begun when the attempt's bound ended it. */
  finished(exchange: CallExchange, late: boolean): void;
  /** The connection went before anything was sent. */
  unsent(exchange: CallExchange): void;
}

export interface MultiplexedDriverOptions {
  readonly target: TargetSpec;
  readonly address: TargetAddress;
  /** The run's clock. */
  readonly clock: Clock;
  readonly events: DriverEvents;
  /** Returns the exchange of a call that is to be sent. */
  readonly exchangeFor: (call: LiveCall, events: ExchangeEvents) => CallExchange;
}

/**
 * The connections of one target, each with many calls at once. Up to 64 are opened ahead, also where
 * each is used once, and more while calls wait; never more at once than `connections`, those among
 * them that are worn and only let their last calls end. One that the target tells to go away does not
 * count: its calls may last, and the target wants the next ones elsewhere. What is lost is dialled
 * again, a target that refuses not without a pause.
 *
 *   call ─► exchange ─► stream of a connection ─► finished
 *               ▲              │ connection went before it was sent
 *               └── held ◄─────┘
 */
export class MultiplexedDriver implements Driver {
  readonly #events: DriverEvents;
  readonly #clock: Clock;
  readonly #exchangeFor: MultiplexedDriverOptions['exchangeFor'];
  readonly #shared: Http2ConnectionShared;
  readonly #connectionsMax: number;
  /** Waiting on the run's clock would count its start as a wait; this one is there from the first. */
  readonly #backoff = new DialBackoff(systemClock());
  readonly #open = new ConnectionChoice();
  /** Also those that are dialled, and those that only let their last calls end. */
  readonly #all = new Set<Http2Connection>();
  /** Those of them that count as the target's `connections`. */
  readonly #counted = new Set<Http2Connection>();
  readonly #exchanges = new Set<CallExchange>();
  readonly #deadlines: DeadlineWatch;
  /** Begun, and taken back from a connection that went before they were sent; the first first. */
  readonly #held: CallExchange[] = [];
  #dialling = 0;
  #waiting = 0;
  /** Connections that were open once and have not been replaced. */
  #toReplace = 0;
  #closed = false;
  #redialTimer: Timer | undefined;
  #whenSettled: (() => void) | undefined;

  constructor(options: MultiplexedDriverOptions) {
    const { target, clock, address } = options;
    const { reuse = true, maxRequests = Infinity, maxAgeNs = Infinity } = target.connection ?? {};
    const requestsMax = reuse ? maxRequests : 1;
    this.#events = options.events;
    this.#clock = clock;
    this.#deadlines = new DeadlineWatch(clock, this.#exchanges);
    this.#exchangeFor = options.exchangeFor;
    this.#connectionsMax = target.connections;
    this.#shared = {
      address,
      connectTimeoutNs: target.connectTimeoutNs,
      clock,
      readBuffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      tlsSession: { latest: undefined },
      streamsMax: target.streams ?? STREAMS_DEFAULT,
      // The streams of a client have odd numbers: so many are up to this one.
      streamIdMax: Math.min(UINT31_MAX, 2 * requestsMax - 1),
      ageNsMax: maxAgeNs,
    };
  }

  async open(): Promise<void> {
    const settled = Promise.withResolvers<void>();
    this.#whenSettled = settled.resolve;
    this.#dialWanted();
    if (this.#dialling > 0) await settled.promise;
  }

  hasFreeConnection(): boolean {
    return this.#open.hasFree && this.#held.length === 0;
  }

  demand(waiting: number): void {
    this.#waiting = waiting;
    if (waiting > 0) this.#dialWanted();
  }

  start(call: LiveCall): void {
    const exchange = this.#exchangeFor(call, this.#onExchange);
    this.#exchanges.add(exchange);
    this.#send(exchange);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#redialTimer?.cancel();
    this.#deadlines.stop();
    this.#held.length = 0;
    for (const exchange of [...this.#exchanges]) exchange.cancel();
    for (const connection of [...this.#all]) connection.close();
    this.#all.clear();
    // Connections that are closed as they are dialled tell nothing: whoever waits for them ends here.
    this.#whenSettled?.();
    return Promise.resolve();
  }

  readonly #onConnection: Http2ConnectionEvents = {
    opened: (connection, parts) => {
      const again = this.#toReplace > 0;
      if (again) this.#toReplace--;
      this.#open.add(connection);
      this.#dialEnded();
      this.#events.connected(parts.dnsNs + parts.tcpNs + parts.tlsNs, again, parts);
      this.#roomMade();
    },
    failed: (_connection, error) => {
      this.#backoff.failed();
      this.#dialEnded();
      if (this.#open.size === 0 && this.#dialling === 0) this.#unreachable(error);
      this.#dialWanted();
    },
    closed: (connection) => {
      this.#all.delete(connection);
      // Behind what has closed it: whether it failed, or what becomes of its calls, is told next.
      if (this.#counted.delete(connection)) queueMicrotask(() => this.#dialWanted());
    },
    freed: (connection) => this.#open.freed(connection),
    changed: (connection) => {
      this.#open.update(connection);
      this.#roomMade();
    },
    lost: (connection) => {
      // A server that takes connections only to close them is as good as one that refuses.
      if (connection.streamsOpened === 0 && !connection.isWorn) this.#backoff.failed();
      this.#open.remove(connection);
      if (!connection.isWorn) {
        this.#toReplace++;
        this.#counted.delete(connection);
      }
      // Behind what has brought this about: its calls end first.
      queueMicrotask(() => this.#dialWanted());
    },
  };

  readonly #onExchange: ExchangeEvents = {
    sent: ({ deadlineNs }) => this.#deadlines.watch(deadlineNs),
    finished: (exchange, late) => {
      const { call } = exchange;
      this.#exchanges.delete(exchange);
      // A target that answers, or that takes its time, can be reached; also where it closes after it.
      const isReachable = call.outcome !== TRANSPORT && call.outcome !== CANCELLED;
      if (isReachable && this.#backoff.isFailing) this.#backoff.succeeded();
      if (this.#held.length > 0) this.#sendHeld();
      if (late) this.#events.lateResponse(call);
      this.#events.finished(call);
    },
    unsent: (exchange) => {
      this.#held.push(exchange);
      queueMicrotask(() => this.#sendHeld());
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

  #dialEnded(): void {
    this.#dialling--;
    if (this.#dialling === 0) this.#whenSettled?.();
  }

  /** Dials until there are as many as are wanted: those ahead, and more while calls wait. */
  #dialWanted(): void {
    const ahead = Math.min(CONNECTIONS_AHEAD, this.#connectionsMax);
    while (
      !this.#closed &&
      this.#counted.size < this.#connectionsMax &&
      (this.#open.size + this.#dialling < ahead || this.#areMoreWanted()) &&
      !(this.#backoff.isFailing && this.#dialling > 0)
    ) {
      const leftNs = this.#backoff.leftNs();
      if (leftNs > 0) {
        this.#redialAfter(leftNs);
        return;
      }
      this.#dialling++;
      const connection = new Http2Connection(this.#shared, this.#onConnection);
      this.#all.add(connection);
      this.#counted.add(connection);
    }
  }

  #areMoreWanted(): boolean {
    const waiting = this.#waiting + this.#held.length;
    return waiting > this.#dialling * this.#shared.streamsMax;
  }

  #redialAfter(delayNs: Ns): void {
    if (this.#redialTimer !== undefined) return;
    this.#redialTimer = this.#clock.after(delayNs, () => {
      this.#redialTimer = undefined;
      this.#dialWanted();
    });
  }
}
