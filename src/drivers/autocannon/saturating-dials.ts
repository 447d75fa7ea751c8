import type { Clock, Rng } from '../../core/index.ts';
import { Dialling } from '../http/index.ts';

/** A connection that waits to be dialled. */
interface Dialled {
  open(): void;
}

/**
 * Dials the connections of a saturator, each of which asks for it by itself: all at once while that
 * goes well, few and with pauses where the target refuses, or closes what it took.
 */
export class SaturatingDials {
  /** The one that waits longest first. */
  readonly #waiting = new Set<Dialled>();
  readonly #dialling: Dialling;

  constructor(clock: Clock, rng: Rng) {
    this.#dialling = new Dialling({
      clock,
      dialClock: clock,
      rng,
      isWanted: () => this.#waiting.size > 0,
      dial: () => {
        const [next] = this.#waiting;
        if (next === undefined) return;
        this.#waiting.delete(next);
        next.open();
      },
    });
  }

  /** Dials the connection when its turn has come. */
  request(connection: Dialled): void {
    this.#waiting.add(connection);
    this.#dialling.more();
  }

  isWaiting(connection: Dialled): boolean {
    return this.#waiting.has(connection);
  }

  withdraw(connection: Dialled): void {
    this.#waiting.delete(connection);
  }

  opened(): void {
    this.#dialling.opened();
    this.#dialling.more();
  }

  failed(): void {
    this.#dialling.failed();
    // The one that failed asks again, behind those that wait.
    queueMicrotask(() => this.#dialling.more());
  }

  /** One was closed that had answered so many calls. */
  lost(answers: number): void {
    this.#dialling.lost({ isWorn: false }, answers);
  }

  /** One has answered its first call. */
  proven(): void {
    this.#dialling.proven();
    this.#dialling.more();
  }

  close(): void {
    this.#waiting.clear();
    this.#dialling.close();
  }
}
