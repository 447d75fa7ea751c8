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
import type { StepSpec, TargetSpec } from '../../scenario/index.ts';
import type { RunIds } from '../../trace/index.ts';
import { DialBackoff, dialAddress } from '../http/index.ts';
import {
  Http2Connection,
  type Http2ConnectionEvents,
  type Http2ConnectionShared,
} from './connection.ts';
import { ConnectionChoice } from './connection-choice.ts';
import { Exchange, type ExchangeEvents } from './exchange.ts';
import { UINT31_MAX } from './frame-format.ts';
import { type RequestBlock, type StepRequest, stepRequest } from './request-block.ts';

/** Most calls at once on one connection of a target that does not say. */
export const STREAMS_DEFAULT = 100;

/** Connections opened before the first call, and kept open while none is wanted. */
const CONNECTIONS_AHEAD = 64;

const READ_BUFFER_BYTES = 65_536;

export interface Http2DriverOptions {
  readonly target: TargetSpec;
  /** All steps of the run, by the number that a call carries; those of other targets too. */
  readonly steps: readonly StepSpec[];
  /** The run's clock. */
  readonly clock: Clock;
  readonly ids: RunIds;
  /** Whether requests carry a traceparent header. */
  readonly traced: boolean;
  readonly events: DriverEvents;
}

/**
 * Returns the driver that sends HTTP/2 over connections of its own: by prior knowledge to an http
 * url, by ALPN to an https one.
 * @throws TARGET_UNRESOLVED where the target's url is none.
 */
export function http2Driver(options: Http2DriverOptions): Driver {
  return new Http2Driver(options);
}

/**
 * The connections of one target, each with many calls at once. All of them are opened ahead; what is
 * lost is dialled again, a target that refuses not without a pause.
 *
 *   call ─► exchange ─► stream of a connection ─► finished
 *               ▲              │ connection went before it was sent
 *               └── held ◄─────┘
 */
class Http2Driver implements Driver {
  readonly #events: DriverEvents;
  readonly #clock: Clock;
  readonly #ids: RunIds;
  readonly #shared: Http2ConnectionShared;
  /** By step; undefined for a step that calls another target. */
  readonly #requests: readonly (StepRequest | undefined)[];
  readonly #connectionsMax: number;
  /** Waiting on the run's clock would count its start as a wait; this one is there from the first. */
  readonly #backoff = new DialBackoff(systemClock());
  readonly #open = new ConnectionChoice();
  /** Also those that are dialled, and those that only let their last calls end. */
  readonly #all = new Set<Http2Connection>();
  readonly #exchanges = new Set<Exchange>();
  /** Begun, and taken back from a connection that went before they were sent; the first first. */
  readonly #held: Exchange[] = [];
  #dialling = 0;
  #waiting = 0;
  /** Connections that were open once and have not been replaced. */
  #toReplace = 0;
  #closed = false;
  #redialTimer: Timer | undefined;
  #deadlineTimer: Timer | undefined;
  #deadlineAtNs: Ns = Infinity;
  #whenSettled: (() => void) | undefined;

  constructor(options: Http2DriverOptions) {
    const { target, clock } = options;
    const address = { ...dialAddress(target), alpn: ['h2'] };
    const { reuse = true, maxRequests = Infinity, maxAgeNs = Infinity } = target.connection ?? {};
    const requestsMax = reuse ? maxRequests : 1;
    this.#events = options.events;
    this.#clock = clock;
    this.#ids = options.ids;
    this.#connectionsMax = target.connections;
    this.#requests = options.steps.map((step) =>
      step.target === target.name ? stepRequest(step, address, options.traced) : undefined,
    );
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
    await settled.promise;
  }

  hasFreeConnection(): boolean {
    return this.#open.hasFree && this.#held.length === 0;
  }

  demand(waiting: number): void {
    this.#waiting = waiting;
    if (waiting > 0) this.#dialWanted();
  }

  start(call: LiveCall): void {
    const request = this.#requests[call.stepIndex];
    invariant(request !== undefined, 'a driver knows the step it is given');
    const exchange = new Exchange(call, request, this.#clock, this.#onExchange);
    this.#exchanges.add(exchange);
    this.#send(exchange, request);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#redialTimer?.cancel();
    this.#deadlineTimer?.cancel();
    this.#held.length = 0;
    for (const exchange of [...this.#exchanges]) exchange.cancel();
    for (const connection of [...this.#all]) connection.close();
    this.#all.clear();
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
    closed: (connection) => this.#all.delete(connection),
    freed: (connection) => this.#open.freed(connection),
    changed: (connection) => {
      this.#open.update(connection);
      this.#roomMade();
    },
    lost: (connection) => {
      // A server that takes connections only to close them is as good as one that refuses.
      if (connection.streamsOpened === 0) this.#backoff.failed();
      this.#open.remove(connection);
      this.#toReplace++;
      // Behind what has brought this about: its calls end first.
      queueMicrotask(() => this.#dialWanted());
    },
  };

  readonly #onExchange: ExchangeEvents = {
    sent: ({ deadlineNs }) => {
      if (deadlineNs < this.#deadlineAtNs) this.#watchDeadline(deadlineNs);
    },
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

  #send(exchange: Exchange, request: StepRequest): void {
    const connection = this.#open.next(this.#exchanges.size - 1);
    invariant(connection !== undefined, 'a call is started only while a connection is free');
    exchange.start(connection, this.#blockFor(exchange.call, request));
    if (!connection.canOpen) this.#open.update(connection);
  }

  /** Returns what the call sends, its ids written in; valid until the next call. */
  #blockFor(call: LiveCall, request: StepRequest): RequestBlock {
    const built = call.request === undefined ? request.fixed : request.filledIn(call.request);
    if (built.traceIdOffset >= 0) {
      this.#ids.writeTraceId(call.seq, built.block, built.traceIdOffset);
      this.#ids.writeSpanId(call.spanSeq, built.block, built.spanIdOffset);
    }
    return built;
  }

  #roomMade(): void {
    this.#sendHeld();
    if (this.hasFreeConnection()) this.#events.ready();
  }

  #sendHeld(): void {
    while (this.#open.hasFree && !this.#closed) {
      const exchange = this.#held.shift();
      if (exchange === undefined) return;
      const request = this.#requests[exchange.call.stepIndex];
      if (request !== undefined) this.#send(exchange, request);
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
      this.#open.size + this.#dialling < this.#connectionsMax &&
      (this.#open.size + this.#dialling < ahead || this.#areMoreWanted()) &&
      !(this.#backoff.isFailing && this.#dialling > 0)
    ) {
      const leftNs = this.#backoff.leftNs();
      if (leftNs > 0) {
        this.#redialAfter(leftNs);
        return;
      }
      this.#dialling++;
      this.#all.add(new Http2Connection(this.#shared, this.#onConnection));
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

  /** One timer stands for all calls: it is set for the earliest bound, and looks at all of them. */
  #watchDeadline(atNs: Ns): void {
    this.#deadlineTimer?.cancel();
    this.#deadlineAtNs = atNs;
    this.#deadlineTimer = this.#clock.after(atNs - this.#clock.nowNs(), () => {
      // Answers that lie in the sockets are read before calls are given up: a pause of our own
      // is not to become a timeout of the target.
      setImmediate(() => this.#expireDue());
    });
  }

  #expireDue(): void {
    this.#deadlineAtNs = Infinity;
    const nowNs = this.#clock.nowNs();
    let nextNs = Infinity;
    for (const exchange of [...this.#exchanges]) {
      if (exchange.deadlineNs <= nowNs) exchange.expire();
      else nextNs = Math.min(nextNs, exchange.deadlineNs);
    }
    if (nextNs < this.#deadlineAtNs && !this.#closed) this.#watchDeadline(nextNs);
  }
}
