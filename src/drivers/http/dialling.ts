import type { Clock, Rng, Timer } from '../../core/index.ts';
import { DialBackoff } from './dial-backoff.ts';

export interface DiallingParts {
  /** The run's clock. */
  readonly clock: Clock;
  /** By which pauses are counted; the run's own would count its start as a pause. */
  readonly dialClock: Clock;
  /** Draws how long the pauses after failures are. */
  readonly rng: Rng;
  /** Returns whether one more connection is wanted, `underWay` being dialled already. */
  readonly isWanted: (underWay: number) => boolean;
  /**
   * Begins to dial one. It ends with {@link Dialling.opened} or
   * {@link Dialling.failed}.
   */
  readonly dial: () => void;
}

/** What is left of a connection that has gone. */
export interface GoneConnection {
  /** Whether it had its calls or its time: it was to go, and its successor replaces nothing. */
  readonly isWorn: boolean;
}

/**
 * Sees to it that a driver has the connections that it wants: dials while one more is wanted, a
 * target that refuses not without a pause and few at a time ({@link DialBackoff}), and knows which
 * connections replace lost ones.
 */
export class Dialling {
  readonly #parts: DiallingParts;
  readonly #backoff: DialBackoff;
  #underWay = 0;
  /** Connections that were open once and have not been replaced. */
  #toReplace = 0;
  #isClosed = false;
  #timer: Timer | undefined;
  #whenSettled: (() => void) | undefined;

  constructor(parts: DiallingParts) {
    this.#parts = parts;
    this.#backoff = new DialBackoff(parts.dialClock, parts.rng);
  }

  /** How many are being dialled. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Dials what is wanted, and resolves when each of these has opened or failed. */
  async settled(): Promise<void> {
    const settled = Promise.withResolvers<void>();
    this.#whenSettled = settled.resolve;
    this.more();
    if (this.#underWay > 0) await settled.promise;
  }

  /** Dials as many as are wanted now, or once the pause after a failure is over. */
  more(): void {
    while (!this.#isClosed && this.#parts.isWanted(this.#underWay)) {
      if (this.#underWay >= this.#backoff.atOnceMax) return;
      const leftNs = this.#backoff.leftNs();
      if (leftNs > 0) {
        this.#timer ??= this.#parts.clock.after(leftNs, () => {
          this.#timer = undefined;
          this.more();
        });
        return;
      }
      this.#underWay++;
      this.#parts.dial();
    }
  }

  /** Takes up that one has opened. Returns whether it replaces one that was lost. */
  opened(): boolean {
    this.#backoff.opened();
    this.#ended();
    if (this.#toReplace === 0) return false;
    this.#toReplace--;
    return true;
  }

  failed(): void {
    this.#backoff.failed(this.#underWay - 1);
    this.#ended();
  }

  /** Takes up that a connection takes no more calls. */
  gone({ isWorn }: GoneConnection): void {
    if (!isWorn) this.#toReplace++;
  }

  /**
   * Takes up that one was closed while no call was on it; `calls` were on it before. A target that
   * takes connections only to close them, unused, is pressed no more than one that refuses.
   */
  lost(connection: GoneConnection, calls: number): void {
    if (!connection.isWorn && calls === 0) this.#backoff.failed(this.#underWay);
    this.gone(connection);
  }

  /** Takes up that the first call on a connection was answered, or took its time. */
  proven(): void {
    this.#backoff.proven();
  }

  /** Dials no more. What is dialled reports nothing any more: whoever waits for it ends here. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#whenSettled?.();
  }

  #ended(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#whenSettled?.();
  }
}
