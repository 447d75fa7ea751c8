import { type Clock, type Ms, type Ns, systemClock, type Timer } from '../core/index.ts';

/**
 * The run's clock in the sending worker. Connections are opened before the run's start is known:
 * until {@link begin} the origin is the moment at which this was made.
 */
export class RunClock implements Clock {
  #clock = systemClock();

  get originEpochMs(): Ms {
    return this.#clock.originEpochMs;
  }

  /** Counts from the run's start from now on. */
  begin(originEpochMs: Ms): void {
    this.#clock = systemClock(originEpochMs);
  }

  nowNs(): Ns {
    return this.#clock.nowNs();
  }

  after(delayNs: Ns, fire: () => void): Timer {
    return this.#clock.after(delayNs, fire);
  }
}
