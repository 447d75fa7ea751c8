import { CANCELLED, type Clock, invariant, type OutcomeCode, TRANSPORT } from '../../core/index.ts';
import type { Driver, DriverCall, DriverEvents, DriverOptions } from '../../engine/index.ts';
import { traceFields } from '../../trace/index.ts';
import { Connection, type ConnectionEvents, type ConnectionShared } from './connection.ts';
import { DeadlineWatch } from './deadline-watch.ts';
import { Dialling } from './dialling.ts';
import { HeadMemo } from './head-memo.ts';
import type { LookupAll } from './name-resolver.ts';
import { NODE_STREAMS, type NodeStreams } from './node-streams.ts';
import { isOfTarget, requestTemplate } from './request-template.ts';
import { dialAddress } from './target-address.ts';

/** Connections opened before the first call, and kept open while none is wanted. */
const CONNECTIONS_AHEAD = 8;

const READ_BUFFER_BYTES = 65_536;

export interface HttpDriverOptions extends DriverOptions {
  /** The system's resolver where it is not given. */
  readonly lookup?: LookupAll | undefined;
  /** This Node's where it is not given. */
  readonly streams?: NodeStreams | undefined;
}

/**
 * Returns the driver that sends HTTP/1.1 over connections of its own.
 * @throws TARGET_UNRESOLVED where the target's url is invalid.
 */
export function httpDriver(options: HttpDriverOptions): Driver {
  return new HttpDriver(options);
}

/**
 * The connections of one target: some opened ahead, more while calls wait, at most `connections`.
 * Without reuse none is opened ahead: a call waits for the connection that is dialled for it.
 * What is lost is dialled again if it is wanted, a target that refuses not without a pause.
 *
 *   call ─► free connection ─► finished
 *                ▲   │ closed before an answer, safe to send again: once
 *         held ──┘ ◄─┘
 */
class HttpDriver implements Driver {
  readonly #events: DriverEvents;
  readonly #clock: Clock;
  readonly #shared: ConnectionShared;
  readonly #connectionsMax: number;
  /** Whether every call is given a connection that was dialled for it. */
  readonly #isFresh: boolean;
  readonly #dialling: Dialling;
  readonly #all = new Set<Connection>();
  readonly #deadlines: DeadlineWatch;
  /** The one used last is used next: it is the least likely to have been closed as idle. */
  readonly #free: Connection[] = [];
  /** Those that are sent a second time, until they are over; and those of them that wait for it. */
  readonly #resent = new Set<DriverCall>();
  readonly #held: DriverCall[] = [];
  #waiting = 0;
  #isClosed = false;

  constructor(options: HttpDriverOptions) {
    const { target, clock, dialClock, rng } = options;
    const address = dialAddress(target, dialClock, options.lookup);
    const { connection } = target;
    const { reuse = true, maxRequests = Infinity } = connection ?? {};
    this.#events = options.events;
    this.#clock = clock;
    this.#deadlines = new DeadlineWatch(clock, this.#all);
    this.#connectionsMax = target.connections;
    this.#isFresh = !reuse;
    this.#dialling = new Dialling({
      clock,
      dialClock,
      rng,
      isWanted: (underWay) => this.#isOneMoreWanted(underWay),
      dial: () => this.#all.add(new Connection(this.#shared, this.#onConnection)),
    });
    const trace = traceFields(options.propagate, options.ids);
    const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    this.#shared = {
      address,
      connectTimeoutNs: target.connectTimeoutNs,
      maxRequests: reuse ? maxRequests : 1,
      maxAgeNs: connection?.maxAgeNs ?? Infinity,
      maxIdleNs: connection?.maxIdleNs ?? Infinity,
      clock,
      dialClock,
      requests: options.steps.map((step) =>
        isOfTarget(step, target.name) ? requestTemplate(step, address, trace) : undefined,
      ),
      ids: options.ids,
      streams: options.streams ?? NODE_STREAMS,
      heads: [],
      readBuffer,
      headMemo: new HeadMemo(readBuffer),
      tlsSession: { latest: undefined },
    };
  }

  open(): Promise<void> {
    return this.#dialling.settled();
  }

  hasFreeConnection(): boolean {
    return this.#free.length > 0 && this.#held.length === 0;
  }

  demand(waiting: number): void {
    this.#waiting = waiting;
    if (waiting > 0) this.#dialling.more();
  }

  start(call: DriverCall): void {
    this.#send(call);
  }

  cancel(call: DriverCall): void {
    const held = this.#held.indexOf(call);
    if (held >= 0) {
      this.#held.splice(held, 1);
      this.#failUnsent(call, CANCELLED, '');
      return;
    }
    for (const connection of this.#all) {
      if (!connection.isOf(call)) continue;
      connection.cancel();
      return;
    }
  }

  #send(call: DriverCall): void {
    const connection = this.#free.pop();
    invariant(connection !== undefined, 'a call is started only while a connection is free');
    connection.start(call);
    this.#deadlines.watch(connection.deadlineNs);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#dialling.close();
    this.#deadlines.stop();
    for (const connection of [...this.#all]) connection.close();
    this.#all.clear();
    this.#free.length = 0;
    this.#failHeld(CANCELLED, '');
    return Promise.resolve();
  }

  readonly #onConnection: ConnectionEvents = {
    opened: (connection, parts) => {
      const again = this.#dialling.opened();
      // Nobody waits for it any more, and kept it could be dead when the next call comes.
      const isSurplus = this.#isFresh && this.#waiting === 0;
      if (isSurplus) {
        connection.close();
        this.#all.delete(connection);
      } else {
        this.#free.push(connection);
      }
      this.#events.connected(parts.dnsNs + parts.tcpNs + parts.tlsNs, again, parts);
      this.#sendHeld();
      if (!isSurplus) this.#events.ready();
      // Behind the calls that were told of it.
      queueMicrotask(() => this.#dialling.more());
    },
    failed: (connection, error) => {
      this.#all.delete(connection);
      this.#dialling.failed();
      this.#events.connectFailed(error);
      if (this.#all.size === this.#dialling.underWay) {
        this.#failHeld(TRANSPORT, error);
        this.#events.unreachable(error);
      }
      this.#dialling.more();
    },
    finished: (connection, call, late) => {
      const { isFree } = connection;
      if (isFree) {
        this.#free.push(connection);
      } else {
        this.#all.delete(connection);
        this.#dialling.gone(connection);
      }
      const { outcome } = call;
      if (connection.calls === 1 && outcome !== TRANSPORT && outcome !== CANCELLED) {
        this.#dialling.proven();
      }
      if (this.#resent.size > 0) this.#resent.delete(call);
      if (this.#held.length > 0) this.#sendHeld();
      if (late) this.#events.lateResponse(call);
      this.#events.finished(call);
      if (!isFree) this.#dialling.more();
    },
    unanswered: (connection, call) => {
      if (this.#isClosed || this.#resent.has(call)) return false;
      this.#resent.add(call);
      this.#all.delete(connection);
      this.#dialling.gone(connection);
      this.#held.push(call);
      this.#events.resent(call);
      // The target has mostly closed others as well: what the sockets know of that is read before.
      setImmediate(() => {
        this.#sendHeld();
        this.#dialling.more();
      });
      return true;
    },
    lost: (connection) => {
      this.#dialling.lost(connection, connection.calls);
      const index = this.#free.indexOf(connection);
      invariant(index >= 0, 'a connection without a call is among the free ones');
      this.#free.splice(index, 1);
      this.#all.delete(connection);
      this.#dialling.more();
    },
  };

  #sendHeld(): void {
    while (this.#free.length > 0 && !this.#isClosed) {
      const call = this.#held.shift();
      if (call === undefined) return;
      this.#send(call);
    }
  }

  #failHeld(outcome: OutcomeCode, error: string): void {
    for (const call of this.#held.splice(0)) this.#failUnsent(call, outcome, error);
  }

  #failUnsent(call: DriverCall, outcome: OutcomeCode, error: string): void {
    this.#resent.delete(call);
    call.endNs = this.#clock.nowNs();
    call.outcome = outcome;
    call.error = error;
    this.#events.finished(call);
  }

  /** Until there is one for each call that waits, and a few in any case. */
  #isOneMoreWanted(underWay: number): boolean {
    const ahead = this.#isFresh ? 0 : Math.min(CONNECTIONS_AHEAD, this.#connectionsMax);
    const { size } = this.#all;
    return (
      size < this.#connectionsMax && (size < ahead || underWay < this.#waiting + this.#held.length)
    );
  }
}
