import { availableParallelism } from 'node:os';
import { clientCommand } from '../client/run-client.ts';
import { hasProgram } from '../child-process.ts';
import type { BenchOptions } from '../options.ts';
import type { Load } from '../peers/index.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { type Client, costTable, interleaved, WARM_UP_SEC } from './request-cost.ts';

const SERVER_CORE = 0;
const CLIENT_CORE = 1;
const STREAMS = 10;
const LEVELS = [1, 10];

/**
 * Prints what a request over HTTP/2 costs callgauge and h2load in processor time, with ten streams
 * of every connection always busy, measured as `engine` measures.
 */
export async function benchHttp2(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  if (process.platform !== 'linux' || availableParallelism() < 2 || !hasProgram('nginx')) {
    say('http2 skipped: it needs Linux, two cores, and nginx as the server');
    return;
  }
  const isPeerHere = hasProgram('h2load') && (options.peers?.includes('h2load') ?? true);
  if (!isPeerHere) say('skipped: h2load (not here, or not wanted)');
  const clients: Client[] = [
    { name: 'callgauge', core: CLIENT_CORE, command: callgauge },
    ...(isPeerHere ? [{ name: 'h2load', core: CLIENT_CORE, command: h2load }] : []),
  ];
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const seconds = options.seconds ?? (options.quick ? 1 : 3);
  const server = await startAnsweringServer(scratch, SERVER_CORE);
  try {
    const warmUpSec = options.warmUp ?? WARM_UP_SEC;
    say(`${rounds} interleaved rounds of ${seconds} s each after ${warmUpSec} s`);
    say(`server: ${server.title} on core ${SERVER_CORE}, client on core ${CLIENT_CORE}`);
    for (const connections of options.connections ?? LEVELS) {
      const load = { url: server.http2Url ?? server.url, connections, seconds, scratch };
      const costs = await interleaved(clients, server, load, rounds, warmUpSec);
      say(`\n${connections} x ${STREAMS} streams\n\n${costTable(costs, 'h2load')}`);
    }
  } finally {
    await server.stop();
  }
}

function callgauge({ url, connections, seconds }: Load): string[] {
  return clientCommand({
    url,
    connections,
    streams: STREAMS,
    pacing: 'thrifty',
    phases: [{ seconds, measure: true, load: { users: connections * STREAMS } }],
  });
}

function h2load({ url, connections, seconds }: Load): string[] {
  return ['h2load', '-t1', `-c${connections}`, `-m${STREAMS}`, `-D${seconds}`, url];
}
