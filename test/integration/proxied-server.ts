import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { NS_PER_MS, preciseClock, sleep, systemClock } from '../../src/core/index.ts';
import type { Direction, ProxySpec, SettingValues, Toxic } from '../../src/toxics/index.ts';
import { parseEndpoint, ProxySet } from '../../src/proxy/index.ts';

/** Proxies in this thread, one of them, `edge`, in front of a server of the test. */
export interface ProxiedServer {
  readonly set: ProxySet;
  readonly server: Server;
  /** The server's own `host:port`. */
  readonly upstream: string;
  /** Connects to where `edge` listens now. */
  readonly dial: () => Promise<Socket>;
  close(): Promise<void>;
}

/**
 * Starts a server that handles each connection so, half-open allowed, and `edge` in front of it.
 */
export async function proxiedServer(
  handle: (socket: Socket) => void,
  seed = 7,
): Promise<ProxiedServer> {
  const server = await listening(handle);
  const upstream = addressOf(server);
  const clock = preciseClock();
  const set = new ProxySet({ clock, seed });
  await set.create(tcpProxy('edge', upstream));
  return {
    set,
    server,
    upstream,
    dial: async () => dialled((await set.proxy('edge')).listen),
    close: async () => {
      await set.close();
      clock.close();
      server.close();
    },
  };
}

/** Returns a server of loopback, half-open allowed, whose broken connections are let go. */
export async function listening(handle: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Returns `host:port` of a server that listens. */
export function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Returns a proxy of plain TCP on a free port. */
export function tcpProxy(name: string, upstream: string, listen = '127.0.0.1:0'): ProxySpec {
  return { name, listen, upstream, protocol: 'tcp', callerFaults: false };
}

/** Resolves with a connected socket, half-open allowed. */
export async function dialled(address: string): Promise<Socket> {
  const options = { allowHalfOpen: true, noDelay: true };
  const socket = connect({ ...parseEndpoint(address, 'address'), ...options });
  await once(socket, 'connect');
  return socket;
}

/** Returns a toxic that works on every connection. */
export function toxicOf(
  type: string,
  settings: SettingValues,
  more: { name?: string; stream?: Direction; toxicity?: number } = {},
): Toxic {
  return { name: type, type, stream: 'downstream', toxicity: 1, settings, ...more };
}

/** Answers with what it is sent. */
export function echo(socket: Socket): void {
  socket.pipe(socket);
}

/** Resolves with the error code by which a socket ends; 'FIN' where it ends in good order. */
export function endOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('end', () => resolve('FIN'));
    socket.resume();
  });
}

const clock = systemClock();

/** Returns how long, in ms, it took until `text` was echoed. */
export async function roundTripMs(socket: Socket, text = 'ping'): Promise<number> {
  const fromNs = clock.nowNs();
  socket.write(text);
  await once(socket, 'data');
  return (clock.nowNs() - fromNs) / 1e6;
}

/**
 * Writes the numbers from 0, four bytes each, over many turns of the loop, and then the end. Goes
 * on where `mayGoOn` says so, which is asked with how many are written.
 */
export async function writeNumbers(
  socket: Socket,
  count: number,
  mayGoOn: (written: number) => boolean,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const chunk = Buffer.alloc(4);
    chunk.writeUInt32BE(i);
    socket.write(chunk);
    if (i % 256 !== 255) continue;
    do await sleep(clock, NS_PER_MS);
    while (!mayGoOn(i + 1));
  }
  socket.end();
}
