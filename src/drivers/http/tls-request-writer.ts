import type { Socket } from 'node:net';
import {
  failWrite,
  type NodeStreams,
  type StreamHandle,
  type WriteRequest,
} from './node-streams.ts';
import type { RequestWriter } from './request-writer.ts';

/**
 * Writes requests past the stream of a TLS socket, whose handle takes one write at a time: it ends
 * the process where a second one begins before the first is over, which is never at once. Until
 * then whatever comes waits here, and then goes as one. The stream is given nothing, so that it
 * writes nothing by itself.
 *
 *   head, body ─┬─ nothing under way ──► handle: encrypted at once ──► over in a later turn
 *               └─ else ──► waiting ──────────▲ all of it, then ◄─────┘
 *
 * The handle has encrypted or copied what it was given when a write returns.
 */
export class TlsRequestWriter implements RequestWriter {
  readonly isDirect = true;
  readonly #socket: Socket;
  readonly #streams: NodeStreams;
  readonly #handle: StreamHandle;
  /** By turns: the last one is in use until all that runs as its write is over has run. */
  #request: WriteRequest;
  #otherRequest: WriteRequest;
  #isUnderWay = false;
  #waiting: Buffer[] = [];

  constructor(socket: Socket, streams: NodeStreams, handle: StreamHandle) {
    this.#socket = socket;
    this.#streams = streams;
    this.#handle = handle;
    this.#request = this.#newRequest();
    this.#otherRequest = this.#newRequest();
  }

  get isHolding(): boolean {
    return this.#waiting.length > 0;
  }

  get isSending(): boolean {
    return this.#isUnderWay;
  }

  write(head: Buffer, largeBody: Buffer | undefined): void {
    if (this.#isUnderWay) {
      this.#waiting.push(head);
      if (largeBody !== undefined) this.#waiting.push(largeBody);
      return;
    }
    const request = this.#begin();
    this.#begun(
      largeBody === undefined
        ? this.#handle.writeBuffer(request, head)
        : this.#handle.writev(request, [head, largeBody], true),
    );
  }

  #begin(): WriteRequest {
    this.#isUnderWay = true;
    const request = this.#otherRequest;
    this.#otherRequest = this.#request;
    this.#request = request;
    return request;
  }

  #begun(error: number): void {
    if (error !== 0) this.#over(error);
    else if (!this.#streams.isHeld()) this.#over(0);
  }

  #over(status: number): void {
    this.#isUnderWay = false;
    if (status < 0) failWrite(this.#socket, status);
    else if (this.#waiting.length > 0 && !this.#socket.destroyed) this.#writeWaiting();
  }

  #writeWaiting(): void {
    const chunks = this.#waiting;
    this.#waiting = [];
    const request = this.#begin();
    this.#begun(this.#handle.writev(request, chunks, true));
  }

  #newRequest(): WriteRequest {
    const request = this.#streams.newRequest();
    request.oncomplete = (status) => this.#over(status);
    return request;
  }
}
