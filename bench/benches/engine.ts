import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { clientCommand } from '../client/run-client.ts';
import type { BenchOptions } from '../options.ts';
import { type Load, peersHere } from '../peers/index.ts';
import { type AnsweringServer, startAnsweringServer } from '../servers/answering-server.ts';
import { type Client, costTable, interleaved, WARM_UP_SEC } from './request-cost.ts';

const SERVER_CORE = 0;
const CLIENT_CORE = 1;
const CONNECTIONS = [1, 16, 64, 256];
const TLS_CONNECTIONS = 64;
/** What Node's sockets cost by themselves. */
const BARE_SOCKETS = 'bare sockets';
/** What all windows together may take: the more clients there are, the shorter is each. */
const TIME_BUDGET_SEC = 215;

/**
 * Prints what a request costs each client in processor time, with every connection always busy. All
 * are measured alike, from outside: the client's processor time out of /proc over the requests that
 * the server counted, in one window after a warm-up. The rounds are interleaved (A B C A B C ...),
 * so that what the machine does meanwhile meets all of them; the ratio is taken round by round.
 */
export async function benchEngine(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  if (process.platform !== 'linux' || availableParallelism() < 2) {
    say('engine skipped: it needs Linux and two cores, one for the server and one for the client');
    return;
  }
  const peers = peersHere(options.peers, say);
  const clients: Client[] = [
    { name: 'callgauge', core: CLIENT_CORE, command: callgauge },
    { name: BARE_SOCKETS, core: CLIENT_CORE, command: bareSockets },
    ...peers.map((peer) => ({
      name: peer.name,
      core: CLIENT_CORE,
      command: (load: Load) => peer.saturate(load),
    })),
  ];
  const wanted = options.connections ?? CONNECTIONS;
  const levels = options.quick ? wanted.slice(0, 3).slice(-1) : wanted;
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const turns = levels.length * rounds * clients.length + rounds * 2;
  const most = TIME_BUDGET_SEC / turns - WARM_UP_SEC - 0.6;
  const seconds = options.seconds ?? Math.max(0.5, Math.min(options.quick ? 1 : 3, most));
  say(
    `${rounds} interleaved round${rounds === 1 ? '' : 's'} of ${seconds.toFixed(1)} s each after ${WARM_UP_SEC} s`,
  );
  const server = await startAnsweringServer(scratch, SERVER_CORE);
  try {
    say(`server: ${server.title} on core ${SERVER_CORE}, client on core ${CLIENT_CORE}`);
    for (const connections of levels) {
      const load = { url: server.url, connections, seconds, scratch };
      const costs = await interleaved(clients, server, load, rounds);
      say(`\n${connections} connections\n\n${costTable(costs)}`);
    }
    await overTls(clients, server, { connections: TLS_CONNECTIONS, seconds, scratch }, rounds, say);
  } finally {
    await server.stop();
  }
}

/** The same over TLS, with the peer that knows no certificate it would refuse. */
async function overTls(
  clients: readonly Client[],
  server: AnsweringServer,
  load: Omit<Load, 'url'>,
  rounds: number,
  say: (line: string) => void,
): Promise<void> {
  if (server.tlsUrl === undefined) {
    say('\nTLS skipped: it needs nginx, and openssl to make a certificate');
    return;
  }
  const able = clients.filter(({ name }) => ['callgauge', BARE_SOCKETS, 'wrk'].includes(name));
  const costs = await interleaved(able, server, { ...load, url: server.tlsUrl }, rounds);
  say(`\n${load.connections} connections over TLS\n\n${costTable(costs)}`);
}

function bareSockets({ url, connections }: Load): string[] {
  const file = join(import.meta.dirname, '../client/bare-sockets-main.ts');
  return [process.execPath, file, url, String(connections)];
}

function callgauge({ url, connections, seconds }: Load): string[] {
  return clientCommand({
    url,
    connections,
    pacing: 'thrifty',
    phases: [{ seconds, measure: true, load: { users: connections } }],
  });
}
