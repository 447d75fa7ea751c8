import { availableParallelism } from 'node:os';
import { clientCommand } from '../client/run-client.ts';
import { hasProgram } from '../child-process.ts';
import type { BenchOptions } from '../options.ts';
import type { Load } from '../peers/index.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { type Client, costTable, interleaved } from './request-cost.ts';

const SERVER_CORE = 0;
const CLIENT_CORE = 1;
const CONNECTIONS = 64;

/**
 * Prints what a request of a templated flow costs beside a plain one, measured as `engine`
 * measures: a POST with eight places filled in, two captures and a check, and a GET with three and
 * a check.
 */
export async function benchFlow(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  if (process.platform !== 'linux' || availableParallelism() < 2 || !hasProgram('nginx')) {
    say('flow skipped: it needs Linux, two cores, and nginx as the server');
    return;
  }
  const clients: Client[] = [false, true].map((isTemplated) => ({
    name: isTemplated ? 'templated flow' : 'plain',
    core: CLIENT_CORE,
    command: (load: Load) => callgauge(load, isTemplated),
  }));
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const seconds = options.seconds ?? (options.quick ? 1 : 3);
  const server = await startAnsweringServer(scratch, SERVER_CORE);
  try {
    say(`${rounds} interleaved rounds of ${seconds} s, ${CONNECTIONS} connections`);
    say(`server: ${server.title} on core ${SERVER_CORE}, client on core ${CLIENT_CORE}\n`);
    const load = { url: server.url, connections: CONNECTIONS, seconds, scratch };
    say(costTable(await interleaved(clients, server, load, rounds), 'plain'));
  } finally {
    await server.stop();
  }
}

function callgauge({ url, connections, seconds }: Load, isTemplated: boolean): string[] {
  return clientCommand({
    url,
    connections,
    isTemplated,
    pacing: 'thrifty',
    phases: [{ seconds, measure: true, load: { users: connections } }],
  });
}
