import type { Clock, Ns, Timer } from '../../core/index.ts';

export interface IdleWatchParts {
  readonly clock: Clock;
  /** Infinity for no bound: then nothing is watched. */
  readonly maxIdleNs: Ns;
  /** Returns since when no call is on the connection; Infinity while one is. */
  readonly idleSinceNs: () => Ns;
  /** Called once, when it has been idle for too long. */
  readonly onIdle: () => void;
}

/** Ends a connection that is idle for too long: one timer, which looks no more often than that. */
export class IdleWatch {
  readonly #parts: IdleWatchParts;
  #timer: Timer | undefined;

  constructor(parts: IdleWatchParts) {
    this.#parts = parts;
  }

  begin(): void {
    if (this.#parts.maxIdleNs < Infinity) this.#lookIn(this.#parts.maxIdleNs);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #lookIn(leftNs: Ns): void {
    const { clock, maxIdleNs, idleSinceNs, onIdle } = this.#parts;
    this.#timer = clock.after(leftNs, () => {
      const idleNs = Math.max(0, clock.nowNs() - idleSinceNs());
      if (idleNs < maxIdleNs) this.#lookIn(maxIdleNs - idleNs);
      else onIdle();
    });
  }
}
