import { epochNowMs, type Ms, msFromNs, NS_PER_SEC, type Ns } from '../../src/core/index.ts';
import { startKnownServer } from '../servers/known-server.ts';
import type { ClientPercentiles } from '../client/client-spec.ts';
import { runClient } from '../client/run-client.ts';
import { pauseSec } from '../child-process.ts';
import { faultWord } from '../honesty/fault-word.ts';
import { honestyCases } from '../honesty/known-loads.ts';
import { type KnownLoad, trueResponseTimesNs } from '../honesty/truth-model.ts';
import type { BenchOptions } from '../options.ts';
import { type Peer, peersHere, type Percentiles } from '../peers/index.ts';
import { sortedQuantile } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';

interface Row {
  readonly title: string;
  readonly reported: Percentiles;
  /** Said of it in place of what the figures say. */
  readonly remark?: string;
}

/** Far enough ahead for server and client to stand ready. */
const READY_WITHIN_MS: Ms = 1_500;
const SERVER_READY_MS: Ms = 300;
const SERVED = 'by the server itself';

/**
 * Prints what our run and each peer report of servers whose response times are known, beside the
 * truth worked out from the schedule, and the ratios of the two.
 */
export async function benchHonesty(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const seconds = options.seconds ?? (options.quick ? 2 : 5);
  const peers = peersHere(options.peers, say);
  for (const { title, load } of honestyCases(seconds)) {
    const truth = truthOf(load);
    const rows = await ourRows(load);
    for (const peer of peers) rows.push(await peerRow(peer, load, scratch));
    say(`\n${title}; ${seconds} s each\n\n${honestyTable(truth, rows)}`);
  }
}

/** Returns the table of reports beside the truth: milliseconds, and each over the truth. */
export function honestyTable(truth: Percentiles, rows: readonly Row[]): string {
  const head = ['', 'p50 ms', 'p99 ms', 'p99.9 ms', 'p50 / truth', 'p99', 'p99.9', 'what is wrong'];
  const cells = rows.map(({ title, reported, remark }) => [
    title,
    ...values(reported).map(formatMs),
    ...values(reported).map((value, i) => formatRatio(value, values(truth)[i] ?? Number.NaN)),
    remark ?? faultWord(reported, truth),
  ]);
  return renderTable(head, [['truth', ...values(truth).map(formatMs)], ...cells]);
}

function truthOf(load: KnownLoad): Percentiles {
  return percentilesOf(trueResponseTimesNs(load));
}

/**
 * Returns what the response times were by the server's own clock, from each intended start: it
 * parts what the machine did to the server from what the client got wrong.
 */
function servedTimes({ ratePerSec }: KnownLoad, answeredNs: readonly Ns[]): Percentiles {
  const sinceIntendedNs = answeredNs.map((atNs, seq) => atNs - (seq * NS_PER_SEC) / ratePerSec);
  return percentilesOf(Float64Array.from(sinceIntendedNs).sort());
}

function percentilesOf(responses: Float64Array): Percentiles {
  const at = (ratio: number): Ms => msFromNs(sortedQuantile(responses, ratio));
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999) };
}

async function ourRows(load: KnownLoad): Promise<Row[]> {
  const originEpochMs = epochNowMs() + READY_WITHIN_MS;
  const { used, answeredNs } = await against(load, originEpochMs, (url) =>
    runClient({
      url,
      connections: load.connections,
      // The known server spins too: a loop that sleeps would be woken late beside it.
      pacing: 'precise',
      originEpochMs,
      phases: [
        {
          seconds: load.durationNs / NS_PER_SEC,
          measure: true,
          load: { ratePerSec: load.ratePerSec, process: 'constant' },
        },
      ],
    }),
  );
  const found = used.percentilesNs;
  const served = servedTimes(load, answeredNs);
  const judged = (title: string, reported: Percentiles): Row => {
    const isExplained =
      faultWord(reported, truthOf(load)) !== '' && faultWord(reported, served) === '';
    return { title, reported, ...(isExplained ? { remark: 'as served' } : {}) };
  };
  const rows: Row[] = [
    { title: 'served to callgauge', reported: served, remark: SERVED },
    judged('callgauge', inMs(found.response)),
  ];
  if (found.corrected !== undefined) {
    rows.push(judged('callgauge, lag removed', inMs(found.corrected)));
  }
  const naive = inMs(found.service);
  rows.push({ title: 'callgauge, service time', reported: naive, remark: 'from the send' });
  return rows;
}

async function peerRow(peer: Peer, load: KnownLoad, scratch: string): Promise<Row> {
  const originEpochMs = epochNowMs() + SERVER_READY_MS;
  const { title } = peer;
  try {
    const { used: reported } = await against(load, originEpochMs, async (url) => {
      await pauseSec(Math.max(0, originEpochMs - epochNowMs()) / 1_000);
      return peer.measure({
        url: `${url}/`,
        connections: load.connections,
        ratePerSec: load.ratePerSec,
        seconds: load.durationNs / NS_PER_SEC,
        scratch,
      });
    });
    return { title, reported };
  } catch (error) {
    const reported = { p50Ms: Number.NaN, p99Ms: Number.NaN, p999Ms: Number.NaN };
    const [remark = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { title, reported, remark: remark.slice(0, 60) };
  }
}

async function against<T>(
  load: KnownLoad,
  originEpochMs: Ms,
  use: (url: string) => Promise<T>,
): Promise<{ readonly used: T; readonly answeredNs: readonly Ns[] }> {
  const { serviceNs, freezes, slow, slots } = load;
  const server = await startKnownServer({
    originEpochMs,
    runId: '0123456789abcdef',
    serviceNs,
    freezes,
    ...(slow === undefined ? {} : { slow }),
    ...(slots === undefined ? {} : { slots }),
  });
  const used = await use(`http://127.0.0.1:${server.port}`).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return { used, answeredNs: await server.stop() };
}

function inMs(found: ClientPercentiles | undefined): Percentiles {
  const ms = (ns: Ns | undefined): Ms => msFromNs(ns ?? Number.NaN);
  return { p50Ms: ms(found?.p50), p99Ms: ms(found?.p99), p999Ms: ms(found?.p999) };
}

function values({ p50Ms, p99Ms, p999Ms }: Percentiles): readonly [Ms, Ms, Ms] {
  return [p50Ms, p99Ms, p999Ms];
}

function formatMs(value: Ms): string {
  return Number.isNaN(value) ? '-' : value.toFixed(2);
}

function formatRatio(value: number, truth: number): string {
  return Number.isNaN(value) ? '-' : (value / truth).toFixed(2);
}
