import { NS_PER_US } from '../../src/core/index.ts';
import { hasProgram, outputOf } from '../child-process.ts';
import { runClient } from '../client/run-client.ts';
import type { BenchOptions } from '../options.ts';
import { wrk } from '../peers/wrk.ts';
import { proxiesHere, type ProxyUnderTest, type RunningProxy } from '../proxies/index.ts';
import { cpuSecOf } from '../process-cpu.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';
import { benchProxyTiming } from './proxy-timing.ts';

const LEVELS = [1, 64, 512];
/** Of the server and of wrk; a proxy that is pinned has the other to itself. */
const SERVER_CORE = 0;
const PROXY_CORE = 1;
/**
 * Moderate: a twentieth of what the slowest proxy can do, so that latencies are not those of
 * queues.
 */
const RATE_PER_SEC = 2_000;

interface Throughput {
  readonly requestsPerSec: number;
  /** Of the proxy's process; NaN of none. */
  readonly cpuUsPerRequest: number;
}

interface Latency {
  readonly p50Us: number;
  readonly p99Us: number;
}

/**
 * Prints what a proxy without toxics costs: throughput with every connection busy (wrk), each
 * proxy on one core and server and client on another; latency at a fixed rate (our own generator),
 * where proxies and client run on any core; each at 1, 64 and 512 connections, beside a direct
 * connection, HAProxy and the official Toxiproxy; then how exact toxics of time are. Rounds are
 * interleaved (A B C A B C ...).
 */
export async function benchProxy(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const seconds = options.seconds ?? (options.quick ? 1 : 2);
  const proxies = proxiesHere(options.peers, say);
  const server = await startAnsweringServer(scratch, SERVER_CORE);
  const upstreamPort = Number(new URL(server.url).port);
  const running: RunningProxy[] = [];
  const started = async (proxy: ProxyUnderTest, core?: number): Promise<Place> => {
    const place = await proxy.start(upstreamPort, scratch, core);
    running.push(place);
    return { name: proxy.name, ...place };
  };
  try {
    const pinned: Place[] = [];
    const free: Place[] = [];
    for (const proxy of proxies) {
      pinned.push(await started(proxy, PROXY_CORE));
      free.push(await started(proxy));
    }
    say(`server: ${server.title}; ${rounds} interleaved rounds of ${seconds} s`);
    for (const connections of options.connections ?? LEVELS) {
      const turn = { rounds, seconds, connections };
      say(`\n${connections} connections`);
      if (hasProgram('wrk')) say(`\n${await throughputTable({ ...turn, places: pinned })}`);
      else say('throughput skipped: wrk is not on this machine');
      say(`\n${await latencyTable({ ...turn, places: free })}`);
    }
  } finally {
    for (const proxy of running) await proxy.stop();
    await server.stop();
  }
  await benchProxyTiming(options, say);
}

type Place = Pick<RunningProxy, 'port' | 'pid'> & { readonly name: string };

interface Turn {
  readonly places: readonly Place[];
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

async function throughputTable(turn: Turn): Promise<string> {
  const found = await interleaved(turn, (place) => throughputOf(place, turn));
  const rows = [...found].map(([name, measured]) => [
    name,
    Math.round(median(measured.map((round) => round.requestsPerSec))).toString(),
    cell(median(measured.map((round) => round.cpuUsPerRequest)), 1),
    ...['direct', 'haproxy', 'toxiproxy'].map((base) =>
      ratioCell(measured, found.get(base), (round) => round.requestsPerSec),
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

async function latencyTable(turn: Turn): Promise<string> {
  const found = await interleaved(turn, (place) => latencyOf(place.port, turn));
  const direct = found.get('direct') ?? [];
  const added = (measured: readonly Latency[], of: (round: Latency) => number): string => {
    const differences = measured.flatMap((round, i) => {
      const base = direct[i];
      return base === undefined ? [] : [of(round) - of(base)];
    });
    return median(differences).toFixed(0);
  };
  const rows = [...found].map(([name, measured]) => [
    name,
    median(measured.map((round) => round.p50Us)).toFixed(0),
    median(measured.map((round) => round.p99Us)).toFixed(0),
    added(measured, (round) => round.p50Us),
    added(measured, (round) => round.p99Us),
  ]);
  const title = `latency at ${RATE_PER_SEC}/s`;
  return renderTable([title, 'p50 us', 'p99 us', 'added p50', 'added p99'], rows);
}

async function interleaved<T>(
  { places, rounds }: Turn,
  measure: (place: Place) => Promise<T>,
): Promise<Map<string, T[]>> {
  const found = new Map<string, T[]>(places.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const place of places) found.get(place.name)?.push(await measure(place));
  }
  return found;
}

async function throughputOf(
  { port, pid }: Pick<RunningProxy, 'port' | 'pid'>,
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

/** From the send to the end of the answer; our own generator, which sends at the intended times. */
async function latencyOf(port: number, { connections, seconds }: Turn): Promise<Latency> {
  const load = { ratePerSec: RATE_PER_SEC, process: 'constant' as const };
  const report = await runClient({
    url: `http://127.0.0.1:${port}/`,
    connections,
    pacing: 'balanced',
    phases: [
      { seconds: 1, measure: false, load },
      { seconds, measure: true, load },
    ],
  });
  const service = report.percentilesNs.service;
  const us = (ns: number | undefined): number => (ns ?? Number.NaN) / NS_PER_US;
  return { p50Us: us(service?.p50), p99Us: us(service?.p99) };
}

/** The ratio to `base`, taken round by round: its median and range. */
function ratioCell<T>(
  measured: readonly T[],
  base: readonly T[] | undefined,
  of: (round: T) => number,
): string {
  const ratios = measured.flatMap((round, i) => {
    const other = base?.[i];
    return other === undefined ? [] : [of(round) / of(other)];
  });
  if (ratios.length === 0) return '';
  const range = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`;
  return `${median(ratios).toFixed(2)} (${range})`;
}

function cell(value: number, digits: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(digits);
}
