import type { EdgeAnalysis, RunAnalysis } from '../analyze/index.ts';
import {
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  type RatePerSec,
} from '../core/index.ts';

/** What a search for capacity found. */
export interface KnownCapacity {
  /** The highest rate that met its objectives. */
  readonly metPerSec: RatePerSec;
}

/** What of a run shows overload. */
export interface LoadedAnalysis extends Pick<
  RunAnalysis,
  'edges' | 'faults' | 'errors' | 'edgeErrors'
> {
  readonly counters: Pick<RunAnalysis['counters'], 'arrivals' | 'droppedArrivals'>;
}

/** A run as far as it shows overload, or the spans of a time. */
export interface LoadedRun {
  readonly analysis: LoadedAnalysis;
  readonly capacity?: KnownCapacity;
}

/** Less than this is no sign of anything lasting. */
const DROPPED_MIN = 0.001;
const REFUSED_MIN = 0.001;
const TIMED_OUT_MIN = 0.01;
/** Calls that take twice as long as before wait for something. */
const SLOWER_MIN = 2;
/** Statuses by which a callee says that it has too much to do. */
const REFUSALS: ReadonlySet<string> = new Set(['status 429', 'RESOURCE_EXHAUSTED']);

/**
 * Returns what shows that the callee of an edge has, or had, more to do than it can, a phrase with
 * numbers; undefined where nothing does. There a retry is more work for who has too much already:
 * from the capacity divided by the attempts upwards, a short disturbance may last for good.
 *
 * @param extraRatio how many retries a budget lets through, of the calls
 * @see Bronson et al., "Metastable failures in distributed systems", HotOS 2021; Huang et al.,
 *   "Metastable failures in the wild", OSDI 2022
 */
export function overloadSign(
  edge: EdgeAnalysis,
  runs: readonly LoadedRun[],
  extraRatio: number,
): string | undefined {
  for (const run of runs) {
    const sign = signOf(edge, run.analysis);
    if (sign !== undefined) return sign;
  }
  return capacitySign(edge, runs, extraRatio);
}

function signOf(edge: EdgeAnalysis, analysis: LoadedAnalysis): string | undefined {
  const own = analysis.edges.find((each) => isSame(each, edge));
  if (own === undefined) return undefined;
  const { n, sample } = own.attempt;
  // What was given up for another attempt shows nothing.
  const { cancelled = 0 } = own;
  const cutOff = sample.censored.count.reduce((sum, count) => sum + count, -cancelled);
  if (n > 0 && cutOff / n >= TIMED_OUT_MIN) {
    return `${formatRatio(cutOff / n)} of the attempts outside faults were cut off`;
  }
  const refused = refusalsOf(own, analysis);
  if (refused > 0 && refused / (n + own.failed) >= REFUSED_MIN) {
    return `${formatCount(refused)} attempts were refused for too much load`;
  }
  return own.kind === 'harness' ? harnessSign(own, analysis) : undefined;
}

function harnessSign(edge: EdgeAnalysis, analysis: LoadedAnalysis): string | undefined {
  const { arrivals, droppedArrivals } = analysis.counters;
  if (arrivals > 0 && droppedArrivals / arrivals >= DROPPED_MIN) {
    return `${formatCount(droppedArrivals)} of ${formatCount(arrivals)} arrivals found no free slot, so many calls were under way`;
  }
  for (const { window, steps } of analysis.faults) {
    const effect = steps.find(({ step }) => step === edge.operation);
    if (effect === undefined || effect.during.timeoutRatio < TIMED_OUT_MIN) continue;
    const before = medianOf(effect.before.service.percentiles);
    const during = medianOf(effect.during.service.percentiles);
    if (before === undefined || during === undefined || during < before * SLOWER_MIN) continue;
    return `during ${window.fault} ${formatRatio(effect.during.timeoutRatio)} timed out and the median went from ${formatDuration(before)} to ${formatDuration(during)}: calls were slow together`;
  }
  return undefined;
}

function medianOf(percentiles: EdgeAnalysis['attempt']['percentiles']): number | undefined {
  const p50 = percentiles.find(({ percent }) => percent === 50);
  return p50?.kind === 'known' ? p50.valueNs : p50?.lowerBoundNs;
}

function refusalsOf(edge: EdgeAnalysis, { errors, edgeErrors }: LoadedAnalysis): number {
  const own =
    edge.kind === 'harness'
      ? errors.filter(({ step }) => step === edge.operation)
      : edgeErrors.filter((each) => isSame(each, edge));
  return own.reduce((sum, { text, count }) => sum + (REFUSALS.has(text) ? count : 0), 0);
}

/** The rates of the load; a search's own calls are as many as the capacity is. */
function capacitySign(
  edge: EdgeAnalysis,
  runs: readonly LoadedRun[],
  extraRatio: number,
): string | undefined {
  if (edge.kind !== 'harness') return undefined;
  const capacities = runs.flatMap(({ capacity, analysis }) =>
    capacity && analysis.edges.some((each) => isSame(each, edge)) ? [capacity.metPerSec] : [],
  );
  const rates = runs.flatMap(({ capacity, analysis }) =>
    capacity ? [] : analysis.edges.filter((each) => isSame(each, edge)).map((e) => e.ratePerSec),
  );
  if (capacities.length === 0 || rates.length === 0) return undefined;
  const metPerSec = Math.max(...capacities);
  const ratePerSec = Math.max(...rates);
  if (ratePerSec * (1 + extraRatio) <= metPerSec) return undefined;
  return `${formatRate(ratePerSec)} with ${formatRatio(extraRatio)} of retries is more than the ${formatRate(metPerSec)} that met the objectives of the search`;
}

function isSame(
  a: Pick<EdgeAnalysis, 'caller' | 'callee' | 'operation'>,
  b: Pick<EdgeAnalysis, 'caller' | 'callee' | 'operation'>,
): boolean {
  return a.caller === b.caller && a.callee === b.callee && a.operation === b.operation;
}
