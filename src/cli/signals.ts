import { HarnessError, NS_PER_MS, systemClock, type Clock, type Ns } from '../core/index.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, ExitCode>>> = {
  SIGINT: EXIT_CODES.INTERRUPTED,
  /** The terminal was closed, or the connection to it was lost. */
  SIGHUP: EXIT_CODES.INTERRUPTED,
  SIGTERM: EXIT_CODES.TERMINATED,
};

/**
 * One press of Ctrl-C may arrive twice: the terminal sends it to npm and to us, and npm passes it
 * on. A second press by hand takes longer than this.
 */
const SAME_PRESS_NS: Ns = 500 * NS_PER_MS;

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

export interface StopParts {
  /** Called before the process ends at once. */
  readonly leaving?: () => void;
  readonly clock?: Clock;
  /** What signals come to. */
  readonly process?: Pick<NodeJS.Process, 'on' | 'off' | 'exit'>;
}

/**
 * Listens for SIGINT, SIGHUP and SIGTERM. The first asks the command to end in order, one that
 * comes more than half a second later ends the process at once. Child processes notice that it is
 * gone, and exit.
 */
export function listenForStop({
  leaving,
  clock = systemClock(),
  process: receiver = process,
}: StopParts = {}): StopRequest {
  let first: { readonly code: ExitCode; readonly atNs: Ns } | undefined;
  const abort = new AbortController();
  const receive = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = { code: SIGNALS[signal] ?? EXIT_CODES.INTERRUPTED, atNs: clock.nowNs() };
      abort.abort(interrupted());
    } else if (clock.nowNs() - first.atNs >= SAME_PRESS_NS) {
      leaving?.();
      receiver.exit(first.code);
    }
  };
  for (const signal of Object.keys(SIGNALS)) receiver.on(signal, receive);
  return {
    signal: abort.signal,
    exitCode: () => first?.code,
    onStop: (handle) => {
      if (first === undefined) abort.signal.addEventListener('abort', handle, { once: true });
      else handle();
    },
    dispose: () => {
      for (const signal of Object.keys(SIGNALS)) receiver.off(signal, receive);
    },
  };
}

function interrupted(): HarnessError {
  return new HarnessError('INTERRUPTED', 'stopped before the run began; nothing was sent', {
    hint: 'Start it again when you are ready.',
  });
}
