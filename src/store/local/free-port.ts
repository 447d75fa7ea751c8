import { createServer, type AddressInfo, type Server } from 'node:net';

/**
 * Returns so many different ports of 127.0.0.1 that were free a moment ago. Another process may
 * take one before it is used: the caller starts anew then.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listening(0)));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(closed));
  return ports;
}

/** Returns whether somebody listens on that port of 127.0.0.1. */
export async function isTaken(port: number): Promise<boolean> {
  try {
    await closed(await listening(port));
    return false;
  } catch {
    return true;
  }
}

function listening(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
