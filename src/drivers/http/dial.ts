import {
  connect as connectSocket,
  type LookupFunction,
  type OnReadOpts,
  type Socket,
  type TcpNetConnectOpts,
} from 'node:net';
import { connect as connectTls, type ConnectionOptions, TLSSocket } from 'node:tls';
import { type Clock, type ConnectParts, IN_HANDSHAKE, type Ns } from '../../core/index.ts';
import type { NameResolver } from './name-resolver.ts';
import { ProxyTunnel } from './proxy-tunnel.ts';
import type { TargetAddress } from './target-address.ts';

/** When the kernel begins to ask an idle peer whether it is still there. */
const KEEP_ALIVE_AFTER_MS = 15_000;

/** Takes `length` bytes out of a buffer that the next read, of whatever connection, overwrites. */
export type OnBytes = (bytes: Uint8Array, length: number) => void;

/** Who observes a dial, and the clock that times it. */
export interface DialEvents {
  readonly clock: Clock;
  readonly open: (parts: ConnectParts) => void;
  readonly bytes: OnBytes;
}

/** The session that the next connection to a target may take up. */
export interface TlsSession {
  /** Undefined before the first. */
  latest: Buffer | undefined;
}

/**
 * Returns a socket that connects to the target and reads into the buffer that all connections
 * share. `open` is called when requests may be sent: after the handshake where there is one.
 *
 *   dialled ── dns ──► lookup ── tcp ──► connect ────────────── tls ──► open
 *                                └─ to a proxy, CONNECT ──► ┘
 *
 * A Unix socket has no look-up and no handshake: its connect counts as tcp.
 */
export function dial(
  address: TargetAddress,
  readBuffer: Uint8Array,
  session: TlsSession,
  on: DialEvents,
): Socket {
  const times = new DialTimes(on.clock);
  const proxy = address.dialOptions?.proxy;
  const { socketPath } = address;
  if (socketPath !== undefined) {
    return plain(connectSocket({ path: socketPath, onread: reading(readBuffer, on) }), times, on);
  }
  const options: TcpNetConnectOpts = {
    host: proxy?.host ?? address.host,
    port: proxy?.port ?? address.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    ...(address.dialOptions && { lookup: lookupOf(address.dialOptions.names, times) }),
  };
  if (address.tls && proxy !== undefined) {
    const tunnel = new ProxyTunnel({
      connect: options,
      authority: `${address.authority.replace(/:\d+$/u, '')}:${address.port}`,
      authorization: proxy.authorization,
      onOpen: () => times.connected(),
    });
    times.watchLookup(tunnel.socket);
    const socket = connectTls({ ...tlsOptions(address, session), socket: tunnel });
    socket.on('data', (bytes: Buffer) => on.bytes(bytes, bytes.length));
    return handshaken(socket, session, () => on.open(times.parts(socket)));
  }
  const whole = { ...options, onread: reading(readBuffer, on) };
  if (address.tls) {
    const socket = connectTls({ ...whole, ...tlsOptions(address, session) }).setNoDelay(true);
    times.watchLookup(socket);
    socket.once('connect', () => times.connected());
    return handshaken(socket, session, () => on.open(times.parts(socket)));
  }
  const socket = connectSocket(whole);
  times.watchLookup(socket);
  return plain(socket, times, on);
}

/** A connection in the clear is open as soon as it is connected. */
function plain(socket: Socket, times: DialTimes, on: DialEvents): Socket {
  return socket.once('connect', () => {
    times.connected();
    on.open(times.parts(socket));
  });
}

/** When the parts of one dial were over. */
class DialTimes {
  /** Whether addresses from before were used, the name not having been found anew. */
  staleDns = false;
  readonly #clock: Clock;
  readonly #dialledNs: Ns;
  #lookedUpNs: Ns;
  #connectedNs: Ns;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#dialledNs = clock.nowNs();
    this.#lookedUpNs = this.#dialledNs;
    this.#connectedNs = this.#dialledNs;
  }

  /** Once only: of a name with several addresses, each is reported as it is tried. */
  watchLookup(socket: Socket): void {
    socket.once('lookup', () => {
      this.#lookedUpNs = this.#clock.nowNs();
    });
  }

  connected(): void {
    this.#connectedNs = this.#clock.nowNs();
  }

  /** Returns the parts of a dial that is over now. */
  parts(socket: Socket): ConnectParts {
    const isTls = socket instanceof TLSSocket;
    return {
      dnsNs: this.#lookedUpNs - this.#dialledNs,
      tcpNs: this.#connectedNs - this.#lookedUpNs,
      tlsNs: isTls ? Math.max(0, this.#clock.nowNs() - this.#connectedNs) : 0,
      resumed: isTls && socket.isSessionReused(),
      staleDns: this.staleDns,
    };
  }
}

function lookupOf(names: NameResolver, times: DialTimes): LookupFunction {
  return (host, { all }, done) => {
    names.next(host).then(
      ({ addresses, stale }) => {
        times.staleDns = stale;
        const [first] = addresses;
        if (all === true) done(null, [...addresses]);
        else done(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => done(error, ''),
    );
  };
}

function tlsOptions({ serverName, host, alpn, dialOptions }: TargetAddress, session: TlsSession) {
  const options: ConnectionOptions = {
    host,
    servername: serverName,
    ALPNProtocols: [...(alpn ?? ['http/1.1'])],
    session: session.latest,
    rejectUnauthorized: dialOptions?.verify ?? true,
    ...(dialOptions?.secureContext && { secureContext: dialOptions.secureContext }),
  };
  return options;
}

function handshaken(socket: TLSSocket, session: TlsSession, onOpen: () => void): TLSSocket {
  // A session taken up is trusted without a look at the certificate's name. It is safe to hand on
  // because the event comes only from a connection that was itself found good.
  socket.on('session', (bytes) => {
    session.latest = bytes;
  });
  return socket.once('secureConnect', onOpen);
}

function reading(buffer: Uint8Array, { bytes: onBytes }: DialEvents): OnReadOpts {
  return {
    buffer,
    callback: (length, bytes) => {
      onBytes(bytes, length);
      return true;
    },
  };
}

/**
 * Returns the short text for a socket's error: its code, `ECONNREFUSED` say, or its message. Of a
 * name with several addresses, each of which failed, that of the first that says more than that
 * there is no way to it from here.
 */
export function socketErrorText(error: Error): string {
  const all = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  const texts = all.map((one) => (one as NodeJS.ErrnoException).code ?? one.message);
  return texts.find((text) => !NO_WAY.has(text)) ?? texts[0] ?? error.message;
}

/** What a connect to an address of a family says that this machine does not have. */
const NO_WAY = new Set(['EADDRNOTAVAIL', 'ENETUNREACH', 'EHOSTUNREACH', 'EAFNOSUPPORT']);

const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** Returns whether a short text of a socket's error says that the other side has closed. */
export function isClosedByPeer(text: string): boolean {
  return CLOSED.has(text);
}

/**
 * Returns the short text for a connection that could not be opened: the socket's own, and that a
 * close met the handshake. TCP itself knows no reset before it is connected, only a refusal.
 */
export function connectErrorText(text: string, { tls }: Pick<TargetAddress, 'tls'>): string {
  return tls && isClosedByPeer(text) ? `${text} ${IN_HANDSHAKE}` : text;
}
