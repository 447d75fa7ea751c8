import {
  comparisonVerdict,
  compareRuns,
  FINE_BUCKET_RATIO,
  type AbSecond,
  type BucketCounts,
  type RunDigest,
  type SideCalls,
} from '../../src/compare/index.ts';
// Not by the room's index, which is for runs: percentiles as the test has them.
import { Ranks } from '../../src/compare/ab/ranks.ts';
import { addBuckets } from '../../src/compare/log-buckets.ts';
import { NS_PER_MS, rngFrom, type Ratio } from '../../src/core/index.ts';
import { digestOfBlocks } from '../compare/simulated-runs.ts';
import { RankedCalls } from './mann-whitney.ts';

/** The calls of one version, second by second. */
export type SideSeconds = readonly SideCalls[];

export const CHANGE_RATIO_MIN: Ratio = 0.03;
export const CHANGE_MIN_NS = 0.1 * NS_PER_MS;
/** A standard normal passes it with 1%. */
const ONE_IN_HUNDRED_Z = 2.326;
const BLOCKS = 20;

export function sideOf(load: readonly AbSecond[], side: 'a' | 'b'): SideSeconds {
  return load.flatMap(({ steps }) => steps.map((step) => step[side]));
}

/** Returns a percentile of all calls, as a logarithm in buckets. */
export function placeOf(side: SideSeconds, percent: number): number {
  const ranks = new Ranks();
  for (const { response } of side) ranks.add(response);
  return ranks.placeOf(percent / 100);
}

/** What a percentile may be: so much larger than A's, as known from many runs. */
export interface Limit {
  readonly percent: number;
  readonly place: number;
  readonly ratio: Ratio;
}

/** Whether a run passes one of the limits. */
export function isPastLimit(side: SideSeconds, limits: readonly Limit[]): boolean {
  const width = Math.log(FINE_BUCKET_RATIO);
  return limits.some(
    ({ percent, place, ratio }) => (placeOf(side, percent) - place) * width > Math.log1p(ratio),
  );
}

/** Whether `compare` calls the second of two runs a regression. */
export function isRegressionOfRuns(
  before: SideSeconds,
  after: SideSeconds,
  percents: readonly number[],
): boolean {
  const options = { percents, changeRatioMin: CHANGE_RATIO_MIN, changeMinNs: CHANGE_MIN_NS };
  const rng = rngFrom(1, 'compare');
  const compared = compareRuns(digestOf(before), digestOf(after), { ...options, rng });
  return comparisonVerdict(compared) === 'regression';
}

function digestOf(side: SideSeconds): RunDigest {
  const each = Math.ceil(side.length / BLOCKS);
  const blocks = Array.from({ length: Math.ceil(side.length / each) }, (_, i) => {
    const own = side.slice(i * each, (i + 1) * each);
    const sum = (outcome: 'ok' | 'status'): number =>
      own.reduce((total, { outcomes }) => total + (outcomes[outcome] ?? 0), 0);
    return {
      stretch: 'steady',
      seconds: own.length,
      outcomes: { ok: sum('ok'), status: sum('status') },
      response: responseOf(own),
      cutOff: new Map(),
    };
  });
  const calls = blocks.reduce((total, { outcomes }) => total + outcomes.ok + outcomes.status, 0);
  return digestOfBlocks({ seconds: side.length, ratePerSec: calls / side.length }, blocks);
}

/** Whether a rank test on single calls calls the second of two runs slower, by 1%. */
export function isSlowerByRanks(before: SideSeconds, after: SideSeconds): boolean {
  const calls = new RankedCalls();
  calls.add(responseOf(before), responseOf(after));
  return calls.z() > ONE_IN_HUNDRED_Z;
}

/** Whether it does so after any of the seconds of a load that both shared. */
export function isEverSlowerByRanks(a: SideSeconds, b: SideSeconds): boolean {
  const calls = new RankedCalls();
  return a.some(({ response }, second) => {
    calls.add(response, b[second]?.response ?? new Map());
    return calls.z() > ONE_IN_HUNDRED_Z;
  });
}

function responseOf(seconds: SideSeconds): BucketCounts {
  return addBuckets(seconds.map(({ response }) => response));
}
