import { hasProgram, outputOf } from '../child-process.ts';
import type { BenchOptions } from '../options.ts';
import { wrk } from '../peers/wrk.ts';
import { proxiesHere } from '../proxies/index.ts';
import { cpuSecOf } from '../process-cpu.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';
import { latencyTable } from './proxy-latency.ts';
import { benchProxyTiming } from './proxy-timing.ts';
import { interleaved, pairedCell, type Place, ProxyStand, type Turn } from './proxy-turns.ts';

const LEVELS = [1, 64, 512];
/** Of the server and of wrk; a proxy that is pinned has the other to itself. */
const SERVER_CORE = 0;
const PROXY_CORE = 1;
/**
 * Latencies are looked at for longer: of 4,000 calls in 2 s one pause of the machine of 20 ms is
 * the p99.
 */
const LATENCY_SEC = 10;
const TOXIC_MS = 20;
/** With more calls under way than one connection has. */
const TOXIC_LEVELS = [64, 512];

interface Throughput {
  readonly requestsPerSec: number;
  /** Of the proxy's process; NaN of none. */
  readonly cpuUsPerRequest: number;
}

/**
 * Prints what a proxy without toxics costs: throughput with every connection busy (wrk), each
 * proxy on one core and server and client on another; latency at a fixed rate (our own generator),
 * where proxies and client run on any core; each at 1, 64 and 512 connections, beside a direct
 * connection, HAProxy and the official Toxiproxy. Then the same latency under a latency toxic,
 * where a proxy has one, and how exact other toxics of time are. Rounds are interleaved (A B C A B
 * C ...).
 */
export async function benchProxy(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const seconds = options.seconds ?? (options.quick ? 1 : 2);
  const latencySec = options.seconds ?? (options.quick ? 1 : LATENCY_SEC);
  const proxies = proxiesHere(options.peers, say);
  const server = await startAnsweringServer(scratch, SERVER_CORE);
  const stand = new ProxyStand(Number(new URL(server.url).port), scratch);
  const turn = { rounds, seconds };
  const latencyTurn = { rounds, seconds: latencySec };
  try {
    const pinned = await stand.start(proxies, { core: PROXY_CORE });
    const places = await stand.start(proxies);
    say(
      `server: ${server.title}; interleaved rounds of ${seconds} s, latencies of ${latencySec} s`,
    );
    for (const connections of options.connections ?? LEVELS) {
      say(`\n${connections} connections`);
      if (hasProgram('wrk')) {
        say(`\n${await throughputTable({ ...turn, connections, places: pinned })}`);
      } else say('throughput skipped: wrk is not on this machine');
      say(`\n${await latencyTable({ ...latencyTurn, connections, places })}`);
    }
    const delaying = await stand.start(
      proxies.filter((proxy) => proxy.hasToxics),
      { latencyMs: TOXIC_MS },
    );
    const beside = [...places.filter(({ name }) => name === 'direct'), ...delaying];
    for (const connections of options.connections ?? TOXIC_LEVELS) {
      const table = await latencyTable({ ...latencyTurn, connections, places: beside }, TOXIC_MS);
      say(`\n${connections} connections\n\n${table}`);
    }
  } finally {
    await stand.stop();
    await server.stop();
  }
  await benchProxyTiming(options, say);
}

async function throughputTable(turn: Turn): Promise<string> {
  const found = await interleaved(turn, (place) => throughputOf(place, turn));
  const rows = [...found].map(([name, measured]) => [
    name,
    Math.round(median(measured.map((round) => round.requestsPerSec))).toString(),
    cell(median(measured.map((round) => round.cpuUsPerRequest)), 1),
    ...['direct', 'haproxy', 'toxiproxy'].map((base) =>
      pairedCell(
        measured,
        found.get(base),
        2,
        (round, other) => round.requestsPerSec / other.requestsPerSec,
      ),
    ),
  ]);
  const head = [
    'throughput, one core each',
    'requests/s',
    'CPU us/req.',
    'x direct',
    'x haproxy',
    'x toxiproxy',
  ];
  return renderTable(head, rows);
}

async function throughputOf(
  { port, pid }: Place,
  { connections, seconds }: Turn,
): Promise<Throughput> {
  const url = `http://127.0.0.1:${port}/`;
  const run = (sec: number): Promise<string> =>
    outputOf(wrk.saturate({ url, connections, seconds: sec, scratch: '' }), {
      core: SERVER_CORE,
      boundSec: sec + 15,
    });
  await run(1);
  const cpuSec = (): number => (pid === undefined ? undefined : cpuSecOf(pid)) ?? Number.NaN;
  const fromSec = cpuSec();
  const output = await run(seconds);
  const usedSec = cpuSec() - fromSec;
  const requests = Number(/(\d+) requests in/u.exec(output)?.[1] ?? Number.NaN);
  const requestsPerSec = Number(/Requests\/sec: +([\d.]+)/u.exec(output)?.[1] ?? Number.NaN);
  return { requestsPerSec, cpuUsPerRequest: (usedSec * 1_000_000) / requests };
}

function cell(value: number, digits: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(digits);
}
