import { createServer, type AddressInfo, type Server } from 'node:net';

/**
 * Returns a port of 127.0.0.1 that was free a moment ago. Another process may take it before it is
 * used: the caller starts anew then.
 */
export async function freePort(): Promise<number> {
  const server = await listening(0);
  const { port } = server.address() as AddressInfo;
  await closed(server);
  return port;
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
