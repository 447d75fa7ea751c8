import { join } from 'node:path';
import { NS_PER_US } from '../../src/core/index.ts';
import type { PacingMode } from '../../src/scenario/index.ts';
import { outputOf } from '../child-process.ts';
import type { ClientPercentiles, ClientReport } from '../client/client-spec.ts';
import { runClient } from '../client/run-client.ts';
import type { BenchOptions } from '../options.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { renderTable } from '../table.ts';

const MODES: readonly PacingMode[] = ['precise', 'balanced', 'thrifty'];
const RATES_PER_SEC = [500, 2_000, 10_000] as const;
const CONNECTIONS = 64;
/**
 * Two arrivals that are due closer together than one send takes leave one after the other, unless
 * two threads take turns: of the gaps, so many as the rate times that time.
 */
const POISSON_RATES_PER_SEC = [500, 2_000] as const;
const POISSON_THREADS = [1, 2] as const;
/**
 * Every row is a test of its own. At 1% one of the eight said by chance, once in thirteen runs,
 * that gaps are not exponential; at this it is less than once in a thousand.
 */
const SIGNIFICANCE = 1e-4;
const BARE_LOOP = join(import.meta.dirname, '../client/bare-loop-main.ts');
const SLACK_SEC = 10;

/**
 * Prints how late arrivals are seen, and at what price in processor time, for each way of pacing
 * and each rate, after a warm-up, beside a loop that only looks at the clock; then whether a
 * Poisson run was one also on the wire.
 */
export async function benchPrecision(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const seconds = options.seconds ?? (options.quick ? 2 : 8);
  const warmUpSec = options.quick ? 1 : 4;
  say(`lag = seen - intended, over ${seconds} s after ${warmUpSec} s of warm-up`);
  const server = await startAnsweringServer(scratch, 0);
  const run = (
    pacing: PacingMode,
    ratePerSec: number,
    poissonThreads?: number,
  ): Promise<ClientReport> => {
    const isPoisson = poissonThreads !== undefined;
    const load = { ratePerSec, process: isPoisson ? ('poisson' as const) : ('constant' as const) };
    return runClient({
      url: server.url,
      connections: CONNECTIONS,
      pacing,
      workers: poissonThreads ?? 1,
      phases: [
        { seconds: warmUpSec, measure: false, load },
        { seconds, measure: true, load },
      ],
      ...(isPoisson ? { testGapsPerSec: ratePerSec } : {}),
    });
  };
  try {
    const rows: string[][] = [];
    for (const ratePerSec of RATES_PER_SEC) {
      for (let round = 0; round < (options.rounds ?? 1); round++) {
        rows.push(await bareLoopRow(ratePerSec, seconds));
        for (const pacing of MODES) {
          rows.push(precisionRow(pacing, ratePerSec, await run(pacing, ratePerSec)));
        }
      }
    }
    const head = ['pacing', 'rate/s', 'lag p50 us', 'p99 us', 'p99.9 us', 'cores', 'not ok'];
    say(`\n${renderTable(head, rows)}`);

    const tested: string[][] = [];
    for (const ratePerSec of POISSON_RATES_PER_SEC) {
      for (const threads of POISSON_THREADS) {
        tested.push(...gapRows(ratePerSec, threads, await run('precise', ratePerSec, threads)));
      }
    }
    say('\nPoisson, precise: gaps against the exponential distribution\n');
    const columns = ['rate/s', 'threads', 'times', 'gaps', 'KS distance', 'p-value', 'at 0.01%'];
    say(renderTable(columns, tested));
  } finally {
    await server.stop();
  }
}

/** What of the tail is the machine's. */
async function bareLoopRow(ratePerSec: number, seconds: number): Promise<string[]> {
  const argv = [process.execPath, BARE_LOOP, String(ratePerSec), String(seconds)];
  const output = await outputOf(argv, { boundSec: seconds + SLACK_SEC });
  const lag = JSON.parse(output) as Lag;
  return ['a bare loop', String(ratePerSec), ...lagCells(lag), '1.00', '-'];
}

function precisionRow(pacing: PacingMode, ratePerSec: number, report: ClientReport): string[] {
  const all = Object.values(report.finished).reduce((sum, count) => sum + count, 0);
  return [
    pacing,
    String(ratePerSec),
    ...lagCells(report.percentilesNs.lag),
    report.cores.toFixed(2),
    String(all - report.finished.ok),
  ];
}

type Lag = Pick<ClientPercentiles, 'p50' | 'p99' | 'p999'>;

function lagCells(lag: Lag | undefined): string[] {
  const us = (ns: number | undefined): string => ((ns ?? Number.NaN) / NS_PER_US).toFixed(1);
  return [us(lag?.p50), us(lag?.p99), us(lag?.p999)];
}

function gapRows(ratePerSec: number, threads: number, { gaps }: ClientReport): string[][] {
  return Object.entries(gaps ?? {}).map(([times, ks]) => [
    String(ratePerSec),
    String(threads),
    times,
    String(ks.count),
    ks.distance.toFixed(4),
    ks.pValue.toFixed(3),
    ks.pValue < SIGNIFICANCE ? 'not exponential' : 'exponential',
  ]);
}
