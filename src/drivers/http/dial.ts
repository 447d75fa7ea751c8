import {
  connect as connectTcp,
  type LookupFunction,
  type Socket,
  type TcpNetConnectOpts,
} from 'node:net';
import { connect as connectTls, type ConnectionOptions, TLSSocket } from 'node:tls';
import { systemClock, type ConnectParts } from '../../core/index.ts';
import type { NameResolver } from './name-resolver.ts';
import { ProxyTunnel } from './proxy-tunnel.ts';
import type { TargetAddress } from './target-address.ts';

/** When the kernel begins to ask an idle peer whether it is still there. */
const KEEP_ALIVE_AFTER_MS = 15_000;

/** Takes `length` bytes out of a buffer that the next read, of whatever connection, overwrites. */
export type OnBytes = (bytes: Uint8Array, length: number) => void;

/** The session that the next connection to a target may take up. */
export interface TlsSession {
  /** Undefined before the first. */
  latest: Buffer | undefined;
}

/** Dialling is timed apart from the run's clock, which may not have begun by then. */
const dialClock = systemClock();

/**
 * Returns a socket that connects to the target and reads into the buffer that all connections share.
 * `open` is called when requests may be sent: after the handshake where there is one.
 *
 *   dialled ── dns ──► lookup ── tcp ──► connect ────────────── tls ──► open
 *                                └─ to a proxy, CONNECT ──► ┘
 */
export function dial(
  address: TargetAddress,
  readBuffer: Uint8Array,
  session: TlsSession,
  on: { readonly open: (parts: ConnectParts) => void; readonly bytes: OnBytes },
): Socket {
  const times = new DialTimes();
  const proxy = address.way?.proxy;
  const options: TcpNetConnectOpts = {
    host: proxy?.host ?? address.host,
    port: proxy?.port ?? address.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    ...(address.way && { lookup: lookupOf(address.way.names, times) }),
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
  const reading = { ...options, onread: { buffer: readBuffer, callback: reader(on.bytes) } };
  if (address.tls) {
    const socket = connectTls({ ...reading, ...tlsOptions(address, session) }).setNoDelay(true);
    times.watchLookup(socket);
    socket.once('connect', () => times.connected());
    return handshaken(socket, session, () => on.open(times.parts(socket)));
  }
  const socket = connectTcp(reading);
  times.watchLookup(socket);
  return socket.once('connect', () => {
    times.connected();
    on.open(times.parts(socket));
  });
}

/** When the parts of one dial were over. */
class DialTimes {
  /** Whether addresses from before were used, the name not having been found anew. */
  staleDns = false;
  readonly #dialledNs = dialClock.nowNs();
  #lookedUpNs = this.#dialledNs;
  #connectedNs = this.#dialledNs;

  /** Once only: a name with several addresses is told of one by one, as each is tried. */
  watchLookup(socket: Socket): void {
    socket.once('lookup', () => {
      this.#lookedUpNs = dialClock.nowNs();
    });
  }

  connected(): void {
    this.#connectedNs = dialClock.nowNs();
  }

  /** Returns the parts of a dial that is over now. */
  parts(socket: Socket): ConnectParts {
    const isTls = socket instanceof TLSSocket;
    return {
      dnsNs: this.#lookedUpNs - this.#dialledNs,
      tcpNs: this.#connectedNs - this.#lookedUpNs,
      tlsNs: isTls ? Math.max(0, dialClock.nowNs() - this.#connectedNs) : 0,
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

function tlsOptions({ serverName, host, alpn, way }: TargetAddress, session: TlsSession) {
  const options: ConnectionOptions = {
    host,
    servername: serverName,
    ALPNProtocols: [...(alpn ?? ['http/1.1'])],
    session: session.latest,
    rejectUnauthorized: way?.verify ?? true,
    ...(way?.secureContext && { secureContext: way.secureContext }),
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

function reader(onBytes: OnBytes) {
  return (length: number, bytes: Uint8Array): boolean => {
    onBytes(bytes, length);
    return true;
  };
}

/** Returns the short text for a socket's error: its code, `ECONNREFUSED` say, or its message. */
export function socketErrorText(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? error.message;
}
