import { createServer, type Server } from 'node:net';
import { listen } from '../core/index.ts';

/**
 * Returns a free port of 127.0.0.1 for each name, all different; empty for no names. They are free
 * when this resolves and held by nobody: a service that finds its port taken since fails to start.
 * @throws LISTEN_FAILED when the machine has no free port.
 */
export async function allocatePorts(
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const taken = await Promise.all(
    names.map(async (name) => ({ name, ...(await takeFreePort(name)) })),
  );
  await Promise.all(taken.map(({ server }) => closeServer(server)));
  return new Map(taken.map(({ name, port }) => [name, port]));
}

async function takeFreePort(name: string): Promise<{ server: Server; port: number }> {
  const server = createServer();
  const { port } = await listen(server, {
    who: `service ${name}`,
    hint: 'Close some programs: the machine has no free port.',
    host: '127.0.0.1',
    port: 0,
  });
  return { server, port };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
