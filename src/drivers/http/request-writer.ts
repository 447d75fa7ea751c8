import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { NodeStreams, StreamHandle, WriteRequest } from './node-streams.ts';

/**
 * Writes requests to a socket, past its stream where that is possible: the kernel mostly takes a
 * request at once, and then nothing is left for a stream to do (ADR 49).
 *
 *   head ─┬─ plain, nothing held ──► handle ─┬─ taken ──► done
 *         │                                  └─ held ───► done when the kernel took the rest
 *         └─ TLS, large body, or behind what is held ──► stream ──► the same handle
 *
 * What the handle holds it sends in order, so that whatever the stream writes comes behind it; and
 * nothing goes past the stream while that itself holds something.
 */
export class RequestWriter {
  readonly #socket: Socket;
  readonly #streams: NodeStreams | undefined;
  readonly #handle: StreamHandle | undefined;
  /** Used again as long as no handle holds on to it. */
  #request: WriteRequest | undefined;
  /** Writes past the stream that are held. */
  #held = 0;
  #wroteToStream = false;

  /** Of a socket that is connected. `streams`: without it all goes through the stream. */
  constructor(socket: Socket, streams: NodeStreams | undefined) {
    this.#socket = socket;
    this.#streams = streams;
    this.#handle = streams?.handleOf(socket);
  }

  /** Whether it writes past the stream where it can. */
  get isDirect(): boolean {
    return this.#handle !== undefined;
  }

  /** Whether anything that was written is not with the kernel yet: its bytes must stay as is. */
  get isHolding(): boolean {
    if (this.#wroteToStream) this.#wroteToStream = this.#socket.writableLength > 0;
    return this.#wroteToStream || this.#held > 0;
  }

  /** Writes a head and what is in one buffer with it, and a body that is not. */
  write(head: Buffer, largeBody: Buffer | undefined): void {
    if (largeBody !== undefined) {
      this.#wroteToStream = true;
      this.#socket.cork();
      this.#socket.write(head);
      this.#socket.write(largeBody);
      this.#socket.uncork();
    } else if (this.#handle === undefined || this.#streams === undefined || this.isHolding) {
      this.#wroteToStream = true;
      this.#socket.write(head);
    } else {
      this.#writePast(this.#handle, this.#streams, head);
    }
  }

  #writePast(handle: StreamHandle, streams: NodeStreams, bytes: Buffer): void {
    const request = (this.#request ??= streams.newRequest());
    const error = handle.writeBuffer(request, bytes);
    if (error !== 0) this.#fail(error);
    else if (streams.isHeld()) this.#hold(request, bytes);
  }

  #hold(request: WriteRequest, bytes: Buffer): void {
    this.#request = undefined;
    this.#held++;
    request.buffer = bytes;
    request.oncomplete = (status) => {
      this.#held--;
      if (status < 0) this.#fail(status);
    };
  }

  /** As the stream does: the socket tells of the error, in a turn of its own. */
  #fail(error: number): void {
    if (this.#socket.destroyed) return;
    const code = getSystemErrorName(error);
    this.#socket.destroy(Object.assign(new Error(`write ${code}`), { code, syscall: 'write' }));
  }
}
