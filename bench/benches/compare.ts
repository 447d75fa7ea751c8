import { compareRuns, type RunComparison } from '../../src/compare/index.ts';
import { NS_PER_MS, rngFrom } from '../../src/core/index.ts';
import { NOISE_MODELS, simulateRun, type NoiseModel } from '../compare/simulated-runs.ts';
import type { BenchOptions } from '../options.ts';
import { renderTable } from '../table.ts';

const PERCENTS = [50, 90, 99] as const;
const SECONDS = 60;
const RATE_PER_SEC = 1_000;

interface Kind {
  readonly name: string;
  readonly factor: number;
  readonly tailFactor: number;
}

const KINDS: readonly Kind[] = [
  { name: 'A and A', factor: 1, tailFactor: 1 },
  { name: 'all calls 5% slower', factor: 1.05, tailFactor: 1 },
  { name: 'the slowest 2% 10% slower', factor: 1, tailFactor: 1.1 },
];

/**
 * Prints what `compare` says of pairs of simulated runs whose difference is known: how often it
 * calls a regression, how often it does not decide, and how often its intervals hold the truth.
 */
export async function benchCompare(
  options: BenchOptions,
  _scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const pairs = options.rounds ?? (options.quick ? 50 : 2_000);
  const seconds = options.seconds ?? SECONDS;
  say(`${pairs} pairs of runs of each kind, ${seconds} s at ${RATE_PER_SEC}/s, lognormal times;`);
  say(
    'a change counts from 3% and 0.1 ms on. Held: intervals of the ratio with the truth in them.\n',
  );
  const rows = NOISE_MODELS.flatMap((model) =>
    KINDS.map((kind) => rowOf(model, kind, { pairs, seconds, seed: options.seed ?? 1 })),
  );
  say(renderTable(HEAD, rows));
  return Promise.resolve();
}

const HEAD = [
  'noise, and what differs',
  'regression',
  'undecided',
  'improvement',
  ...PERCENTS.map((percent) => `p${percent} regression`),
  ...PERCENTS.map((percent) => `p${percent} held`),
];

interface Pairs {
  readonly pairs: number;
  readonly seconds: number;
  readonly seed: number;
}

function rowOf(model: NoiseModel, kind: Kind, { pairs, seconds, seed }: Pairs): string[] {
  const counts = { regression: 0, inconclusive: 0, improvement: 0 };
  const called = PERCENTS.map(() => 0);
  const held = PERCENTS.map(() => 0);
  for (let pair = 0; pair < pairs; pair++) {
    const compared = comparePair(model, kind, { seconds, seed: seed + 2 * pair });
    const verdicts = new Set(
      [...compared.shares, ...compared.percentiles].map(({ verdict }) => verdict),
    );
    if (verdicts.has('regression')) counts.regression++;
    else if (verdicts.has('inconclusive')) counts.inconclusive++;
    else if (verdicts.has('improvement')) counts.improvement++;
    for (const [i, percent] of PERCENTS.entries()) {
      const row = compared.percentiles.find((one) => one.percent === percent);
      if (row === undefined) continue;
      if (row.verdict === 'regression') called[i] = (called[i] ?? 0) + 1;
      const truth = kind.factor * (percent > 98 ? kind.tailFactor : 1);
      if (row.ratioLower <= truth && truth <= row.ratioUpper) held[i] = (held[i] ?? 0) + 1;
    }
  }
  const share = (count: number): string => `${((100 * count) / pairs).toFixed(1)}%`;
  return [
    `${model.name}: ${kind.name}`,
    share(counts.regression),
    share(counts.inconclusive),
    share(counts.improvement),
    ...called.map(share),
    ...held.map(share),
  ];
}

function comparePair(
  model: NoiseModel,
  { factor, tailFactor }: Kind,
  { seconds, seed }: { readonly seconds: number; readonly seed: number },
): RunComparison {
  const run = { seconds, ratePerSec: RATE_PER_SEC };
  const before = simulateRun(model, { ...run, seed, factor: 1, tailFactor: 1 });
  const after = simulateRun(model, { ...run, seed: seed + 1, factor, tailFactor });
  return compareRuns(before, after, {
    percents: PERCENTS,
    changeRatioMin: 0.03,
    changeMinNs: 0.1 * NS_PER_MS,
    rng: rngFrom(seed, 'compare'),
  });
}
