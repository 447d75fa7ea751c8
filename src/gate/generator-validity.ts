import {
  CONNECT_REASON_TEXTS,
  type ConnectReason,
  counted,
  formatDuration,
  NS_PER_MS,
  type Ns,
  type Ratio,
} from '../core/index.ts';
import {
  tailRatioOf,
  type GeneratorShare,
  type RunAnalysis,
  type ThreadAnalysis,
} from '../analyze/index.ts';
import type { ThresholdSpec } from '../scenario/index.ts';
import { decideByValue } from './decide-threshold.ts';
import { observe } from './observe.ts';
import type { Invalidity } from './verdict.ts';

/** The generator's share of a percentile is a matter of taste below this, and false above it. */
export const MATERIAL_RATIO: Ratio = 0.05;

/**
 * A share smaller than this in absolute terms never makes a run invalid, however fast the target:
 * no generator in user space is spared it. Per percentile, the first that is not below it:
 *
 * - p50, 2 ms: twice what the thriftiest pacing costs, a timer of 1 ms;
 * - to p99, 5 ms: one turn of the host's scheduler (3 to 4 ms) and a little, which on a busy
 *   machine meets every tenth to hundredth arrival;
 * - to p99.9, 20 ms: a few turns in a row, which such a machine does once in a thousand.
 *
 * Beyond p99.9 only a threshold that rests on the percentile is looked at.
 */
export const MATERIAL_FLOORS: readonly { readonly upToPercent: number; readonly floorNs: Ns }[] = [
  { upToPercent: 50, floorNs: 2 * NS_PER_MS },
  { upToPercent: 99, floorNs: 5 * NS_PER_MS },
  { upToPercent: 99.9, floorNs: 20 * NS_PER_MS },
];

/**
 * A handful of calls shows no generator at fault: one pause of the host in a short run makes as
 * many. So many calls must lie past a percentile, or so many arrivals have been late, before it
 * counts.
 */
export const EVIDENCE_MIN = 20;

/** Where a threshold's answer itself hangs on the share, this much is enough. */
export const DECISIVE_FLOOR_NS: Ns = 2 * NS_PER_MS;

/**
 * More arrivals than this, let go late by the generator itself, are another load than was asked
 * for.
 */
export const LATE_RATIO_MAX: Ratio = 0.01;

/** A sending loop this busy with answers can send no more, whatever its lag. */
export const BUSY_RATIO: Ratio = 0.9;

/**
 * So busy is enough where the thread wanted a core nearly all the time, whether or not it got one:
 * its host took the rest, and what is no answer then is dropping arrivals and asking the kernel.
 */
export const CONTENDED_BUSY_RATIO: Ratio = 0.75;
export const WANTED_CORE_RATIO: Ratio = 0.95;

/** A sending thread this long on a core, with so many arrivals seen this late, cannot send more. */
export const SATURATED_CPU_RATIO: Ratio = 0.9;
export const SATURATED_LAG_PERCENT = 90;
export const SATURATED_LAG_NS: Ns = 2 * NS_PER_MS;

/** A thread that waits this long for a core shares its machine with too much else. */
const CROWDED_RATIO: Ratio = 0.05;

/**
 * Where a thread waited this long for a core, its host is at fault beyond doubt, and the floors,
 * which excuse what every host does now and then, go down to this.
 */
export const STARVED_RATIO: Ratio = 0.1;
export const STARVED_FLOOR_NS: Ns = NS_PER_MS;

/**
 * Returns why a run must not be believed, the generator itself having been the cause; undefined
 * where it was not. Any of these will do:
 *
 * 1. response - corrected response time of a step, at p50, p90, p95, p99 or p99.9, is more than
 *    {@link MATERIAL_RATIO} of the response time and than the percentile's floor, which is lower
 *    where the thread was starved of a core, with {@link EVIDENCE_MIN} calls past the percentile;
 * 2. a threshold on a response time would be answered otherwise without the generator's delay,
 *    which is more than {@link MATERIAL_RATIO} and {@link DECISIVE_FLOOR_NS} of it;
 * 3. more than {@link LATE_RATIO_MAX} of the arrivals, and at least {@link EVIDENCE_MIN}, were over
 *    10 ms late (analyze's `lateNs`), whatever the target: it was given a pause and a burst, not
 *    the schedule;
 * 4. arrivals were dropped while the sending thread was saturated: the slots were full since the
 *    generator did not get round to them. A spinning sender is always on a core, so that this
 *    counts only with a lag that a spinning sender has not; being busy with answers counts by
 *    itself;
 * 5. connections could not be opened since this machine had no descriptor, no local port or no
 *    memory left for them: calls waited for that, not for the target;
 * 6. a sending thread no longer answered and was ended: what it had under way is in no result.
 *
 * The wait for a connection is no part of it: that is the target's doing. Percentiles are compared,
 * never single calls left out (see analyze/generator-analysis.ts).
 */
export function generatorInvalidity(
  thresholds: readonly ThresholdSpec[],
  analysis: RunAnalysis,
): Invalidity | undefined {
  const reasons = [
    ...materialShares(analysis),
    ...decidedThresholds(thresholds, analysis),
    ...lateArrivals(analysis),
    ...saturatedDrops(analysis),
  ];
  const ownDials = ownDialFailures(analysis);
  const lost = lostThreads(analysis);
  if (reasons.length + ownDials.length + lost.length === 0) return undefined;
  const remedies = [
    ...lost.map(() => LOST_REMEDY),
    ...new Set(ownDials.map(({ remedy }) => remedy)),
    ...(reasons.length > 0 ? [remedyOf(analysis)] : []),
  ];
  return {
    reasons: [...lost, ...ownDials.map(({ text }) => text), ...reasons],
    remedy: remedies.join('; '),
  };
}

const LOST_REMEDY =
  'see that every hook returns: a loop in one holds its thread, which can then neither send nor read';

function lostThreads({ counters: { lostThreads: lost = 0 } }: RunAnalysis): readonly string[] {
  if (lost === 0) return [];
  const threads = counted(lost, 'sending thread');
  return [`${threads} did not answer and ${lost === 1 ? 'was' : 'were'} ended: calls are missing`];
}

interface OwnDialFailure {
  readonly text: string;
  readonly remedy: string;
}

/** What to do about a connection for which this machine had nothing left. */
const DIAL_REMEDIES: Readonly<Partial<Record<ConnectReason, string>>> = {
  descriptors:
    'raise the limit of open files before the run (ulimit -n 65536; ENFILE: sysctl fs.file-max), or lower connections or users',
  ports:
    'widen the range of local ports (sysctl net.ipv4.ip_local_port_range="1024 65535"), let connections be used again (connection: { reuse: true }, no low maxRequests), or spread the load over more addresses or machines',
  memory: 'lower connections or users, or use a machine with more memory',
};

function ownDialFailures({ dials }: RunAnalysis): readonly OwnDialFailure[] {
  return dials.flatMap(({ target, reasons }) =>
    reasons.flatMap(({ reason, text, count }) => {
      const remedy = DIAL_REMEDIES[reason];
      if (remedy === undefined) return [];
      return [
        {
          text: `${counted(count, 'connect')} to ${target} failed here: ${CONNECT_REASON_TEXTS[reason]} (${text})`,
          remedy,
        },
      ];
    }),
  );
}

/** One reason per step, its worst: the others say the same. */
function materialShares({ generator }: RunAnalysis): readonly string[] {
  const isStarved = (generator.thread?.runDelayRatio ?? 0) > STARVED_RATIO;
  return generator.steps.flatMap(({ step, corrected, added }) => {
    const material = added.filter((share) => isMaterial(share, corrected.n, isStarved));
    const [worst] = material.toSorted((a, b) => shareRatio(b) - shareRatio(a));
    if (worst === undefined) return [];
    const { percent, isRefused, responseNs, correctedNs } = worst;
    const [about, why] = isRefused ? ['about ', '; too few calls for an interval'] : ['', ''];
    return [
      `${step}: ${about}${formatDuration(responseNs)} of response time at p${percent}, ` +
        `${about}${formatDuration(correctedNs)} without the generator's own delay${why}`,
    ];
  });
}

function isMaterial(share: GeneratorShare, calls: number, isStarved: boolean): boolean {
  const floor = MATERIAL_FLOORS.find(({ upToPercent }) => share.percent <= upToPercent);
  const isShown = calls * tailRatioOf(share.percent) >= EVIDENCE_MIN;
  if (!isShown || floor === undefined) return false;
  const floorNs = isStarved ? Math.min(STARVED_FLOOR_NS, floor.floorNs) : floor.floorNs;
  return isPast(share.addedNs, share.responseNs, floorNs);
}

function isPast(addedNs: Ns, wholeNs: Ns, floorNs: Ns): boolean {
  return addedNs > Math.max(MATERIAL_RATIO * wholeNs, floorNs);
}

function shareRatio({ addedNs, responseNs }: GeneratorShare): Ratio {
  return responseNs === 0 ? 0 : addedNs / responseNs;
}

function decidedThresholds(
  thresholds: readonly ThresholdSpec[],
  analysis: RunAnalysis,
): readonly string[] {
  return thresholds.flatMap((threshold) => {
    const { metric, operator, limit, overNs } = threshold;
    if (metric !== 'response' || overNs !== undefined || typeof limit !== 'number') return [];
    const whole = observe(threshold, analysis);
    const part = observe(threshold, analysis, 'corrected');
    if (whole.value === undefined || part.value === undefined) return [];
    // By the value: of times without the delay no interval is known.
    const states = [whole, part].map((seen) => decideByValue(operator, limit, seen).state);
    const isTurned = states.includes('fail') && states.includes('pass');
    if (!isTurned || !isPast(whole.value - part.value, whole.value, DECISIVE_FLOOR_NS)) return [];
    const seen = `${formatDuration(whole.value)} with the generator's own delay`;
    return [`${threshold.text}: ${seen}, ${formatDuration(part.value)} without`];
  });
}

function lateArrivals({ generator }: RunAnalysis): readonly string[] {
  const { lateArrivals: late, lateRatio, lateNs } = generator;
  if (lateRatio <= LATE_RATIO_MAX || late < EVIDENCE_MIN) return [];
  const percent = (lateRatio * 100).toFixed(1);
  const bound = `${LATE_RATIO_MAX * 100}% is the most`;
  return [
    `${percent}% of the arrivals were let go more than ${formatDuration(lateNs)} late; ${bound}`,
  ];
}

function saturatedDrops({ phases, generator }: RunAnalysis): readonly string[] {
  const { cpuRatio = 0, busyRatio = 0, runDelayRatio = 0 } = generator.thread ?? {};
  const wantsCore = cpuRatio + runDelayRatio >= WANTED_CORE_RATIO;
  const isBusy = busyRatio >= (wantsCore ? CONTENDED_BUSY_RATIO : BUSY_RATIO);
  if (!isBusy && cpuRatio < SATURATED_CPU_RATIO) return [];
  return phases.flatMap(({ name, measured, droppedArrivals, lag }) => {
    const seen = lag.percentiles.find((p) => p.percent === SATURATED_LAG_PERCENT);
    const isSlow = seen?.kind === 'known' && seen.valueNs > SATURATED_LAG_NS;
    return measured && droppedArrivals > 0 && (isBusy || isSlow)
      ? [
          `${counted(droppedArrivals, 'arrival was', 'arrivals were')} dropped in ${name} while the sending thread was saturated`,
        ]
      : [];
  });
}

function remedyOf({ generator, lag }: RunAnalysis): string {
  const thread: Partial<ThreadAnalysis> = generator.thread ?? {};
  const median = lag.percentiles.find((p) => p.percent === 50);
  const isLate = median?.kind === 'known' && median.valueNs > SATURATED_LAG_NS;
  if (isLate || (thread.busyRatio ?? 0) >= BUSY_RATIO) {
    return 'raise engine: { workers } where there are cores for it, lower the rate, or share it between several machines: it is more than one sender can do';
  }
  if ((thread.runDelayRatio ?? 0) > CROWDED_RATIO) {
    return 'use a machine with less other work or more cores, or lower the rate';
  }
  return (
    'run it again on a quieter machine, lower the rate, or set engine: { pacing: precise }; the ' +
    'process was held up as a whole, as by a pause of its host'
  );
}
