import { connect as connectTcp, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { systemClock } from '../../core/index.ts';
import type { ConnectParts } from '../../engine/index.ts';
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
 *   dialled ── dns ──► lookup ── tcp ──► connect ── tls ──► open
 */
export function dial(
  address: TargetAddress,
  readBuffer: Uint8Array,
  session: TlsSession,
  on: { readonly open: (parts: ConnectParts) => void; readonly bytes: OnBytes },
): Socket {
  const dialledNs = dialClock.nowNs();
  let lookedUpNs = dialledNs;
  let connectedNs = dialledNs;
  const socket = address.tls
    ? dialTls(address, readBuffer, session, on.bytes)
    : connectTcp(socketOptions(address, readBuffer, on.bytes));
  // Once only: a name with several addresses is told of one by one, as each is tried.
  socket.once('lookup', () => {
    lookedUpNs = dialClock.nowNs();
  });
  socket.once('connect', () => {
    connectedNs = dialClock.nowNs();
  });
  socket.once(address.tls ? 'secureConnect' : 'connect', () => {
    on.open({
      dnsNs: lookedUpNs - dialledNs,
      tcpNs: connectedNs - lookedUpNs,
      tlsNs: address.tls ? Math.max(0, dialClock.nowNs() - connectedNs) : 0,
      resumed: socket instanceof TLSSocket && socket.isSessionReused(),
    });
  });
  return socket;
}

function dialTls(
  address: TargetAddress,
  readBuffer: Uint8Array,
  session: TlsSession,
  onBytes: OnBytes,
): TLSSocket {
  const socket = connectTls({
    ...socketOptions(address, readBuffer, onBytes),
    servername: address.serverName,
    ALPNProtocols: ['http/1.1'],
    session: session.latest,
  });
  // A session taken up is trusted without a look at the certificate's name. It is safe to hand on
  // because the event comes only from a connection that was itself found good.
  socket.on('session', (bytes) => {
    session.latest = bytes;
  });
  return socket.setNoDelay(true);
}

function socketOptions(
  address: TargetAddress,
  readBuffer: Uint8Array,
  onBytes: OnBytes,
): TcpNetConnectOpts {
  return {
    host: address.host,
    port: address.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    onread: {
      buffer: readBuffer,
      callback: (length: number, bytes: Uint8Array): boolean => {
        onBytes(bytes, length);
        return true;
      },
    },
  };
}

/** Returns the short text for a socket's error: its code, `ECONNREFUSED` say, or its message. */
export function socketErrorText(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? error.message;
}
