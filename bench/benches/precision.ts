import { NS_PER_US } from '../../src/core/index.ts';
import type { PacingMode } from '../../src/scenario/index.ts';
import type { ClientReport } from '../client/client-spec.ts';
import { runClient } from '../client/run-client.ts';
import type { BenchOptions } from '../options.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { renderTable } from '../table.ts';

const MODES: readonly PacingMode[] = ['precise', 'balanced', 'thrifty'];
const RATES_PER_SEC = [500, 2_000, 10_000] as const;
const CONNECTIONS = 64;
/**
 * Two arrivals that are due closer together than one send takes (some 9 us) leave one after the
 * other: at 2,000/s that befalls 1.8% of the gaps, which a test of many of them sees.
 */
const POISSON_RATES_PER_SEC = [500, 2_000] as const;

/**
 * Prints how late arrivals are seen, and at what price in processor time, for each way of pacing
 * and each rate, after a warm-up; then whether a Poisson run was one also on the wire.
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
  const run = (pacing: PacingMode, ratePerSec: number, poisson: boolean): Promise<ClientReport> => {
    const load = { ratePerSec, process: poisson ? ('poisson' as const) : ('constant' as const) };
    return runClient({
      url: server.url,
      connections: CONNECTIONS,
      pacing,
      phases: [
        { seconds: warmUpSec, measure: false, load },
        { seconds, measure: true, load },
      ],
      ...(poisson ? { testGapsPerSec: ratePerSec } : {}),
    });
  };
  try {
    const rows: string[][] = [];
    for (const ratePerSec of RATES_PER_SEC) {
      for (const pacing of MODES) {
        rows.push(precisionRow(pacing, ratePerSec, await run(pacing, ratePerSec, false)));
      }
    }
    const head = ['pacing', 'rate/s', 'lag p50 us', 'p99 us', 'p99.9 us', 'cores', 'not ok'];
    say(`\n${renderTable(head, rows)}`);

    const tested: string[][] = [];
    for (const ratePerSec of POISSON_RATES_PER_SEC) {
      const { gaps } = await run('precise', ratePerSec, true);
      for (const [times, ks] of gaps === undefined ? [] : Object.entries(gaps)) {
        tested.push([
          String(ratePerSec),
          times,
          String(ks.count),
          ks.distance.toFixed(4),
          ks.pValue.toFixed(3),
          ks.pValue < 0.01 ? 'not exponential' : 'exponential',
        ]);
      }
    }
    say('\nPoisson, precise: gaps against the exponential distribution\n');
    say(renderTable(['rate/s', 'times', 'gaps', 'KS distance', 'p-value', 'at 1%'], tested));
  } finally {
    await server.stop();
  }
}

function precisionRow(pacing: PacingMode, ratePerSec: number, report: ClientReport): string[] {
  const lag = report.percentilesNs.lag;
  const us = (ns: number | undefined): string => ((ns ?? Number.NaN) / NS_PER_US).toFixed(1);
  const all = Object.values(report.finished).reduce((sum, count) => sum + count, 0);
  const notOk = all - report.finished.ok;
  return [
    pacing,
    String(ratePerSec),
    us(lag?.p50),
    us(lag?.p99),
    us(lag?.p999),
    report.cores.toFixed(2),
    String(notOk),
  ];
}
