import { join } from 'node:path';
import { bucketCounts, FINE_BUCKET_RATIO } from '../../src/compare/index.ts';
import { countOf, type Ns, type SparseHistogram } from '../../src/core/index.ts';
import { startProcess } from '../child-process.ts';
import {
  compareSingles,
  LIMITS,
  runAb,
  runSingle,
  type LiveLoad,
  type SingleRun,
} from '../gate/live-load.ts';
import { RankedCalls } from '../gate/mann-whitney.ts';
import type { BenchOptions } from '../options.ts';
import { freePort } from '../servers/free-port.ts';
import { untilAccepting } from '../servers/until-accepting.ts';
import { renderTable } from '../table.ts';
import { wilsonInterval } from '../statistics/wilson-interval.ts';

const RATE_PER_SEC = 1_000;
/** Of a whole round: three runs of two versions, four of one. */
const RUNS_PER_ROUND = 7;

/** A standard normal passes it with 1%. */
const ONE_IN_HUNDRED_Z = 2.326;

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

/** By which a pair may be called a regression. */
const METHODS = ['one run, by turns', 'two runs', 'threshold on one run', 'Mann-Whitney'] as const;

/**
 * Prints how often a B is called slower that is the same, or slower by a known measure: real
 * servers in processes of their own, and the real sending threads. The same pairs are judged by one
 * run in which they take turns, by two runs as `compare` judges them, by a threshold that the first
 * run gives the second, and by a Mann-Whitney test on the calls of the two.
 */
export async function benchGateLive(
  options: BenchOptions,
  _scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const rounds = options.rounds ?? (options.quick ? 1 : 2);
  const seconds = options.seconds ?? (options.quick ? 10 : 20);
  const minutes = Math.ceil((rounds * RUNS_PER_ROUND * (seconds + 5)) / 60);
  say(`${rounds} rounds of ${RUNS_PER_ROUND} runs of ${seconds} s at ${RATE_PER_SEC}/s, about`);
  say(`${minutes} min; a change counts from 3% and 0.1 ms on.\n`);
  const called = KINDS.map(() => METHODS.map(() => 0));
  const found: number[][] = KINDS.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const load = { seconds, ratePerSec: RATE_PER_SEC, seed: (options.seed ?? 1) + round };
    const before = await single({ factor: 1, tailFactor: 1 }, load);
    for (const [k, kind] of KINDS.entries()) {
      const after = await single(kind, load);
      const took = await pair(kind, load);
      if (took.atSec !== undefined) found[k]?.push(took.atSec);
      const verdicts = [took.isRegression, ...plainVerdicts(before, after, load.seed)];
      for (const [m, isCalled] of verdicts.entries()) {
        const counts = called[k];
        if (counts && isCalled) counts[m] = (counts[m] ?? 0) + 1;
      }
      const words = METHODS.map((method, m) => `${method}: ${verdicts[m] ? 'slower' : '-'}`);
      say(`  round ${round + 1}, ${kind.name}: ${words.join(', ')}`);
    }
  }
  const rows = KINDS.map(({ name }, k) => [
    name,
    ...(called[k] ?? []).map((hits) => shareText(hits, rounds)),
    medianText(found[k] ?? []),
  ]);
  say('');
  say(renderTable(['called slower', ...METHODS, 'by turns: seconds until then'], rows));
}

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

async function serving(
  { factor, tailFactor }: Pick<Kind, 'factor' | 'tailFactor'>,
  { seconds, seed }: LiveLoad,
): Promise<Server> {
  const port = await freePort();
  const program = join(import.meta.dirname, '../servers/drawn-server-main.ts');
  const args = [port, factor, tailFactor, seed].map(String);
  const server = startProcess([process.execPath, program, ...args], { boundSec: seconds + 60 });
  await untilAccepting('the server', port, 20);
  return { url: `http://127.0.0.1:${port}`, stop: () => server.stop() };
}

async function single(kind: Pick<Kind, 'factor' | 'tailFactor'>, load: LiveLoad) {
  const server = await serving(kind, load);
  try {
    return await runSingle(server.url, load);
  } finally {
    await server.stop();
  }
}

async function pair(
  kind: Kind,
  load: LiveLoad,
): Promise<{ readonly isRegression: boolean; readonly atSec: number | undefined }> {
  const a = await serving({ factor: 1, tailFactor: 1 }, load);
  // Draws of its own: two servers are never in step.
  const b = await serving(kind, { ...load, seed: load.seed + 1_000_000 });
  try {
    const { judgement, regressionAtSec } = await runAb(a.url, b.url, load);
    return { isRegression: judgement.verdict === 'regression', atSec: regressionAtSec };
  } finally {
    await Promise.all([a.stop(), b.stop()]);
  }
}

function plainVerdicts(before: SingleRun, after: SingleRun, seed: number): readonly boolean[] {
  const { shares, percentiles } = compareSingles(before, after, seed);
  const isLimitPassed = LIMITS.percents.some((percent) => {
    const limitNs = percentileNs(before.response, percent) * (1 + LIMITS.changeRatioMin);
    return percentileNs(after.response, percent) > limitNs;
  });
  return [
    [...shares, ...percentiles].some(({ verdict }) => verdict === 'regression'),
    isLimitPassed,
    isRankedLarger(before.response, after.response),
  ];
}

/** Returns the value at a percentile of all calls. */
function percentileNs(histogram: SparseHistogram, percent: number): Ns {
  let left = Math.ceil((countOf(histogram) * percent) / 100);
  return histogram.valueNs.find((_, i) => (left -= histogram.count[i] ?? 0) <= 0) ?? 0;
}

function isRankedLarger(before: SparseHistogram, after: SparseHistogram): boolean {
  const ranked = new RankedCalls();
  ranked.add(bucketCounts([before], FINE_BUCKET_RATIO), bucketCounts([after], FINE_BUCKET_RATIO));
  return ranked.z() > ONE_IN_HUNDRED_Z;
}

function shareText(hits: number, n: number): string {
  const { low, high } = wilsonInterval(hits, n);
  const percent = (ratio: number): string => (100 * ratio).toFixed(0);
  return `${hits}/${n} (${percent(low)}-${percent(high)}%)`;
}

function medianText(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? '-' : `${sorted[Math.floor(sorted.length / 2)]}`;
}
