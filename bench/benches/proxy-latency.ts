import { NS_PER_US } from '../../src/core/index.ts';
import { runClient } from '../client/run-client.ts';
import { queuedMsOf } from '../process-cpu.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';
import { interleaved, pairedCell, type Place, type Turn } from './proxy-turns.ts';

/**
 * Moderate: a twentieth of what the slowest proxy can do, so that latencies are not those of
 * queues.
 */
const RATE_PER_SEC = 2_000;
const WARM_UP_SEC = 1;

interface Latency {
  readonly p50Us: number;
  readonly p99Us: number;
  /** How long its threads were ready and had no core, for each second; NaN of no proxy. */
  readonly queuedMsPerSec: number;
}

/**
 * Returns a table of what calls at a fixed rate take through each place, from the send to the end
 * of the answer, less `toxicMs` where a proxy delays by that; beside it what is more than direct,
 * the ratio to Toxiproxy, and how long the proxy waited for a core, all round by round.
 */
export async function latencyTable(turn: Turn, toxicMs = 0): Promise<string> {
  const found = await interleaved(turn, (place) => {
    const delayUs = place.pid === undefined ? 0 : toxicMs * 1_000;
    return latencyOf(place, turn, delayUs);
  });
  const direct = found.get('direct');
  const rows = [...found].map(([name, measured]) => {
    const base = name === 'direct' ? undefined : direct;
    return [
      name,
      median(measured.map((round) => round.p50Us)).toFixed(0),
      median(measured.map((round) => round.p99Us)).toFixed(0),
      pairedCell(measured, base, 0, (round, other) => round.p50Us - other.p50Us),
      pairedCell(measured, base, 0, (round, other) => round.p99Us - other.p99Us),
      pairedCell(measured, found.get('toxiproxy'), 2, (round, other) => round.p99Us / other.p99Us),
      pairedCell(measured, base, 0, (round) => round.queuedMsPerSec),
    ];
  });
  const title = `at ${RATE_PER_SEC}/s${toxicMs === 0 ? '' : `, over a latency toxic of ${toxicMs} ms`}`;
  const head = [
    title,
    'p50 us',
    'p99 us',
    'added p50',
    'added p99',
    'p99 x toxiproxy',
    'waits for a core, ms/s',
  ];
  return renderTable(head, rows);
}

/** By our own generator, which sends at the intended times. */
async function latencyOf(
  { port, pid }: Place,
  { connections, seconds }: Turn,
  delayUs: number,
): Promise<Latency> {
  const load = { ratePerSec: RATE_PER_SEC, process: 'constant' as const };
  const queuedMs = (): number => (pid === undefined ? undefined : queuedMsOf(pid)) ?? Number.NaN;
  const fromMs = queuedMs();
  const report = await runClient({
    url: `http://127.0.0.1:${port}/`,
    connections,
    pacing: 'balanced',
    phases: [
      { seconds: WARM_UP_SEC, measure: false, load },
      { seconds, measure: true, load },
    ],
  });
  const service = report.percentilesNs.service;
  const us = (ns: number | undefined): number => (ns ?? Number.NaN) / NS_PER_US - delayUs;
  const queuedMsPerSec = (queuedMs() - fromMs) / (WARM_UP_SEC + seconds);
  return { p50Us: us(service?.p50), p99Us: us(service?.p99), queuedMsPerSec };
}
