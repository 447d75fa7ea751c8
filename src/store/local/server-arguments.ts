import { invariant } from '../../core/index.ts';

/** The arguments with which a command starts the server process. */
export interface ServerArguments {
  readonly dir: string;
  /** The path of libchdb. */
  readonly library: string;
  /** Set for a server that is kept without leases, for so long without use. */
  readonly idleMs?: number;
  /** A free one where left out. */
  readonly httpPort?: number;
}

/**
 * The server process's exit code where trying again makes sense: another one holds the lock, or
 * somebody was quicker to take the free port.
 */
export const EXIT_TRY_AGAIN = 75;

/** Returns the server process's only argument. */
export function formatServerArguments(options: ServerArguments): string {
  return JSON.stringify(options);
}

/** Reads what {@link formatServerArguments} made. */
export function parseServerArguments(text: string): ServerArguments {
  const value = JSON.parse(text) as Partial<ServerArguments>;
  const { dir, library } = value;
  invariant(typeof dir === 'string' && typeof library === 'string', `server arguments: ${text}`);
  return { ...value, dir, library };
}
