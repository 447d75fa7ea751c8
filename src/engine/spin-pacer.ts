import type { Ns } from '../core/index.ts';
import type { Pacer } from './pacer.ts';

/**
 * Keeps the sending loop awake for the whole run: no wake-up is ever late, at the price of a core.
 * Between two looks at the clock the sockets are polled, so answers are read as soon as they come.
 */
export class SpinPacer implements Pacer {
  #stopped = false;

  start(wake: () => Ns): void {
    const spin = (): void => {
      if (this.#stopped) return;
      wake();
      setImmediate(spin);
    };
    spin();
  }

  stop(): void {
    this.#stopped = true;
  }
}
