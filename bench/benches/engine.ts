import { availableParallelism } from 'node:os';
import { clientCommand } from '../client/run-client.ts';
import { pauseSec, startProcess } from '../child-process.ts';
import type { BenchOptions } from '../options.ts';
import { type Load, peersHere } from '../peers/index.ts';
import { cpuSecOf } from '../process-cpu.ts';
import { type AnsweringServer, startAnsweringServer } from '../servers/answering-server.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';

interface Client {
  readonly name: string;
  command(load: Load): readonly string[];
}

interface Cost {
  readonly cpuUsPerRequest: number;
  readonly requestsPerSec: number;
}

const SERVER_CORE = 0;
const CLIENT_CORE = 1;
/** Time in which a client warms up, from its first requests on, before it is looked at. */
const WARM_UP_SEC = 1;
/** How long it may take to start; on an idle machine a tenth of that is plenty. */
const START_WITHIN_SEC = 5;
/** The server is asked for its count now and then: a few requests are not the client's. */
const OWN_REQUESTS_MAX = 200;
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
    { name: 'callgauge', command: callgauge },
    ...peers.map((peer) => ({ name: peer.name, command: (load: Load) => peer.saturate(load) })),
  ];
  const levels = options.quick ? options.connections.slice(0, 3).slice(-1) : options.connections;
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const turns = levels.length * rounds * clients.length;
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
      say(`\n${connections} connections\n\n${engineTable(costs)}`);
    }
  } finally {
    await server.stop();
  }
}

/**
 * Returns the table of what was measured, by client and round: medians, and the cost over wrk's in
 * the same round as median and range. Empty ratios where wrk is missing.
 */
export function engineTable(costs: ReadonlyMap<string, readonly Cost[]>): string {
  const wrk = costs.get('wrk');
  const rows = [...costs].map(([name, rounds]) => {
    const ratios = rounds.flatMap((cost, round) => {
      const base = wrk?.[round]?.cpuUsPerRequest;
      return base === undefined ? [] : [cost.cpuUsPerRequest / base];
    });
    return [
      name,
      median(rounds.map((cost) => cost.cpuUsPerRequest)).toFixed(2),
      Math.round(median(rounds.map((cost) => cost.requestsPerSec))).toString(),
      ...(ratios.length === 0
        ? []
        : [
            median(ratios).toFixed(2),
            `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`,
          ]),
    ];
  });
  return renderTable(['client', 'CPU us/request', 'requests/s', 'x wrk', 'range'], rows);
}

async function interleaved(
  clients: readonly Client[],
  server: AnsweringServer,
  load: Load,
  rounds: number,
): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>(clients.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const client of clients) {
      costs.get(client.name)?.push(await costOf(client, server, load));
    }
  }
  return costs;
}

async function costOf(client: Client, server: AnsweringServer, load: Load): Promise<Cost> {
  // Longer than is looked at: it is stopped when the window is over.
  const seconds = Math.ceil(load.seconds + WARM_UP_SEC + START_WITHIN_SEC);
  const running = startProcess(client.command({ ...load, seconds }), {
    core: CLIENT_CORE,
    boundSec: seconds + 10,
  });
  try {
    await untilSending(server);
    await pauseSec(WARM_UP_SEC);
    const from = await reading(running.pid, server);
    await pauseSec(load.seconds);
    const to = await reading(running.pid, server);
    const requests = to.requests - from.requests;
    if (requests < OWN_REQUESTS_MAX) throw new Error(`it made ${requests} requests only`);
    return {
      cpuUsPerRequest: ((to.cpuSec - from.cpuSec) * 1_000_000) / requests,
      requestsPerSec: (requests * 1_000) / (to.atMs - from.atMs),
    };
  } catch (error) {
    throw new Error(`${client.name} at ${load.connections} connections failed`, { cause: error });
  } finally {
    await running.stop();
  }
}

async function untilSending(server: AnsweringServer): Promise<void> {
  const before = await server.requests();
  for (let attempt = 0; attempt < START_WITHIN_SEC * 20; attempt++) {
    if ((await server.requests()) - before > OWN_REQUESTS_MAX) return;
    await pauseSec(0.05);
  }
  throw new Error(`it sent nothing within ${START_WITHIN_SEC} s`);
}

interface Reading {
  readonly cpuSec: number;
  readonly requests: number;
  readonly atMs: number;
}

async function reading(pid: number, server: AnsweringServer): Promise<Reading> {
  const requests = await server.requests();
  const cpuSec = cpuSecOf(pid);
  if (cpuSec === undefined) throw new Error('the client ended before it was measured');
  return { cpuSec, requests, atMs: performance.now() };
}

function callgauge({ url, connections, seconds }: Load): string[] {
  return clientCommand({
    url,
    connections,
    pacing: 'thrifty',
    phases: [{ seconds, measure: true, load: { users: connections } }],
  });
}
