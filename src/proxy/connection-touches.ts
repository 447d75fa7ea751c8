import { type Clock, type Ms, msFromNs } from '../core/index.ts';
import { WatchedRequests } from './http/http1/watched-requests.ts';
import type { OpenTouch, RequestIds, TouchLog } from './touch-log.ts';

/** The connection whose touches are told. */
export interface ConnectionTouchesOptions {
  readonly log: TouchLog;
  readonly clock: Clock;
  readonly proxy: string;
  /** The port at the client's end; 0 where it is not known. */
  readonly clientPort: number;
}

/**
 * Lays what toxics do to the bytes of one connection to the requests that are under way on it:
 *
 *     toxic acts ─┬─ HTTP/1.x, in step ──► each request under way, once per toxic
 *                 └─ anything else ──────► the connection, from one act to the next, for as long
 *                                          as the toxic lets nothing pass as it came
 */
export class ConnectionTouches {
  readonly #options: ConnectionTouchesOptions;
  readonly #requests: WatchedRequests;
  /** By toxic: its acts without a pause, and how often the log had been taken when they began. */
  readonly #runs = new Map<string, { touch: OpenTouch; takes: number }>();

  constructor(options: ConnectionTouchesOptions) {
    this.#options = options;
    this.#requests = new WatchedRequests({
      nowEpochMs: () => this.#nowEpochMs(),
      touched: (ids, atEpochMs, toxic) => this.#touched(ids, atEpochMs, toxic),
    });
  }

  /** Sees bytes before toxics do. */
  fromClient(bytes: Uint8Array): void {
    this.#requests.fromClient(bytes);
  }

  /** Sees bytes after toxics did: an answer is over then. */
  fromServer(bytes: Uint8Array): void {
    this.#requests.fromServer(bytes);
  }

  /** A toxic does something to the bytes of either direction. */
  acted(toxic: string): void {
    if (this.#requests.count === undefined) this.#actedOnUnknown(toxic);
    else this.#requests.touch(toxic);
  }

  /** A toxic brings the connection down; told behind the act. */
  broke(toxic: string): void {
    const run = this.#runs.get(toxic);
    if (this.#requests.count === undefined && run) run.touch.isDown = true;
    if (this.#requests.count !== 0) return;
    const { log, proxy, clientPort } = this.#options;
    const nowEpochMs = this.#nowEpochMs();
    const ends = { isDown: true, isIdle: true };
    log.connection({ proxy, toxic, clientPort }, nowEpochMs, nowEpochMs, ends);
  }

  /** A toxic lets something pass as it came. */
  passed(toxic: string): void {
    this.#runs.delete(toxic);
  }

  #touched(ids: RequestIds, atEpochMs: Ms, toxic: string): void {
    const { log, proxy, clientPort } = this.#options;
    log.request({ proxy, toxic, clientPort }, ids, atEpochMs, this.#nowEpochMs());
  }

  #actedOnUnknown(toxic: string): void {
    const { log, proxy, clientPort } = this.#options;
    const nowEpochMs = this.#nowEpochMs();
    const run = this.#runs.get(toxic);
    if (run?.takes === log.takes) {
      run.touch.toEpochMs = nowEpochMs;
      return;
    }
    const fromEpochMs = run?.touch.toEpochMs ?? nowEpochMs;
    const touch = log.connection({ proxy, toxic, clientPort }, fromEpochMs, nowEpochMs);
    if (touch) this.#runs.set(toxic, { touch, takes: log.takes });
  }

  #nowEpochMs(): Ms {
    const { clock } = this.#options;
    return clock.originEpochMs + msFromNs(clock.nowNs());
  }
}
