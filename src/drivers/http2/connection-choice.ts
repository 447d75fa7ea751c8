import type { Http2Connection } from './connection.ts';

/** How many connections are looked at for one call, however many there are. */
const LOOKS_MAX = 8;

/**
 * The open connections of a target, and which of them takes the next call. Calls in flight are
 * spread evenly; while they are, the connection that was freed last is taken: what comes in one
 * read of it is asked for in one write.
 */
export class ConnectionChoice {
  /** Those that take a call now. */
  readonly #free: Http2Connection[] = [];
  readonly #listed = new Set<Http2Connection>();
  readonly #open = new Set<Http2Connection>();
  #latest: Http2Connection | undefined;
  #turn = 0;

  get hasFree(): boolean {
    return this.#free.length > 0;
  }

  get size(): number {
    return this.#open.size;
  }

  add(connection: Http2Connection): void {
    this.#open.add(connection);
    this.update(connection);
  }

  remove(connection: Http2Connection): void {
    this.#open.delete(connection);
    if (this.#latest === connection) this.#latest = undefined;
    this.#unlist(connection);
  }

  /** Notes whether the connection takes a call now. */
  update(connection: Http2Connection): void {
    if (!connection.canOpen || !this.#open.has(connection)) this.#unlist(connection);
    else if (!this.#listed.has(connection)) {
      this.#listed.add(connection);
      this.#free.push(connection);
    }
  }

  freed(connection: Http2Connection): void {
    this.#latest = connection;
    this.update(connection);
  }

  /**
   * Returns the connection for the next of `inFlight` calls and one; undefined where none is free.
   */
  next(inFlight: number): Http2Connection | undefined {
    const share = Math.ceil((inFlight + 1) / Math.max(1, this.#open.size));
    const latest = this.#latest;
    if (latest?.canOpen && latest.active < share) return latest;
    let best: Http2Connection | undefined;
    const looks = Math.min(LOOKS_MAX, this.#free.length);
    for (let look = 0; look < looks; look++) {
      const connection = this.#free[this.#turn++ % this.#free.length];
      if (connection === undefined) continue;
      if (best === undefined || connection.active < best.active) best = connection;
      if (best.active < share) break;
    }
    return best;
  }

  #unlist(connection: Http2Connection): void {
    if (!this.#listed.delete(connection)) return;
    const index = this.#free.indexOf(connection);
    const last = this.#free.pop();
    if (last !== undefined && last !== connection) this.#free[index] = last;
  }
}
