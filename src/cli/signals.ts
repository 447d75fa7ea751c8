import { HarnessError } from '../core/index.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, ExitCode>>> = {
  SIGINT: EXIT_CODES.INTERRUPTED,
  /** The terminal was closed, or the connection to it was lost. */
  SIGHUP: EXIT_CODES.INTERRUPTED,
  SIGTERM: EXIT_CODES.TERMINATED,
};

/** A request to stop, by Ctrl-C, a closed terminal or SIGTERM. */
export interface StopRequest {
  /** Aborted at the first signal, for the reason INTERRUPTED. */
  readonly signal: AbortSignal;
  /** The exit code after a signal; undefined before one. */
  exitCode(): ExitCode | undefined;
  /** Calls `handle` at the first signal; at once where it has already come. */
  onStop(handle: () => void): void;
  /** Restores the default handling of signals. */
  dispose(): void;
}

/**
 * Listens for SIGINT, SIGHUP and SIGTERM. The first asks the command to end in order, the second
 * ends the process at once. Child processes notice that it is gone, and exit.
 */
export function listenForStop(): StopRequest {
  let code: ExitCode | undefined;
  const abort = new AbortController();
  const receive = (signal: NodeJS.Signals): void => {
    if (code !== undefined) process.exit(code);
    code = SIGNALS[signal] ?? EXIT_CODES.INTERRUPTED;
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
