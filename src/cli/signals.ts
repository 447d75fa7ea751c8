import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

const SIGNALS = { SIGINT: EXIT_CODES.INTERRUPTED, SIGTERM: EXIT_CODES.TERMINATED } as const;

/** The wish of the user to stop, as it comes by Ctrl-C or SIGTERM. */
export interface StopRequest {
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
  const handlers: (() => void)[] = [];
  const receive = (signal: NodeJS.Signals): void => {
    if (code !== undefined) process.exit(code);
    code = signal === 'SIGTERM' ? SIGNALS.SIGTERM : SIGNALS.SIGINT;
    for (const handle of handlers) handle();
  };
  for (const signal of Object.keys(SIGNALS)) process.on(signal, receive);
  return {
    exitCode: () => code,
    onStop: (handle) => {
      if (code === undefined) handlers.push(handle);
      else handle();
    },
    dispose: () => {
      for (const signal of Object.keys(SIGNALS)) process.off(signal, receive);
    },
  };
}
