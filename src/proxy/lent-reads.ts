import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** As much as one read of a socket takes at most. */
const READ_BYTES_MAX = 64 * 1024;

/** What every socket of this thread reads into, one after the other. */
const shared = new Uint8Array(READ_BYTES_MAX);

/** Takes the first `length` bytes of `lent`, which others are read into when it has returned. */
export type TakeLent = (lent: Uint8Array, length: number) => void;

/**
 * Returns how a socket is to read: into memory that all share, in place of a fresh buffer for every
 * read, which the collector of garbage has to take away.
 */
export function lentReads(take: TakeLent): OnReadOpts {
  return {
    buffer: shared,
    callback: (length, lent) => {
      take(lent, length);
      return true;
    },
  };
}

/** What sockets have, and can be made with, and the platform's types do not say. */
interface Inside {
  readonly _handle: { readonly useUserBuffer?: unknown } | null;
}

/**
 * Returns a socket that reads the accepted connection so; it is paused, half-open is allowed. The
 * platform lets `onread` be said of sockets that dial alone: here another socket takes the handle
 * over, and the one that was accepted is let go. Where it has no such handle, it is returned itself
 * and lends the buffers that it reads into.
 */
export function withLentReads(accepted: Socket, take: TakeLent): Socket {
  const { _handle: handle } = accepted as unknown as Inside;
  if (handle?.useUserBuffer === undefined) {
    return accepted.on('data', (bytes: Buffer) => take(bytes, bytes.length)).pause();
  }
  Object.assign(accepted, { _handle: null });
  accepted.destroy();
  const options = { handle, allowHalfOpen: true, pauseOnCreate: true, onread: lentReads(take) };
  return new Socket(options as unknown as SocketConstructorOpts);
}
