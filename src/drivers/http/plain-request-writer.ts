import type { Socket } from 'node:net';
import {
  failWrite,
  type NodeStreams,
  type StreamHandle,
  type WriteRequest,
} from './node-streams.ts';
import type { RequestWriter } from './request-writer.ts';

/**
 * Writes requests past the stream of a plain socket, or through any stream.
 *
 *   head ─┬─ handle known, nothing held ──► handle ─┬─ taken ──► done
 *         │                                         └─ held ───► done when the kernel took the rest
 *         └─ no handle, large body, or behind what is held ──► stream ──► the same handle
 *
 * What the handle holds it sends in order, so that whatever the stream writes comes behind it; and
 * nothing goes past the stream while that itself holds something.
 */
export class PlainRequestWriter implements RequestWriter {
  readonly #socket: Socket;
  readonly #streams: NodeStreams | undefined;
  readonly #handle: StreamHandle | undefined;
  /** Used again as long as no handle holds on to it. */
  #request: WriteRequest | undefined;
  /** Writes past the stream that are held. */
  #held = 0;
  #wroteToStream = false;

  /** Without `streams` and `handle` all goes through the stream. */
  constructor(socket: Socket, streams: NodeStreams | undefined, handle: StreamHandle | undefined) {
    this.#socket = socket;
    this.#streams = streams;
    this.#handle = handle;
  }

  get isDirect(): boolean {
    return this.#handle !== undefined;
  }

  get isHolding(): boolean {
    if (this.#wroteToStream) this.#wroteToStream = this.#socket.writableLength > 0;
    return this.#wroteToStream || this.#held > 0;
  }

  /** What is not with the kernel is held on to. */
  get isSending(): boolean {
    return this.isHolding;
  }

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
    if (error !== 0) failWrite(this.#socket, error);
    else if (streams.isHeld()) this.#hold(request, bytes);
  }

  #hold(request: WriteRequest, bytes: Buffer): void {
    this.#request = undefined;
    this.#held++;
    request.buffer = bytes;
    request.oncomplete = (status) => {
      this.#held--;
      if (status < 0) failWrite(this.#socket, status);
    };
  }
}
