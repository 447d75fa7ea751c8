import type { Clock, Ns, Timer } from '../core/index.ts';

export interface LivenessOptions {
  readonly clock: Clock;
  /** Resolves with whether the server has answered anything at all. */
  readonly ask: (signal: AbortSignal) => Promise<boolean>;
  /** How often it is asked while something is awaited, and how many times in a row in vain. */
  readonly everyNs: Ns;
  readonly timesMax: number;
}

/** After so many turns without its answer a question is put again. */
const ASKED_ANEW_TIMES = 3;
const SILENT = 'timeout: the server has not answered anything for seconds';

/**
 * Breaks off what is awaited of a server that is silent, and nothing else: a query that takes
 * minutes is none of its business while the server answers questions beside it.
 *
 *     request ─────────────────────────── ... ──► answer
 *          ask ─► answer   ask ─► answer      ask ─► nothing, 8 times ──► broken off
 *
 * It counts turns of its own timer, not time, so that a process that was busy or stopped itself
 * takes no answer for missing that it has not read.
 */
export function createLiveness({ clock, ask, everyNs, timesMax }: LivenessOptions): {
  /** Carries out a request; where the server is silent, its signal is aborted, and this throws. */
  watch<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T>;
} {
  const awaited = new Set<AbortController>();
  let timer: Timer | undefined;
  let question: AbortController | undefined;
  let timesInVain = 0;

  const rest = (): void => {
    timer?.cancel();
    timer = undefined;
    question?.abort();
    question = undefined;
    timesInVain = 0;
  };
  const put = async (): Promise<void> => {
    const own = new AbortController();
    question = own;
    const isAnswered = await ask(own.signal).catch(() => false);
    if (question !== own) return;
    question = undefined;
    if (isAnswered) timesInVain = 0;
  };
  const turn = (): void => {
    timesInVain += 1;
    if (timesInVain > timesMax) {
      const silent = [...awaited];
      awaited.clear();
      rest();
      for (const controller of silent) controller.abort();
      return;
    }
    // A connection may be lost while the server is there.
    if (timesInVain % ASKED_ANEW_TIMES === 0) {
      question?.abort();
      question = undefined;
    }
    if (question === undefined) void put();
    timer = clock.after(everyNs, turn);
  };

  return {
    watch: async (request) => {
      const controller = new AbortController();
      awaited.add(controller);
      timer ??= clock.after(everyNs, turn);
      // Of an answer that has begun, the client would wait for the rest in spite of the signal.
      const silence = Promise.withResolvers<never>();
      controller.signal.addEventListener('abort', () => silence.reject(new Error(SILENT)));
      try {
        return await Promise.race([request(controller.signal), silence.promise]);
      } finally {
        awaited.delete(controller);
        if (awaited.size === 0) rest();
      }
    },
  };
}
