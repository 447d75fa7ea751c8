import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { ClientPort, HttpSession } from './http-session.ts';
import { type HttpForwarderContext, requestChooser } from './request-chooser.ts';
import { Http1Session } from './http1/http1-session.ts';
import { Http2Session } from './http2/http2-session.ts';

/** The upstream side of a connection whose HTTP is read on the way. */
export interface HttpForwarder extends Duplex {
  /** Resets the upstream's connection too. */
  resetAndDestroy(): this;
}

/**
 * Returns what replaces the socket to the upstream where a proxy reads HTTP: the client's bytes are
 * written into it, the answers are read from it.
 *
 *     client ══► toxics on bytes ══► HttpForwarder ─► Http1Session ─┐
 *     client ◄══ toxics on bytes ◄══               └► Http2Session ─┴═ one socket ═► upstream
 *
 * It can be written to at once; the upstream is dialled meanwhile. The preface shows HTTP/2. It is
 * destroyed with an error where the client is to be reset, without one where it is to be closed:
 * also when the upstream cannot be reached, as a proxy of plain TCP does.
 */
export function openHttpForwarder(context: HttpForwarderContext): HttpForwarder {
  return new Forwarder(context);
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Of the length of the SETTINGS with which a server of HTTP/2 begins; no text begins so. */
const HTTP2_FIRST_BYTE = 0;

class Forwarder extends Duplex implements HttpForwarder {
  readonly #context: HttpForwarderContext;
  readonly #port: ClientPort;
  /** Dialled at once; handed to the session, which owns it from then on. */
  #dialled: Socket | undefined;
  #session: HttpSession | undefined;
  #hasEnded = false;
  /** Bytes received before the version is known: less than a preface. */
  #opening: Buffer = Buffer.alloc(0);

  /**
   * An upstream that speaks before the client does, or closes, is passed on as one of HTTP/1.1. Of
   * HTTP/2 it does speak first: that waits until the client says the same.
   */
  readonly #onEarlyData = (bytes: Buffer): void => {
    const socket = this.#dialled;
    if (bytes[0] === HTTP2_FIRST_BYTE) socket?.pause();
    else this.#converse(false);
    socket?.unshift(bytes);
  };
  readonly #onEarlyEnd = (): void => void this.#converse(false);

  constructor(context: HttpForwarderContext) {
    super({ allowHalfOpen: true });
    this.#context = context;
    this.#dialled = this.#dial();
    this.#dialled.once('data', this.#onEarlyData).once('end', this.#onEarlyEnd);
    this.#port = {
      send: (bytes) => this.#hasEnded || this.push(bytes),
      end: () => {
        if (!this.#hasEnded) this.push(null);
        this.#hasEnded = true;
      },
      close: () => void this.destroy(),
      reset: (cause) => void this.destroy(cause),
    };
  }

  resetAndDestroy(): this {
    this.#session?.destroy(new Error('the client was reset'));
    return this.destroy();
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    if (this.#session) return this.#session.receive(this.#unopened(bytes), done);
    this.#opening = Buffer.concat([this.#opening, bytes]);
    const length = Math.min(this.#opening.length, PREFACE.length);
    const isPreface = this.#opening.subarray(0, length).equals(PREFACE.subarray(0, length));
    if (isPreface && length < PREFACE.length) return done();
    const session = this.#converse(isPreface);
    return session.receive(this.#unopened(), done);
  }

  override _final(done: () => void): void {
    const session = this.#session ?? this.#converse(false);
    const opening = this.#unopened();
    if (opening.length > 0) session.receive(opening, () => undefined);
    session.receiveEnd();
    done();
  }

  override _read(): void {
    this.#session?.goOn();
  }

  override _destroy(cause: Error | null, done: (cause: Error | null) => void): void {
    this.#session?.destroy(cause);
    this.#dialled?.destroy();
    done(cause);
  }

  /** Returns the bytes kept until the version was known, with those that follow. */
  #unopened(bytes?: Buffer): Buffer {
    const opening = this.#opening;
    if (opening.length === 0 && bytes) return bytes;
    this.#opening = Buffer.alloc(0);
    return bytes ? Buffer.concat([opening, bytes]) : opening;
  }

  #converse(isHttp2: boolean): HttpSession {
    const upstream = this.#dialled ?? this.#dial();
    upstream.off('data', this.#onEarlyData).off('end', this.#onEarlyEnd);
    this.#dialled = undefined;
    const parts = {
      port: this.#port,
      upstream,
      dial: () => this.#dial(),
      choose: requestChooser(this.#context),
      clock: this.#context.clock,
      counters: this.#context.counters,
    };
    const session = isHttp2 ? new Http2Session(parts) : new Http1Session(parts);
    this.#session = session;
    return session;
  }

  /** Until it is connected, an error of it is a dial that failed: the client is closed. */
  #dial(): Socket {
    const socket = connect({ ...this.#context.upstream, allowHalfOpen: true, noDelay: true });
    const onFailure = (): void => {
      this.#context.counters.failedDials += 1;
      this.destroy();
    };
    socket.once('error', onFailure);
    socket.once('connect', () => {
      socket.off('error', onFailure);
      // A session handles errors; before there is one, an error is a reset like any other.
      socket.on('error', (cause) => {
        if (this.#dialled === socket) this.destroy(cause);
      });
    });
    return socket;
  }
}
