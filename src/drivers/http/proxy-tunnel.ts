import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { Duplex } from 'node:stream';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** An answer to CONNECT is a few lines. */
const HEAD_BYTES_MAX = 16_384;

export interface TunnelOptions {
  /** To the proxy. */
  readonly connect: TcpNetConnectOpts;
  /** `host:port` of the target. */
  readonly authority: string;
  /** The value of the proxy-authorization header; '' for none. */
  readonly authorization: string;
  /** Called when the target can be spoken to. */
  readonly onOpen: () => void;
}

/**
 * A stream to a target through an HTTP proxy. What is written before the proxy has answered waits;
 * then bytes pass both ways as they are.
 *
 *   connect ──► CONNECT host:port ──► 2xx ──► open
 *                                └──► other ──► error, with the status
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 */
export class ProxyTunnel extends Duplex {
  readonly socket: Socket;
  readonly #onOpen: () => void;
  #head = Buffer.alloc(0);
  #isOpen = false;
  #held: (() => void) | undefined;

  constructor(options: TunnelOptions) {
    super();
    this.#onOpen = options.onOpen;
    this.socket = connect(options.connect);
    this.socket.on('connect', () => this.socket.write(connectRequest(options)));
    this.socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    this.socket.on('error', (error) => this.destroy(error));
    this.socket.on('end', () => {
      if (this.#isOpen) this.push(null);
      else this.destroy(new Error('the proxy closed before it answered'));
    });
    this.socket.on('close', () => this.destroy());
  }

  override _read(): void {
    if (this.#isOpen) this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#isOpen) this.socket.write(chunk, done);
    else this.#held = () => this.socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }

  #onData(bytes: Buffer): void {
    if (this.#isOpen) {
      if (!this.push(bytes)) this.socket.pause();
      return;
    }
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf(END_OF_HEAD);
    if (end < 0) {
      if (this.#head.length > HEAD_BYTES_MAX) this.destroy(new Error('the proxy answered no HTTP'));
      return;
    }
    const status = /^HTTP\/1\.[01] (\d{3})/u.exec(this.#head.toString('latin1', 0, end))?.[1] ?? '';
    if (!status.startsWith('2')) {
      this.destroy(new Error(refusalText(status)));
      return;
    }
    this.#isOpen = true;
    this.#onOpen();
    const rest = this.#head.subarray(end + END_OF_HEAD.length);
    if (rest.length > 0) this.push(rest);
    this.#held?.();
  }
}

function connectRequest({ authority, authorization }: TunnelOptions): string {
  const lines = [`CONNECT ${authority} HTTP/1.1`, `host: ${authority}`];
  if (authorization !== '') lines.push(`proxy-authorization: ${authorization}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function refusalText(status: string): string {
  if (status === '407') return 'the proxy wants user and password (407)';
  return status === '' ? 'the proxy answered no HTTP' : `the proxy refused CONNECT (${status})`;
}
