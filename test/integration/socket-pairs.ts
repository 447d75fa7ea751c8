import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls, type SecureVersion, TLSSocket } from 'node:tls';
import type { TlsIdentity } from './tls-identity.ts';

/** The two ends of one connection on loopback. */
export interface SocketPair {
  readonly socket: Socket;
  /** Reads nothing before it is resumed. */
  readonly peer: Socket;
  /** Has the kernel of the peer close with a reset. */
  readonly resetByPeer: () => void;
  readonly close: () => void;
}

/** Returns a connection in the clear. */
export async function plainPair(): Promise<SocketPair> {
  const { port, accepted, close } = await acceptOne();
  const socket = connect(port, '127.0.0.1');
  const [peer] = await Promise.all([accepted, once(socket, 'connect')]);
  return {
    socket,
    peer,
    resetByPeer: () => peer.resetAndDestroy(),
    close: () => close(socket, peer),
  };
}

/** Returns a connection over TLS of a version, whose handshake is over. */
export async function tlsPair(identity: TlsIdentity, version: SecureVersion): Promise<SocketPair> {
  const { port, accepted, close } = await acceptOne();
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const connected = once(socket, 'secureConnect');
  const raw = await accepted;
  const versions = { minVersion: version, maxVersion: version };
  const peer = new TLSSocket(raw, { isServer: true, ...identity, ...versions });
  peer.pause();
  await connected;
  return {
    socket,
    peer,
    resetByPeer: () => raw.resetAndDestroy(),
    close: () => close(socket, peer, raw),
  };
}

async function acceptOne() {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection').then(([peer]) => peer as Socket);
  const close = (...sockets: readonly Socket[]): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, accepted, close };
}
