import { createServer, type Server } from 'node:net';
import { listen } from '../core/index.ts';

/**
 * Ports that no system hands out by itself: Linux does so from 32768 on, others from 49152. What
 * connects or listens anywhere on the machine takes none of these by chance, however much it does.
 */
const [FIRST_PORT, PORT_COUNT] = [20_000, 12_000];
/** Processes with ids near each other begin this far apart. */
const PORTS_PER_PROCESS = 97;
const TRIES = 200;
const HOST = '127.0.0.1';

/** How many of them were looked at by this process. */
let looks = 0;

/**
 * Returns a free port of 127.0.0.1 for each name, all different; empty for no names. They are free
 * when this resolves and held by nobody: a service that finds its port taken since fails to start.
 * They are of those that others get only where they ask for them by number.
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

async function takeFreePort(name: string): Promise<TakenPort> {
  for (let tries = 0; tries < TRIES; tries++) {
    const place = process.pid * PORTS_PER_PROCESS + looks++;
    const taken = await take(name, FIRST_PORT + (place % PORT_COUNT)).catch(() => undefined);
    if (taken) return taken;
  }
  return take(name, 0);
}

interface TakenPort {
  readonly server: Server;
  readonly port: number;
}

async function take(name: string, wanted: number): Promise<TakenPort> {
  const server = createServer();
  const { port } = await listen(server, {
    who: `service ${name}`,
    hint: 'Close some programs: the machine has no free port.',
    host: HOST,
    port: wanted,
  });
  return { server, port };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
