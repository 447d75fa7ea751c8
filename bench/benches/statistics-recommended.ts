import {
  censoredTrials,
  recommendationTrials,
  type Trials,
} from '../statistics/recommendation-trials.ts';
import {
  BIMODAL,
  LOGNORMAL,
  PARETO,
  queueLaw,
  quantileOf,
  type LatencyLaw,
} from '../statistics/latency-law.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';

const RATE_PER_SEC = 1_000;
const SECONDS = 100;
/** What cut-off runs may be off by. */
const CLOSE = 0.03;

/**
 * Prints how often the timeouts that `tune` recommends hold, by runs whose calls are drawn from
 * laws that are known: the buckets of the recorder, the analysis of a run and the recommendation
 * are those of a real one.
 */
export async function recommendedTables(seeds: number, say: (line: string) => void): Promise<void> {
  say(`\nTimeouts that tune recommends, ${seeds} runs of each kind`);
  say(
    'covered: the 95% upper bound is not below the true percentile; kept: the timeout cuts off no',
  );
  say('more than its share, of the law and of a second run of the same length\n');
  const rows: string[][] = [];
  for (const trials of TRIALS) {
    const counts = await recommendationTrials({ ...trials, seeds });
    const { recommended, covered, kept, keptHeldOut, designEffect } = counts;
    rows.push([
      nameOf(trials),
      `p${trials.successPercent}`,
      percentText(recommended, seeds),
      percentText(covered, recommended),
      percentText(kept, recommended),
      percentText(keptHeldOut, recommended),
      designEffect.toFixed(2),
    ]);
  }
  say(renderTable(HEAD, rows));
  const pairs = Math.ceil(seeds / 5);
  say(`\nCut off at a timeout, over the same calls whole: ${pairs} pairs of runs, each together\n`);
  say(renderTable(CUT_HEAD, await cutRows(pairs)));
}

const HEAD = ['calls', 'of', 'recommended', 'covered', 'kept', 'kept held out', 'design effect'];
const CUT_HEAD = ['calls', 'cut off', 'answered', 'p99.9', 'within 3%', 'its bound', 'within 3%'];

const LAWS = [LOGNORMAL, BIMODAL, PARETO] as const;
const LONG = { ratePerSec: RATE_PER_SEC, seconds: SECONDS, successPercent: 99.9 } as const;
const SHORT = { ratePerSec: 200, seconds: 60, successPercent: 99.9 } as const;

const TRIALS: readonly Omit<Trials, 'seeds'>[] = [
  ...LAWS.map((law) => ({ law, ...LONG })),
  ...LAWS.map((law) => ({ law, ...SHORT })),
  ...[0.2, 0.5].map((load) => ({ law: queueLaw(RATE_PER_SEC, load), ...LONG })),
  { law: queueLaw(500, 0.8), ratePerSec: 500, seconds: 60, successPercent: 99 },
];

async function cutRows(seeds: number): Promise<string[][]> {
  const rows: string[][] = [];
  const kinds = [
    ['all, 1 of 2,000', 0.0005, true],
    ['one run, 1 of 200', 0.005, false],
  ] as const;
  for (const law of LAWS) {
    for (const [name, tailRatio, both] of kinds) {
      const timeoutNs = quantileOf(law, tailRatio);
      const ratios = await censoredTrials({ law, ...LONG, seeds, timeoutNs, both });
      rows.push([
        nameOf({ law, ...LONG }),
        name,
        percentText(ratios.answered, seeds),
        ...closeness(ratios.percentile),
        ...closeness(ratios.upperBound),
      ]);
    }
  }
  return rows;
}

function closeness(ratios: readonly number[]): readonly [string, string] {
  const close = ratios.filter((ratio) => Math.abs(ratio - 1) <= CLOSE).length;
  return [median(ratios).toFixed(3), percentText(close, ratios.length)];
}

function nameOf({
  law,
  ratePerSec,
  seconds,
}: {
  readonly law: LatencyLaw;
  readonly ratePerSec: number;
  readonly seconds: number;
}): string {
  return `${law.name}, ${ratePerSec}/s, ${seconds} s`;
}

function percentText(count: number, of: number): string {
  return of === 0 ? '-' : `${((count / of) * 100).toFixed(1)}%`;
}
