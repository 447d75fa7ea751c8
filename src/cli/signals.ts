import { HarnessError } from '../core/index.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

const SIGNALS = { SIGINT: EXIT_CODES.INTERRUPTED, SIGTERM: EXIT_CODES.TERMINATED } as const;

/** The wish of the user to stop, as it comes by Ctrl-C or SIGTERM. */
export interface StopRequest {
  /** Aborted at the first signal, for the reason INTERRUPTED. */
  readonly signal: AbortSignal;
  /** The code to end with, once a signal came; undefined before. */
  exitCode(): ExitCode | undefined;
  /** Calls `handle` at the first signal; at once if it has come already. */
  onStop(handle: () => void): void;
  /** Gives the signals back to their default. */
  dispose(): void;
}

/**
 * Listens for SIGINT and SIGTERM. The first one asks the command to end in order; a second one ends
 * the process at once, since the user has said it twice: children notice and leave by themselves.
 */
export function listenForStop(): StopRequest {
  let code: ExitCode | undefined;
  const abort = new AbortController();
  const receive = (signal: NodeJS.Signals): void => {
    if (code !== undefined) process.exit(code);
    code = signal === 'SIGTERM' ? SIGNALS.SIGTERM : SIGNALS.SIGINT;
    abort.abort(interrupted());
  };
  for (const signal of Object.keys(SIGNALS)) process.on(signal, receive);
  return {
    signal: abort.signal,
    exitCode: () => code,
    onStop: (handle) => {
      if (code === undefined) abort.signal.addEventListener('abort', handle, { once: true });
      else handle();
    },
    dispose: () => {
      for (const signal of Object.keys(SIGNALS)) process.off(signal, receive);
    },
  };
}

function interrupted(): HarnessError {
  return new HarnessError('INTERRUPTED', 'stopped before the run began; nothing was sent', {
    hint: 'Start it again when you are ready.',
  });
}
