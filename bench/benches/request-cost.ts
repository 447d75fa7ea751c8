import { pauseSec, startProcess } from '../child-process.ts';
import type { Load } from '../peers/index.ts';
import { cpuSecOf } from '../process-cpu.ts';
import type { AnsweringServer } from '../servers/answering-server.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';

/** Something that keeps every connection busy. */
export interface Client {
  readonly name: string;
  /** The only core it may run on; any where it is not given. */
  readonly core?: number;
  command(load: Load): readonly string[];
}

/** What a request costs a client in processor time, and how many it made. */
export interface Cost {
  readonly cpuUsPerRequest: number;
  readonly requestsPerSec: number;
}

/** Time in which a client warms up, from its first requests on, before it is looked at. */
export const WARM_UP_SEC = 1;
/** How long it may take to start; on an idle machine a tenth of that is plenty. */
const START_WITHIN_SEC = 5;
/** The server is asked for its count now and then: a few requests are not the client's. */
const OWN_REQUESTS_MAX = 200;

/**
 * Returns the table of what was measured, by client and round: medians, and the cost over that of
 * `base` in the same round as median and range. Empty ratios where that is missing.
 */
export function costTable(costs: ReadonlyMap<string, readonly Cost[]>, base = 'wrk'): string {
  const baseCosts = costs.get(base);
  const rows = [...costs].map(([name, rounds]) => {
    const ratios = rounds.flatMap((cost, round) => {
      const baseUs = baseCosts?.[round]?.cpuUsPerRequest;
      return baseUs === undefined ? [] : [cost.cpuUsPerRequest / baseUs];
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
  return renderTable(['client', 'CPU us/request', 'requests/s', `x ${base}`, 'range'], rows);
}

/**
 * Returns the costs by client, round after round (A B C A B C ...), each looked at `warmUpSec`
 * after its first requests.
 */
export async function interleaved(
  clients: readonly Client[],
  server: AnsweringServer,
  load: Load,
  rounds: number,
  warmUpSec = WARM_UP_SEC,
): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>(clients.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const client of clients) {
      costs.get(client.name)?.push(await costOf(client, server, load, warmUpSec));
    }
  }
  return costs;
}

async function costOf(
  client: Client,
  server: AnsweringServer,
  load: Load,
  warmUpSec: number,
): Promise<Cost> {
  // Longer than is looked at: it is stopped when the window is over.
  const seconds = Math.ceil(load.seconds + warmUpSec + START_WITHIN_SEC);
  const running = startProcess(client.command({ ...load, seconds }), {
    ...(client.core === undefined ? {} : { core: client.core }),
    boundSec: seconds + 10,
  });
  try {
    await untilSending(server);
    await pauseSec(warmUpSec);
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
