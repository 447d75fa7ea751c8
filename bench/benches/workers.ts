import { availableParallelism } from 'node:os';
import { clientCommand } from '../client/run-client.ts';
import type { BenchOptions } from '../options.ts';
import { hasProgram } from '../child-process.ts';
import type { Load } from '../peers/index.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { type Client, costTable, interleaved } from './request-cost.ts';

const SERVER_CORE = 0;
const CONNECTIONS = 64;

/**
 * Prints what two sending workers make of the cores beside one, with every connection always busy,
 * and wrk with as many threads. Nothing is pinned but the server: on two cores a second worker
 * shares one with it, and what it adds is what the server leaves.
 */
export async function benchWorkers(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const seconds = options.seconds ?? (options.quick ? 1 : 3);
  const isWrkHere = hasProgram('wrk') && (options.peers?.includes('wrk') ?? true);
  const clients: Client[] = [1, 2].flatMap((threads) => [
    { name: `callgauge x${threads}`, command: (load: Load) => callgauge(load, threads) },
    ...(isWrkHere
      ? [{ name: `wrk -t${threads}`, command: (load: Load) => wrk(load, threads) }]
      : []),
  ]);
  const server = await startAnsweringServer(scratch, SERVER_CORE);
  try {
    say(`${availableParallelism()} cores, ${rounds} interleaved rounds of ${seconds} s`);
    say(
      `server: ${server.title} on core ${SERVER_CORE}, clients anywhere, ${CONNECTIONS} connections\n`,
    );
    const load = { url: server.url, connections: CONNECTIONS, seconds, scratch };
    const costs = await interleaved(clients, server, load, rounds);
    say(costTable(costs, 'callgauge x1'));
  } finally {
    await server.stop();
  }
}

function wrk({ url, connections, seconds }: Load, threads: number): string[] {
  return ['wrk', `-t${threads}`, `-c${connections}`, `-d${seconds}s`, url];
}

function callgauge({ url, connections, seconds }: Load, workers: number): string[] {
  return clientCommand({
    url,
    connections,
    workers,
    pacing: 'thrifty',
    phases: [{ seconds, measure: true, load: { users: connections } }],
  });
}
