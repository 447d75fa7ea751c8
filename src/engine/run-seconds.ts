import { asFloat, type Clock, type Ns, NS_PER_SEC, type Timer } from '../core/index.ts';

/**
 * Tells when each second of the run is over, in their order and none left out: by a timer, or
 * earlier by whoever is about to record something of the next one.
 */
export class RunSeconds {
  /** The second that goes on: 0 is the first. */
  second = 0;
  readonly #clock: Clock;
  readonly #over: (second: number) => void;
  #endNs: Ns = asFloat(NS_PER_SEC);
  #timer: Timer | undefined;

  constructor(clock: Clock, over: (second: number) => void) {
    this.#clock = clock;
    this.#over = over;
  }

  /** Watches the clock from now on. */
  begin(): void {
    this.passTo(this.#clock.nowNs());
    this.#timer = this.#clock.after(this.#endNs - this.#clock.nowNs(), () => this.begin());
  }

  /** Ends every second that is over by `nowNs`. */
  passTo(nowNs: Ns): void {
    while (nowNs >= this.#endNs) {
      this.#over(this.second);
      this.second++;
      this.#endNs += NS_PER_SEC;
    }
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
