import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { NS_PER_MS, preciseClock, sleep, systemClock } from '../../src/core/index.ts';
import type { Toxic } from '../../src/toxics/index.ts';
import { ProxySet } from '../../src/proxy/index.ts';

/** A proxy that reads HTTP, on a free port of loopback. */
export interface HttpProxy {
  readonly port: number;
  readonly url: string;
  readonly set: ProxySet;
  close(): Promise<void>;
}

/** Starts a proxy named `edge` in front of a port, with toxics on it. */
export async function httpProxy(
  upstreamPort: number,
  options: {
    readonly toxics?: readonly Toxic[];
    readonly runId?: string;
    readonly seed?: number;
    readonly callerFaults?: boolean;
  } = {},
): Promise<HttpProxy> {
  const { toxics = [], runId, seed = 7, callerFaults = false } = options;
  const clock = preciseClock();
  const set = new ProxySet({ clock, seed, ...(runId !== undefined && { runId }) });
  const { listen } = await set.create(
    {
      name: 'edge',
      listen: '127.0.0.1:0',
      upstream: `127.0.0.1:${upstreamPort}`,
      protocol: 'http',
      callerFaults,
    },
    { toxics },
  );
  const port = Number(listen.split(':').at(-1));
  const close = (): Promise<void> => set.close().finally(() => clock.close());
  return { port, url: `http://127.0.0.1:${port}`, set, close };
}

/** Waits until the proxy has no connection any more; fails by the test's time. */
export async function untilIdle({ set }: HttpProxy): Promise<void> {
  const clock = systemClock();
  while ((await set.stats()).get('edge')?.liveConnections !== 0) await sleep(clock, 5 * NS_PER_MS);
}

/** Returns a toxic on requests by its type, its settings and what else is said of it. */
export function toxic(
  type: string,
  settings: Toxic['settings'] = {},
  more: Partial<Toxic> = {},
): Toxic {
  return { name: type, type, stream: 'downstream', toxicity: 1, settings, ...more };
}

/** Listens on a free port of loopback; `stop` also closes what is connected. */
export async function listening(
  server: Server,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

/** What a raw connection said, and how it ended. */
export interface RawTalk {
  readonly received: string;
  readonly end: 'FIN' | 'RST';
}

/** Sends bytes as they are, one part after the other, and returns what came until the end. */
export async function rawTalk(port: number, parts: readonly string[]): Promise<RawTalk> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  let received = '';
  socket.on('data', (bytes) => (received += bytes.toString('latin1')));
  const ended = new Promise<RawTalk['end']>((resolve) => {
    socket.once('end', () => resolve('FIN'));
    socket.once('error', () => resolve('RST'));
  });
  await once(socket, 'connect');
  for (const part of parts) {
    socket.write(part, 'latin1');
    await new Promise(setImmediate);
  }
  const end = await ended;
  socket.destroy();
  return { received, end };
}

/** Starts a server that gets every connection, and may do with it what it likes. */
export function rawServer(talk: (socket: Socket) => void): Promise<{
  readonly port: number;
  readonly stop: () => Promise<void>;
}> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    talk(socket);
  });
  return listening(server);
}
