import { countOf, NS_PER_SEC, type HistogramSlice } from '../core/index.ts';
import type { SelectedArrivals, StretchCalls, StretchQuestion } from './call-selection.ts';
import { loadOf } from './call-load.ts';
import { summarizeCalls } from './call-summary.ts';
import { EMPTY_SAMPLE, sampleSize, type CensoredSample } from './censored-sample.ts';
import { answeredSample } from './clock-summary.ts';
import { dependence, INDEPENDENT, timedSlices, type Dependence } from './effective-sample-size.ts';
import { estimateQuantile } from './quantile.ts';
import type { CallSummary, ClockSummary, PhaseAnalysis } from './run-analysis.ts';
import { slidingMerge } from './sliding-merge.ts';
import type { ArrivalSecond } from './sources.ts';
import { meanOf, mergeHistograms } from './sparse-histogram.ts';

/** What of a phase is selected: some of its seconds. */
export interface SelectedPhase {
  readonly phase: PhaseAnalysis;
  readonly has: (second: number) => boolean;
}

/** What the stretches are made of. */
export interface StretchParts {
  readonly phases: readonly SelectedPhase[];
  /** Of the selected calls. */
  readonly slices: readonly HistogramSlice[];
  readonly arrivals: readonly ArrivalSecond[];
  /** All calls of the target that the selected go to, where it is one. */
  readonly ofTarget: readonly HistogramSlice[] | undefined;
  /** Of all of them together. */
  readonly summary: CallSummary;
  readonly stratumOf: (second: number) => string;
}

interface Stretch {
  readonly phase: string;
  readonly fromSecond: number;
  readonly toSecond: number;
}

/**
 * Returns the calls of every stretch of a length, one from each second on. A stretch lies within
 * one phase, and all of its seconds are selected.
 *
 * How alike its calls are, the whole selection shows, and so does the stretch, as a run of its
 * length would. Either may be too much: what differs between stretches makes the calls of the whole
 * seem alike, and of few seconds much is assumed. The less of the two is taken.
 */
export function stretchesOf(
  question: StretchQuestion,
  parts: StretchParts,
): readonly StretchCalls[] {
  const { seconds, clock } = question;
  const found = parts.phases.flatMap((one) => stretchesIn(one, seconds));
  const slicesAt = bySecond(parts.slices);
  const arrivalsAt = bySecond(parts.arrivals);
  const clockOf = clock && clockSummaries(clock, question, { ...parts, looks: found.length });
  return found.map((stretch) => {
    const own = within(stretch, slicesAt);
    const counted = own.filter((slice) => slice.clock === 'response').map(withoutTimes);
    return {
      fromNs: stretch.fromSecond * NS_PER_SEC,
      toNs: stretch.toSecond * NS_PER_SEC,
      summary: {
        ...summarizeCalls(counted, seconds * NS_PER_SEC),
        ...(clock && clockOf && { [clock]: clockOf(own, stretch) }),
      },
      arrivals: arrivalsOf(within(stretch, arrivalsAt)),
    };
  });
}

interface OfSecond {
  readonly phase: string;
  readonly second: number;
}

function bySecond<T extends OfSecond>(all: readonly T[]): ReadonlyMap<string, readonly T[]> {
  return Map.groupBy(all, ({ phase, second }) => `${phase} ${second}`);
}

function within<T>(
  { phase, fromSecond, toSecond }: Stretch,
  all: ReadonlyMap<string, readonly T[]>,
): readonly T[] {
  const found: T[] = [];
  for (let second = fromSecond; second < toSecond; second++) {
    found.push(...(all.get(`${phase} ${second}`) ?? []));
  }
  return found;
}

/** Returns how many arrivals there were in some seconds. */
export function arrivalsOf(seconds: readonly ArrivalSecond[]): SelectedArrivals {
  return {
    due: seconds.reduce((sum, { arrivals }) => sum + arrivals, 0),
    dropped: seconds.reduce((sum, { dropped }) => sum + dropped, 0),
  };
}

/** Only how many there are is wanted of them. */
function withoutTimes(slice: HistogramSlice): HistogramSlice {
  return { ...slice, valueNs: [0], count: [countOf(slice)] };
}

function secondsOf({ phase }: SelectedPhase): { readonly first: number; readonly end: number } {
  const first = Math.ceil(phase.fromNs / NS_PER_SEC);
  return { first, end: Math.floor((phase.fromNs + phase.ranNs) / NS_PER_SEC) };
}

function stretchesIn(one: SelectedPhase, seconds: number): readonly Stretch[] {
  const { first, end } = secondsOf(one);
  const found: Stretch[] = [];
  let run = 0;
  for (let second = first; second < end; second++) {
    run = one.has(second) ? run + 1 : 0;
    if (run < seconds) continue;
    const fromSecond = second - seconds + 1;
    found.push({ phase: one.phase.name, fromSecond, toSecond: second + 1 });
  }
  return found;
}

/** Calls that are less alike than this are not looked at more closely. */
const ALIKE_MIN = 1.5;

/** Returns what sums up the times of a stretch, one after another. */
function clockSummaries(
  clock: 'response' | 'service',
  { percent, worstBy }: StretchQuestion,
  { summary, ofTarget, stratumOf, looks }: StretchParts & { readonly looks: number },
): (own: readonly HistogramSlice[], stretch: Stretch) => ClockSummary {
  const merge = slidingMerge();
  const inWhole = percent === undefined ? INDEPENDENT : alikeAt(summary[clock], percent);
  const isOfClock = (slice: HistogramSlice): boolean => slice.clock === clock;
  const targetAt = ofTarget && bySecond(timedSlices(ofTarget).filter(isOfClock));
  return (own, stretch) => {
    const timed = timedSlices(own).filter(isOfClock);
    const sample = answeredSample(timed, merge);
    const bare = boundsOf(sample);
    if (percent === undefined || percent >= 100) return bare;
    const inStretch = (): Dependence => {
      const load = targetAt && { targetLoad: loadOf(within(stretch, targetAt)) };
      return dependence({ own: timed, stratumOf, ...load })(percent);
    };
    const alike = inWhole.designEffect < ALIKE_MIN ? inWhole : less(inWhole, inStretch());
    const estimate = estimateQuantile(sample, percent, alike.designEffect, { [worstBy]: looks });
    return { ...bare, percentiles: [estimate], dependence: [alike] };
  };
}

function alikeAt({ percentiles, dependence: alike }: ClockSummary, percent: number): Dependence {
  return alike.at(percentiles.findIndex((one) => one.percent >= percent)) ?? INDEPENDENT;
}

function less(one: Dependence, other: Dependence): Dependence {
  return other.designEffect < one.designEffect ? other : one;
}

function boundsOf(sample: CensoredSample): ClockSummary {
  const all = mergeHistograms([sample.exact, sample.censored]);
  const maxNs = all.valueNs.at(-1) ?? 0;
  return {
    n: sampleSize(sample),
    censored: countOf(sample.censored),
    minNs: all.valueNs[0] ?? 0,
    meanNs: meanOf(all),
    maxNs,
    maxAtLeast: sample.censored.valueNs.length > 0 && sample.censored.valueNs.at(-1) === maxNs,
    percentiles: [],
    dependence: [],
    sample: EMPTY_SAMPLE,
  };
}
