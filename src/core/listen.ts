import type { Server } from 'node:net';
import { errorText, HarnessError } from './errors.ts';
import { invariant } from './invariant.ts';

export interface Listening {
  /** Who wants to listen, for the message: `the OTLP receiver`. */
  readonly who: string;
  /** What to do where the address is taken. */
  readonly hint: string;
  /** Every address of the machine where it is ''. */
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Connections that wait to be accepted; the system's default where it is absent. */
  readonly backlog?: number;
  /**
   * Called for each connection that cannot be accepted later on, for want of descriptors say. Such
   * a connection is lost to its client and is no reason to end a run.
   */
  readonly onNotAccepted?: () => void;
}

const NOT_OURS = 'Name an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them.';

/** What to do where it is not that the port is taken. */
const HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: NOT_OURS,
  EAI_AGAIN: NOT_OURS,
  EADDRNOTAVAIL: NOT_OURS,
  EACCES: 'Choose a port from 1024 on: those below it are for privileged users.',
};

/**
 * Returns the address that the server listens on, with the port that was taken.
 * @throws LISTEN_FAILED when the address is in use or is not this machine's.
 */
export function listen(
  server: Server,
  { who, hint, host, port, backlog, onNotAccepted }: Listening,
): Promise<{ readonly host: string; readonly port: number }> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
      const message = `${who} cannot listen on ${address}: ${errorText(cause)}`;
      const ofCause = HINTS[cause.code ?? ''] ?? hint;
      reject(new HarnessError('LISTEN_FAILED', message, { hint: ofCause, cause }));
    };
    server.once('error', refuse);
    const wanted = {
      port,
      ...(host !== '' && { host }),
      ...(backlog !== undefined && { backlog }),
    };
    server.listen(wanted, () => {
      server.off('error', refuse);
      server.on('error', () => onNotAccepted?.());
      const address = server.address();
      invariant(address !== null && typeof address === 'object', 'a TCP server has an address');
      resolve({ host: address.address, port: address.port });
    });
  });
}
