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
  #size = 0;
  #latest: Http2Connection | undefined;
  #turn = 0;

  get hasFree(): boolean {
    return this.#free.length > 0;
  }

  get size(): number {
    return this.#size;
  }

  add(connection: Http2Connection): void {
    this.#size++;
    connection.freePlace = -1;
    this.update(connection);
  }

  remove(connection: Http2Connection): void {
    if (this.#latest === connection) this.#latest = undefined;
    if (connection.freePlace === undefined) return;
    this.#unlist(connection, connection.freePlace);
    connection.freePlace = undefined;
    this.#size--;
  }

  /** Notes whether the connection takes a call now. */
  update(connection: Http2Connection): void {
    const place = connection.freePlace;
    if (place === undefined) return;
    if (!connection.canOpen) {
      this.#unlist(connection, place);
    } else if (place < 0) {
      connection.freePlace = this.#free.length;
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
    const share = Math.ceil((inFlight + 1) / Math.max(1, this.#size));
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

  /** The last of the free takes the place of the one that goes. */
  #unlist(connection: Http2Connection, place: number): void {
    if (place < 0) return;
    connection.freePlace = -1;
    const last = this.#free.pop();
    if (last === undefined || last === connection) return;
    this.#free[place] = last;
    last.freePlace = place;
  }
}
