import type { Clock, Ns, Timer } from '../core/index.ts';

/** Sees to it that the engine looks at the clock when an arrival falls due. */
export interface Pacer {
  /**
   * Calls `wake` at once, and again whenever what it returned last has come: the time at which the
   * next arrival is due, Infinity once there is none. It may call more often than that.
   * `isAwaiting` says whether answers may come meanwhile, which are to be read at once.
   */
  start(wake: () => Ns, isAwaiting: () => boolean): void;
  /**
   * Has `each` called in every turn of the loop behind its poll, before `wake`, while it paces;
   * absent in a pacer that does not wake in every turn. Before {@link start}.
   */
  everyTurn?(each: () => void): void;
  /** Calls no more. */
  stop(): void;
}

/** Returns the pacer that sets one timer for each arrival: exact on a virtual clock. */
export function timerPacer(clock: Clock): Pacer {
  let timer: Timer | undefined;
  let stopped = false;
  return {
    start: (wake) => {
      const step = (): void => {
        const dueNs = wake();
        if (!stopped && dueNs !== Infinity) timer = clock.after(dueNs - clock.nowNs(), step);
      };
      step();
    },
    stop: () => {
      stopped = true;
      timer?.cancel();
    },
  };
}
