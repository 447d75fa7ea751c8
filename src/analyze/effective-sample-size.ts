import { NS_PER_SEC, TIMED_OUTCOMES, type HistogramSlice, type Ns } from '../core/index.ts';
import { loadOf, type CallLoad } from './call-load.ts';
import { studentFactor, varianceFactor } from './few-seconds.ts';
import type { Merge } from './sliding-merge.ts';
import { SecondsCompared, type SecondOfCalls, type VarianceRatio } from './variance-ratio.ts';

/** How alike the calls behind a percentile are. */
export interface Dependence {
  /** How many calls carry as much as one independent call, >= 1: n_eff = n / designEffect. */
  readonly designEffect: number;
  /** The same as far as the seconds show it by themselves, without what may have been missed. */
  readonly seenEffect: number;
  /**
   * What the design effect was taken from: `seconds`, which show it; `few-seconds`, fewer than
   * show much, and it was raised for that; `queue`, since they do not show that calls wait less
   * for each other than in a single queue.
   */
  readonly from: 'seconds' | 'few-seconds' | 'queue';
}

/** Calls of which nothing is known but that they are taken as independent. */
export const INDEPENDENT: Dependence = { designEffect: 1, seenEffect: 1, from: 'seconds' };

/** Calls, second by second, and those that may wait in the same queue. */
export interface CallSeconds {
  readonly own: readonly SecondOfCalls[];
  /** That of all calls of the same target, the own among them; absent: there are no others. */
  readonly targetLoad?: CallLoad;
  /** The stretch of the run to which a second belongs; see {@link SecondsCompared}. */
  readonly stratumOf: (second: number) => string;
  /** Absent: each set of calls is merged for itself. */
  readonly merge?: Merge | undefined;
}

/** Fewer seconds than this beyond the number of strata tell little of how they vary. */
const FREE_SECONDS_MIN = 8;
/** A percentile is judged by those below it too, which more calls lie past. */
const LOWER_PERCENTS = [50, 90, 95, 99, 99.9] as const;
/** What a queue's variance ratio at the median is of its design effect, at the least. */
const QUEUE_SHOWS = 0.25;
/** So many blocks, each as long as the queue remembers, outweigh what is assumed of it. */
const BLOCKS_MIN = 10;
/** So many show by themselves how alike the calls past a percentile are. */
const BLOCKS_SHOW = 25;
/** So many seconds tell calls that are a little alike from such as are not at all. */
const SECONDS_TELL = 50;
/** By so many standard deviations of its own a variance ratio is more than that of chance. */
const SPREADS_TOLD = 2;
/** Fewer swells than this past a percentile show nothing of how they come. */
const SWELLS_MIN = 10;

/**
 * Returns, as a function of the percentile, how alike the calls are. Those that queue behind each
 * other are slow together: n of them are worth n_eff = n / d, and intervals are those of n_eff.
 *
 * A long run shows d by itself: v, how much more the calls past the percentile vary between blocks
 * of time than independent ones (variance-ratio.ts), at its upper 80% limit. It is long where it
 * has 25 blocks, of a second or of the memory of a queue (below) if that is longer, and 10 swells:
 * calls past the percentile over v.
 *
 * Where it has 50 seconds and none of the v at this and the lower percentiles is above 1 by more
 * than twice what chance alone makes of it, d is 1: independent calls would else be told to be
 * alike whenever chance has it so. Of m calls past a percentile in B seconds chance makes
 *
 *   sd(v) = sqrt((3 + B / m) / B)
 *
 * A shorter run shows less. The seconds give d_seen, of v at this and all lower percentiles the
 * greatest, times (t / 1.96)^2 for the few seconds that it is of:
 *
 *   d_seen = max(1, v) (t(S - H) / 1.96)^2
 *
 * All of its calls may lie in one swell of a queue, and be alike as independent calls are. Yet how
 * alike calls of one queue are at most follows from how many of them were under way at once, N =
 * rate * mean time (Little): in a single exponential server with that many the mean of n calls
 * varies as that of n / d_queue independent ones, and remembers for tau:
 *
 *   d_queue = 2 N (1 + 2 N)              tau = 2 T (1 + 2 N), T: mean time
 *
 * Calls that hardly ever overlap cannot wait for each other: N = 0.1 gives 1. d is the greater of
 * the two, unless the seconds show that it is no such queue. They do where v at the median, at its
 * upper 95% limit, is below a quarter of what that queue would show in seconds; or where the run
 * has 10 blocks of tau and as many swells past the percentile. Then d_queue gives way to v at its
 * upper 80% limit. The factors were chosen by simulation.
 *
 * What comes from outside, once in a run or less, no sample of it shows: the pauses of a host say.
 * `npm run bench -- statistics` prints how often the intervals hold.
 * @see Whitt, "Planning queueing simulations", Management Science 35 (1989), section 4: the
 *   asymptotic variance of M/M/1; Law, "Simulation Modeling and Analysis", 2015, section 9.5
 */
export function dependence(calls: CallSeconds): (percent: number) => Dependence {
  const compared = new SecondsCompared(calls.own, calls.stratumOf, calls.merge);
  const queue = queueOf(calls, compared);
  const isOther = isNoQueue(compared, queue);
  const seenAlone = seenEffects(compared);
  const blockSeconds = Math.max(1, Math.ceil(queue.memoryNs / NS_PER_SEC));
  const pastOf = ({ pastRatio }: VarianceRatio): number =>
    compared.n * Math.min(pastRatio, 1 - pastRatio);

  /** Whether nothing that the seconds of a long run show tells its calls from independent ones. */
  const looksIndependent = (percent: number): boolean =>
    [...LOWER_PERCENTS.filter((p) => p < percent), percent].every((p) => {
      const at = compared.past(p);
      if (at.freedom < SECONDS_TELL) return false;
      const spread = Math.sqrt((3 + at.freedom / pastOf(at)) / at.freedom);
      return at.ratio <= 1 + SPREADS_TOLD * spread;
    });

  /** What a long run shows of one percentile by itself; undefined where it is too short. */
  const shownAt = (percent: number): number | undefined => {
    const blocks = compared.past(percent, blockSeconds);
    const ratio = Math.max(1, blocks.ratio);
    const swells = pastOf(blocks) / ratio;
    if (blocks.freedom < BLOCKS_SHOW || swells < SWELLS_MIN) return undefined;
    if (looksIndependent(percent)) return 1;
    return ratio * varianceFactor(Math.min(blocks.freedom, swells), 80);
  };

  return (percent) => {
    if (compared.n === 0) return INDEPENDENT;
    const at = compared.past(percent);
    const percents = [...LOWER_PERCENTS.filter((p) => p < percent), percent];
    const few = at.freedom < FREE_SECONDS_MIN;
    const bySeconds = {
      seenEffect: seenAlone(percent),
      from: few ? 'few-seconds' : 'seconds',
    } as const;
    const shown = shownAt(percent);
    if (shown !== undefined) return { designEffect: shown, ...bySeconds };

    const greatest = (seconds: number): number =>
      Math.max(1, ...percents.map((p) => compared.past(p, seconds).ratio));
    const ratio = greatest(1);
    const seen = ratio * studentFactor(at.freedom);
    if (queue.designEffect <= seen) return { designEffect: seen, ...bySeconds };

    let most = queue.designEffect;
    if (isOther) {
      most = ratio * varianceFactor(Math.min(at.freedom, pastOf(at) / ratio), 80);
    } else {
      const { freedom } = compared.past(percent, blockSeconds);
      const known = Math.min(freedom, pastOf(at) / queue.designEffect);
      if (known >= BLOCKS_MIN) most = greatest(blockSeconds) * varianceFactor(known, 80);
    }
    if (most < queue.designEffect) return { designEffect: Math.max(seen, most), ...bySeconds };
    return { designEffect: queue.designEffect, seenEffect: bySeconds.seenEffect, from: 'queue' };
  };
}

/**
 * Returns, as a function of the percentile, the design effect that the seconds show by themselves,
 * >= 1; 1 where there are too few to tell. For tests that allow for the rest in their own way.
 */
export function seenDesignEffects(
  slices: readonly HistogramSlice[],
  stratumOf: (second: number) => string,
  merge?: Merge,
): (percent: number) => number {
  return seenEffects(new SecondsCompared(timedSlices(slices), stratumOf, merge));
}

/** Returns the slices of calls that have a time: answered, timed out or cancelled. */
export function timedSlices(slices: readonly HistogramSlice[]): readonly HistogramSlice[] {
  return slices.filter((s) => TIMED_OUTCOMES.has(s.outcome));
}

function seenEffects(compared: SecondsCompared): (percent: number) => number {
  return (percent) => {
    const { ratio, freedom } = compared.past(percent);
    return freedom < FREE_SECONDS_MIN ? 1 : Math.max(1, ratio);
  };
}

/** The single queue in which as many calls would be under way. */
interface Queue {
  readonly designEffect: number;
  readonly memoryNs: Ns;
}

/** Of a queue that several steps share, each has as many of the calls as it makes. */
function queueOf(calls: CallSeconds, own: SecondsCompared): Queue {
  const load = calls.targetLoad ?? loadOf(calls.own);
  if (own.n === 0 || load.n === 0) return { designEffect: 1, memoryNs: 0 };
  const ranNs = load.seconds * NS_PER_SEC;
  const underWay = (load.n * load.meanNs) / ranNs;
  const memoryNs = 2 * load.meanNs * (1 + 2 * underWay);
  return { designEffect: Math.max(1, (own.n / ranNs) * memoryNs), memoryNs };
}

/** The share of a queue's variance that blocks of a second carry: exp(-2 t / tau), integrated. */
function isNoQueue(compared: SecondsCompared, { designEffect, memoryNs }: Queue): boolean {
  if (compared.n === 0 || memoryNs === 0) return false;
  const { ratio, freedom } = compared.past(50);
  const x = NS_PER_SEC / memoryNs;
  const carried = 1 - (1 - Math.exp(-2 * x)) / (2 * x);
  return varianceFactor(freedom, 95) * Math.max(1, ratio) < QUEUE_SHOWS * designEffect * carried;
}
