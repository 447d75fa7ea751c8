import { createServer, type Server } from 'node:net';
import { errorText, HarnessError, invariant } from '../core/index.ts';

/**
 * Returns a free port of 127.0.0.1 for each name, all different; empty for no names. They are free
 * when this resolves and held by nobody: a service that finds its port taken since fails to start.
 * @throws LISTEN_FAILED when the machine has no free port.
 */
export async function allocatePorts(
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const servers = await Promise.all(names.map(() => listenOnFreePort()));
  const ports = new Map(names.map((name, index) => [name, portOf(servers[index])]));
  await Promise.all(servers.map((server) => closeServer(server)));
  return ports;
}

function listenOnFreePort(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) => {
      const message = `no free port on 127.0.0.1: ${errorText(cause)}`;
      reject(new HarnessError('LISTEN_FAILED', message, { hint: 'Close some programs.', cause }));
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server | undefined): number {
  const address = server?.address();
  invariant(typeof address === 'object' && address !== null, 'a TCP server has an address');
  return address.port;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
