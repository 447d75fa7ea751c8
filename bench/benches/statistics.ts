import {
  estimateQuantile,
  summarizeCalls,
  type KnownQuantile,
  type QuantileEstimate,
} from '../../src/analyze/index.ts';
import { NS_PER_SEC, type HistogramSlice, type Ns } from '../../src/core/index.ts';
import type { BenchOptions } from '../options.ts';
import { runQueue, trueQuantileNs, type KnownQueue } from '../statistics/queue-run.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';
import { recommendedTables } from './statistics-recommended.ts';

const PERCENTS = [50, 90, 95, 99] as const;
const LOADS = [0.5, 0.8] as const;
const RATES_PER_SEC = [20, 100, 500] as const;
const LENGTHS_SEC = [2, 5, 10, 30] as const;
/** Half the width of a bucket of the recorder's histograms, and a little. */
const ROUNDING = 0.004;
/** Fewer printed intervals than this show no coverage. */
const PRINTED_MIN = 10;

/**
 * Prints how often recommended timeouts hold what they promise (statistics-recommended.ts), and how
 * often the 95% intervals of a report hold the true percentile, for runs of several
 * lengths against queues whose response times are known. The whole path of a run on the virtual
 * clock, no sockets; a run of 30 s is looked at after 2, 5 and 10 s too.
 */
export async function benchStatistics(
  options: BenchOptions,
  _scratch: string,
  say: (line: string) => void,
): Promise<void> {
  await recommendedTables(options.rounds ?? (options.quick ? 40 : 1_000), say);
  const runs = options.rounds ?? (options.quick ? 40 : 200);
  say(
    `\nIntervals of reports, ${runs} runs of each kind against M/M/1; each cell: how many hold the`,
  );
  say('true percentile / how many of all runs refuse it / the median width over the percentile.');
  say(`'few': under ${PRINTED_MIN} were printed. 'taken as independent' is what widening mends.`);
  for (const empty of [false, true]) {
    say(
      empty ? '\nFrom an empty queue, without a warm-up\n' : '\nFrom a queue in its steady state\n',
    );
    const rows: string[][] = [];
    for (const load of LOADS) {
      for (const ratePerSec of RATES_PER_SEC) {
        rows.push(...(await rowsOf({ ratePerSec, load }, runs, empty)));
      }
    }
    say(renderTable(HEAD, rows));
  }
}

const HEAD = [
  'load, rate, length',
  ...PERCENTS.map((percent) => `p${percent}`),
  'wrong of all',
  'p50 taken as independent',
];

async function rowsOf(queue: KnownQueue, runs: number, empty: boolean): Promise<string[][]> {
  const seen = LENGTHS_SEC.map(() => PERCENTS.map((): QuantileEstimate[] => []));
  const plain = LENGTHS_SEC.map((): QuantileEstimate[] => []);
  for (let seed = 1; seed <= runs; seed++) {
    const longest = Math.max(...LENGTHS_SEC);
    const slices = await runQueue(queue, { seed, seconds: longest, empty });
    for (const [i, seconds] of LENGTHS_SEC.entries()) {
      const summary = summarize(
        slices.filter((slice) => slice.second < seconds),
        seconds,
      );
      for (const [j, percent] of PERCENTS.entries()) {
        const estimate = summary.percentiles.find((p) => p.percent === percent);
        if (estimate) seen[i]?.[j]?.push(estimate);
      }
      plain[i]?.push(estimateQuantile(summary.sample, 50));
    }
  }
  return LENGTHS_SEC.map((seconds, i) => {
    const cells = PERCENTS.map((percent, j) => cellOf(seen[i]?.[j] ?? [], queue, percent));
    const wrong = Math.max(...cells.map((cell) => cell.wrong / runs));
    return [
      `${queue.load}, ${queue.ratePerSec}/s, ${seconds} s`,
      ...cells.map((cell) => cell.text),
      percentText(wrong),
      cellOf(plain[i] ?? [], queue, 50).text,
    ];
  });
}

function summarize(slices: readonly HistogramSlice[], seconds: number) {
  const stratumOf = (): string => 'steady';
  return summarizeCalls(slices, seconds * NS_PER_SEC, { slices, stratumOf }).response;
}

function cellOf(
  estimates: readonly QuantileEstimate[],
  queue: KnownQueue,
  percent: number,
): { readonly text: string; readonly wrong: number } {
  const truthNs = trueQuantileNs(queue, percent);
  const printed = estimates.filter((e): e is KnownQuantile => e.kind === 'known');
  const held = printed.filter((e) => holds(e, truthNs)).length;
  const refused = 1 - printed.length / Math.max(1, estimates.length);
  const widths = printed.map((e) => (e.upperNs - e.lowerNs) / truthNs);
  const hold = printed.length < PRINTED_MIN ? 'few' : percentText(held / printed.length);
  const width = printed.length < PRINTED_MIN ? '-' : median(widths).toFixed(2);
  return {
    text: refused === 1 ? 'refused' : `${hold} / ${percentText(refused)} / ${width}`,
    wrong: printed.length - held,
  };
}

function holds({ lowerNs, upperNs }: KnownQuantile, truthNs: Ns): boolean {
  return lowerNs <= truthNs * (1 + ROUNDING) && truthNs <= upperNs * (1 + ROUNDING);
}

function percentText(ratio: number): string {
  return `${(ratio * 100).toFixed(0)}%`;
}
