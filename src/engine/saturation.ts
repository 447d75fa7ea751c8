import type { Clock, Timer } from '../core/index.ts';
import type { SaturatedPhase } from '../schedule/index.ts';
import type { Saturator } from './saturator.ts';

/** Lets a saturator make its calls from the start of its phase to the end, and no others. */
export class Saturation {
  readonly #phase: SaturatedPhase;
  readonly #clock: Clock;
  readonly #saturator: Saturator;
  #timer: Timer | undefined;

  constructor(phase: SaturatedPhase, clock: Clock, saturator: Saturator) {
    this.#phase = phase;
    this.#clock = clock;
    this.#saturator = saturator;
  }

  /** Waits for the start of the phase. */
  begin(): void {
    this.#at(this.#phase.fromNs, () => {
      // Watched first: a saturator that is started may find at once that it is all over.
      this.#at(this.#phase.toNs, () => this.end());
      this.#saturator.start();
    });
  }

  /** Lets no more calls be made; those under way go on. May be called again. */
  end(): void {
    this.#timer?.cancel();
    this.#saturator.stop();
  }

  /** Ends the calls under way as cancelled. */
  close(): void {
    this.#timer?.cancel();
    this.#saturator.close();
  }

  /** A timer may fire a little early. */
  #at(atNs: number, fire: () => void): void {
    const leftNs = atNs - this.#clock.nowNs();
    if (leftNs <= 0) fire();
    else this.#timer = this.#clock.after(leftNs, () => this.#at(atNs, fire));
  }
}
