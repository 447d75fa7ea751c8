import { type Clock, invariant } from '../../core/index.ts';
import type { Driver, DriverEvents, LiveCall } from '../../engine/index.ts';
import type { StepSpec, TargetSpec } from '../../scenario/index.ts';
import type { RunIds } from '../../trace/index.ts';
import { Connection, type ConnectionEvents, type ConnectionShared } from './connection.ts';
import { DeadlineWatch } from './deadline-watch.ts';
import { Dialling } from './dialling.ts';
import { HeadMemo } from './head-memo.ts';
import type { LookupAll } from './name-resolver.ts';
import { requestTemplate } from './request-template.ts';
import { dialAddress } from './target-address.ts';

/** Connections opened before the first call, and kept open while none is wanted. */
const CONNECTIONS_AHEAD = 8;

const READ_BUFFER_BYTES = 65_536;

export interface HttpDriverOptions {
  readonly target: TargetSpec;
  /** All steps of the run, by the number that a call carries; those of other targets too. */
  readonly steps: readonly StepSpec[];
  /** The run's clock. */
  readonly clock: Clock;
  readonly ids: RunIds;
  /** Whether requests carry a traceparent header. */
  readonly traced: boolean;
  readonly events: DriverEvents;
  /** The system's resolver where it is not given. */
  readonly lookup?: LookupAll | undefined;
}

/**
 * Returns the driver that sends HTTP/1.1 over connections of its own.
 * @throws TARGET_UNRESOLVED where the target's url is none.
 */
export function httpDriver(options: HttpDriverOptions): Driver {
  return new HttpDriver(options);
}

/**
 * The connections of one target: some opened ahead, more while calls wait, at most `connections`.
 * Without reuse none is opened ahead: a call waits for the connection that is dialled for it.
 * What is lost is dialled again if it is wanted, a target that refuses not without a pause.
 */
class HttpDriver implements Driver {
  readonly #events: DriverEvents;
  readonly #shared: ConnectionShared;
  readonly #connectionsMax: number;
  /** Whether every call is given a connection that was dialled for it. */
  readonly #isFresh: boolean;
  readonly #dialling: Dialling;
  readonly #all = new Set<Connection>();
  readonly #deadlines: DeadlineWatch;
  /** The one used last is used next: it is the least likely to have been closed as idle. */
  readonly #free: Connection[] = [];
  #waiting = 0;

  constructor(options: HttpDriverOptions) {
    const { target, clock } = options;
    const address = dialAddress(target, options.lookup);
    const { reuse = true, maxRequests = Infinity, maxAgeNs = Infinity } = target.connection ?? {};
    this.#events = options.events;
    this.#deadlines = new DeadlineWatch(clock, this.#all);
    this.#connectionsMax = target.connections;
    this.#isFresh = !reuse;
    this.#dialling = new Dialling({
      clock,
      isWanted: (underWay) => this.#isOneMoreWanted(underWay),
      dial: () => this.#all.add(new Connection(this.#shared, this.#onConnection)),
    });
    const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    this.#shared = {
      address,
      connectTimeoutNs: target.connectTimeoutNs,
      maxRequests: reuse ? maxRequests : 1,
      maxAgeNs,
      clock,
      requests: options.steps.map((step) =>
        step.target === target.name
          ? requestTemplate(step, address, options.traced ? options.ids : undefined)
          : undefined,
      ),
      ids: options.ids,
      readBuffer,
      headMemo: new HeadMemo(readBuffer),
      tlsSession: { latest: undefined },
    };
  }

  open(): Promise<void> {
    return this.#dialling.settled();
  }

  hasFreeConnection(): boolean {
    return this.#free.length > 0;
  }

  demand(waiting: number): void {
    this.#waiting = waiting;
    if (waiting > 0) this.#dialling.more();
  }

  start(call: LiveCall): void {
    const connection = this.#free.pop();
    invariant(connection !== undefined, 'a call is started only while a connection is free');
    connection.start(call);
    this.#deadlines.watch(connection.deadlineNs);
  }

  close(): Promise<void> {
    this.#dialling.close();
    this.#deadlines.stop();
    for (const connection of [...this.#all]) connection.close();
    this.#all.clear();
    this.#free.length = 0;
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
      if (!isSurplus) this.#events.ready();
    },
    failed: (connection, error) => {
      this.#all.delete(connection);
      this.#dialling.failed();
      if (this.#all.size === this.#dialling.underWay) this.#events.unreachable(error);
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
      this.#dialling.callEnded(call.outcome);
      if (late) this.#events.lateResponse(call);
      this.#events.finished(call);
      if (!isFree) this.#dialling.more();
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

  /** Until there is one for each call that waits, and a few in any case. */
  #isOneMoreWanted(underWay: number): boolean {
    const ahead = this.#isFresh ? 0 : Math.min(CONNECTIONS_AHEAD, this.#connectionsMax);
    const { size } = this.#all;
    return size < this.#connectionsMax && (size < ahead || underWay < this.#waiting);
  }
}
