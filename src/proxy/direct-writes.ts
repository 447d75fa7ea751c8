import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';

/** What sockets have, and the platform's types do not say. */
interface Inside {
  readonly _handle?: { readonly fd?: number } | null;
}

/** No descriptor is known: the platform does not tell it. */
const UNKNOWN = -1;

/**
 * Gives bytes to the kernel without the layers of a stream, which cost more than the write:
 *
 *     nothing waits ──► the descriptor ──► all were taken, as a rule
 *     else, or not all ────────────────► the socket's own queue, which waits and tells of errors
 */
export class DirectWrites {
  readonly #socket: Socket;
  #descriptor: number | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Returns how many of the first `length` bytes the kernel has taken; the rest is for the socket.
   * None where others wait in the socket before them, where it is not open, or has failed.
   */
  write(bytes: Uint8Array, length: number): number {
    // A socket that is gone is not writable: its descriptor may be another's by now.
    if (this.#socket.writableLength > 0 || !this.#socket.writable) return 0;
    const descriptor = this.#descriptor ?? this.#learn();
    if (descriptor < 0) return 0;
    try {
      return writeSync(descriptor, bytes, 0, length);
    } catch {
      // Full, or broken: the socket finds out which when it is given the bytes.
      return 0;
    }
  }

  #learn(): number {
    if (this.#socket.connecting) return UNKNOWN;
    const { _handle: handle } = this.#socket as Inside;
    this.#descriptor = handle?.fd ?? UNKNOWN;
    return this.#descriptor;
  }
}
