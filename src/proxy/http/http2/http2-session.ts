import {
  connect,
  constants,
  performServerHandshake,
  type ClientHttp2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { NS_PER_SEC, type Timer } from '../../../core/index.ts';
import type { RequestPlan } from '../../../toxics/index.ts';
import { resetSocket } from '../../reset-socket.ts';
import type { HttpSession, HttpSessionOptions } from '../http-session.ts';
import { factsOf } from '../request-facts.ts';
import { ClientStream } from './client-stream.ts';
import { fieldsWithHost, valueOf, type RawHeaders } from './header-fields.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { outliveStream } from './native-lifetime.ts';

/** Streams that a client may have open at once. */
const STREAMS_MAX = 1000;
/**
 * How much of a stream's body may lie here and not be read on: what bounds a connection's memory,
 * times its streams. The window of the connection bounds nothing: the session gives it back as data
 * comes.
 */
const STREAM_WINDOW_BYTES = 64 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
const HEADERS_BYTES_MAX = 64 * 1024;
/** How long a client may take to close after it got the end. */
const LINGER_NS = 10 * NS_PER_SEC;

/** So many that no well-meant client or server comes near it. */
const EVENTS_MAX = 1_000_000;

const SETTINGS = { initialWindowSize: STREAM_WINDOW_BYTES, maxHeaderListSize: HEADERS_BYTES_MAX };
const LIMITS = {
  maxHeaderListPairs: 1024,
  maxSendHeaderBlockLength: 4 * HEADERS_BYTES_MAX,
  /** MB: more than the windows of all streams together hold. */
  maxSessionMemory: 128,
  // What the two real ends bear of each other is theirs to say, not this side's in the middle.
  streamResetBurst: EVENTS_MAX,
  streamResetRate: EVENTS_MAX,
  maxSessionInvalidFrames: EVENTS_MAX,
  maxSessionRejectedStreams: EVENTS_MAX,
  strictSingleValueFields: false,
};
const NO_PLAN: RequestPlan = {};

/**
 * A connection of HTTP/2 with prior knowledge: one session with the client, one with the upstream,
 * an exchange per stream. Settings, windows and PING end here; GOAWAY and the upstream's bound of
 * streams are handed on.
 */
export class Http2Session implements HttpSession {
  readonly #parts: HttpSessionOptions;
  readonly #client: ClientStream;
  readonly #session: ServerHttp2Session;
  readonly #exchanges = new Set<Http2Exchange>();
  #upstream: { readonly socket: Socket; readonly session: ClientHttp2Session };
  #clientEnded = false;
  #isOver = false;
  #linger: Timer | undefined;
  /** The limit of streams that was last sent to the client. */
  #streamsMax = STREAMS_MAX;

  constructor(parts: HttpSessionOptions) {
    this.#parts = parts;
    this.#client = new ClientStream(parts.port);
    this.#upstream = this.#attach(parts.upstream);
    this.#session = this.#serve();
  }

  receive(bytes: Uint8Array, taken: () => void): void {
    this.#client.receive(bytes, taken);
  }

  receiveEnd(): void {
    this.#clientEnded = true;
    for (const exchange of this.#exchanges) exchange.clientEnded();
    this.#finishIfIdle();
  }

  goOn(): void {
    this.#client.goOn();
  }

  destroy(cause: Error | null): void {
    this.#isOver = true;
    this.#linger?.cancel();
    const { socket, session } = this.#upstream;
    if (cause) resetSocket(socket);
    session.destroy();
    socket.destroy();
    this.#session.destroy();
    this.#client.destroy();
  }

  #serve(): ServerHttp2Session {
    const settings = { ...SETTINGS, maxConcurrentStreams: STREAMS_MAX };
    const session = performServerHandshake(this.#client, { settings, ...LIMITS });
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on('stream', (stream, _headers, flags, raw) => this.#begin(stream, raw, flags));
    // What is no HTTP/2 is answered by the session itself: GOAWAY with its code.
    session.on('error', () => {
      this.#parts.counters.malformedRequests += 1;
    });
    session.on('goaway', () => this.#upstream.session.close());
    session.once('close', () => this.#finish());
    return session;
  }

  #attach(socket: Socket): { socket: Socket; session: ClientHttp2Session } {
    const { port } = this.#parts;
    const session = connect('http://upstream', {
      createConnection: () => socket,
      settings: { ...SETTINGS, enablePush: false },
      ...LIMITS,
    });
    session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    session.on('remoteSettings', ({ maxConcurrentStreams = STREAMS_MAX }) => {
      this.#boundStreams(Math.min(maxConcurrentStreams, STREAMS_MAX));
    });
    session.on('goaway', (code, _lastStream, data) => {
      if (this.#isOver || this.#session.destroyed) return;
      if (code === constants.NGHTTP2_NO_ERROR) this.#session.close();
      else this.#session.goaway(code, 0, data);
    });
    session.on('error', () => undefined);
    // The dialler leaves it open on one side, which HTTP/2 knows nothing of.
    socket.once('end', () => socket.end());
    let failure: Error | undefined;
    const watch = (): void => void socket.on('error', (cause) => (failure = cause));
    if (socket.connecting) socket.once('connect', watch);
    else watch();
    socket.once('close', () => {
      if (this.#isOver || this.#upstream.socket !== socket) return;
      if (failure) port.reset(failure);
      else this.#upstreamGone();
    });
    return { socket, session };
  }

  #boundStreams(maxConcurrentStreams: number): void {
    if (this.#isOver || this.#session.destroyed) return;
    if (maxConcurrentStreams === this.#streamsMax) return;
    this.#streamsMax = maxConcurrentStreams;
    this.#session.settings({ ...SETTINGS, maxConcurrentStreams });
  }

  #begin(stream: ServerHttp2Stream, headers: RawHeaders, flags: number): void {
    outliveStream(this.#session, stream);
    const plan = this.#parts.choose(() =>
      factsOf({
        method: valueOf(headers, ':method') ?? '',
        target: valueOf(headers, ':path') ?? valueOf(headers, ':authority') ?? '',
        fields: fieldsWithHost(headers),
      }),
    );
    const exchange = new Http2Exchange({
      stream,
      headers,
      isHeadersOnly: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0,
      plan: plan ?? NO_PLAN,
      clock: this.#parts.clock,
      upstream: () => this.#liveUpstream(),
      closed: (gone) => {
        this.#exchanges.delete(gone);
        if (this.#clientEnded || this.#upstream.socket.destroyed) this.#finishIfIdle();
      },
    });
    if (!stream.destroyed) this.#exchanges.add(exchange);
  }

  /** An upstream that closed while all there was to do was held here is dialled anew. */
  #liveUpstream(): ClientHttp2Session {
    if (this.#upstream.socket.destroyed) this.#upstream = this.#attach(this.#parts.dial());
    return this.#upstream.session;
  }

  /** What it answered before it closed still goes to the client. */
  #upstreamGone(): void {
    const exchanges = [...this.#exchanges];
    const isOnlyWaiting = exchanges.every(({ isHeld, isAnswered }) => isHeld || isAnswered);
    if (!isOnlyWaiting) this.#finish();
    else this.#finishIfIdle();
  }

  #finishIfIdle(): void {
    if (this.#exchanges.size === 0) this.#finish();
  }

  /** The client gets the end, behind all that was sent; it has a while to close. */
  #finish(): void {
    if (this.#isOver) return;
    const { port, clock } = this.#parts;
    this.#isOver = true;
    this.#session.destroy();
    this.#upstream.session.destroy();
    this.#upstream.socket.destroy();
    port.end();
    this.#linger = clock.after(LINGER_NS, () => port.close());
  }
}
