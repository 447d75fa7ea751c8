import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { allocatePorts } from '../../src/processes/index.ts';

/** Returns a port of loopback that nobody gets who does not ask for it by its number. */
export async function freePort(): Promise<number> {
  const ports = await allocatePorts(['free']);
  return ports.get('free') ?? 0;
}

/** A port of loopback that refuses connections. */
export interface RefusingPort {
  readonly port: number;
  readonly release: () => void;
}

/**
 * Takes a port on which nobody listens, nor can while it is held: it is the client's of a
 * connection.
 */
export async function refusingPort(): Promise<RefusingPort> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  const release = (): void => {
    client.destroy();
    server.close();
  };
  return { port: client.localPort ?? 0, release };
}
