import { Duplex } from 'node:stream';
import type { ClientPort } from '../http-session.ts';

/** The client's connection as a session of HTTP/2 wants it: a duplex that it can take over. */
export class ClientStream extends Duplex {
  readonly #port: ClientPort;
  #taken: (() => void) | undefined;
  #sent: (() => void) | undefined;

  constructor(port: ClientPort) {
    super({ allowHalfOpen: true, autoDestroy: false });
    this.#port = port;
  }

  /** Takes bytes from the client; calls `taken` when it can take more. */
  receive(bytes: Uint8Array, taken: () => void): void {
    if (this.destroyed) return taken();
    this.#taken = taken;
    if (this.push(bytes)) this.#take();
  }

  /** The client can be sent more. */
  goOn(): void {
    const sent = this.#sent;
    this.#sent = undefined;
    sent?.();
  }

  override _read(): void {
    this.#take();
  }

  override _write(bytes: Uint8Array, _encoding: string, sent: () => void): void {
    if (this.#port.send(bytes)) sent();
    else this.#sent = sent;
  }

  override _destroy(cause: Error | null, done: (cause: Error | null) => void): void {
    this.#take();
    this.goOn();
    done(cause);
  }

  #take(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }
}
