import {
  analyzeRun,
  estimateQuantile,
  lowerTailCount,
  upperTailCount,
  type CallSummary,
  type QuantileEstimate,
  type RunAnalysis,
} from '../analyze/index.ts';
import {
  counted,
  formatCount,
  formatDuration,
  NS_PER_SEC,
  type RatePerSec,
} from '../core/index.ts';
import { evaluateThresholds, type ThresholdResult } from '../gate/index.ts';
import type { FixedThreshold } from '../scenario/index.ts';
import { backlogGrowth, wanderOf } from './backlog.ts';
import type { ProbeNumbers } from './probe-numbers.ts';
import { probeSource } from './probe-source.ts';
import type { ObjectiveResult, RateEvaluation, RateVerdict } from './rate-evaluation.ts';

/** Growth below this share of the arrivals does not count, however surely it is seen. */
const GROWTH_RATIO_MIN = 0.01;
/** So many times as far as chance leads a queue is no chance, and so far may be one. */
const SURE_WANDERS = 3;
const DOUBTFUL_WANDERS = 0.5;
/** How many times the design effect that is seen a search's intervals are widened for. */
const DESIGN_FACTOR = 2;
/** In fewer seconds than this, not counting one of each probe, no design effect shows... */
const FREE_SECONDS_MIN = 8;
/** ...and that of a queue that is mostly there is assumed. */
const UNSEEN_DESIGN_EFFECT = 3;
/** What such an interval leaves on each side, near enough. */
const ONE_SIDE = 0.003;

/**
 * Returns what the probes of one rate, at least one, say of it. A probe that the generator spoilt
 * (gate's INVALID) does not count; the others are evaluated together, as one sample with a stratum
 * for each.
 */
export async function evaluateRate(
  objectives: readonly FixedThreshold[],
  ratePerSec: RatePerSec,
  probes: readonly ProbeNumbers[],
): Promise<RateEvaluation> {
  const analyses = await Promise.all(
    probes.map(async (probe) => ({ probe, analysis: await analysisOf([probe]) })),
  );
  const evaluated = analyses.map(({ probe, analysis }) => {
    const { invalid, outcome } = evaluateThresholds(objectives, analysis);
    const invalidReason = outcome === 'invalid' ? invalid?.reasons[0] : undefined;
    return { probe, analysis, invalidReason };
  });
  const sound = evaluated.filter(({ invalidReason }) => invalidReason === undefined);
  const used = (sound.length > 0 ? sound : evaluated).map(({ probe }) => probe);
  const [only] = evaluated;
  const analysis =
    evaluated.length === 1 && only !== undefined ? only.analysis : await analysisOf(used);
  const { thresholds } = evaluateThresholds(objectives, analysis);
  const results = objectives.flatMap((objective, i): ObjectiveResult[] => {
    const seen = thresholds[i];
    if (seen === undefined) return [];
    const { limit } = objective;
    const result = withCarefulInterval(objective, { ...seen, limit }, analysis);
    return [{ verdict: objectiveVerdict(objective, result), result }];
  });
  const keptUp = keepingUp(used, analysis);
  const base = {
    ratePerSec,
    probes: used.map(({ phase }) => phase.name),
    spoiltProbes: evaluated.flatMap(({ probe, invalidReason: reason }) =>
      reason === undefined ? [] : [{ phase: probe.phase.name, reason }],
    ),
    ranNs: analysis.measuredNs,
    longestNs: Math.max(0, ...analysis.phases.map((phase) => phase.ranNs)),
    arrivals: keptUp.arrivals,
    droppedArrivals: keptUp.dropped,
    backlog: keptUp.backlog,
    achievedPerSec: keptUp.achievedPerSec,
    objectives: results,
    ...medianAndTail(objectives, analysis),
  };
  if (sound.length === 0) {
    return {
      ...base,
      verdict: 'generator',
      reason: only?.invalidReason ?? 'the generator was at fault',
    };
  }
  return { ...base, ...rateVerdict(results, keptUp) };
}

async function analysisOf(probes: readonly ProbeNumbers[]): Promise<RunAnalysis> {
  return analyzeRun(probeSource(probes), 'latest', { slowestLimit: 0 });
}

interface KeepingUp {
  readonly arrivals: number;
  readonly dropped: number;
  readonly backlog: number;
  readonly achievedPerSec: RatePerSec;
  readonly verdict: 'meets' | 'misses' | 'undecided';
  readonly reason: string;
}

function keepingUp(probes: readonly ProbeNumbers[], analysis: RunAnalysis): KeepingUp {
  const { arrivals, droppedArrivals: dropped } = analysis.counters;
  const growth = probes.reduce(
    (sum, { phase, histograms }) => sum + Math.max(0, backlogGrowth(phase, histograms)),
    0,
  );
  const backlog = Math.round(growth);
  const lost = Math.min(arrivals, dropped + backlog);
  const achievedPerSec =
    analysis.measuredNs === 0 ? 0 : ((arrivals - lost) / analysis.measuredNs) * NS_PER_SEC;
  const seen = { arrivals, dropped, backlog, achievedPerSec };
  if (dropped > 0) {
    const reason = `${formatCount(dropped)} of ${counted(arrivals, 'arrival')} found no free slot`;
    return { ...seen, verdict: 'misses', reason };
  }
  const wander = wanderOf(arrivals);
  const least = GROWTH_RATIO_MIN * arrivals;
  const grew = `the queue grew by ${counted(backlog, 'call')}`;
  if (growth > Math.max(least, SURE_WANDERS * wander)) {
    return { ...seen, verdict: 'misses', reason: `${grew}: the target does not keep up` };
  }
  if (growth > Math.max(least, DOUBTFUL_WANDERS * wander)) {
    const reason = `${grew}: the target does not keep up, or it is chance`;
    return { ...seen, verdict: 'undecided', reason };
  }
  return { ...seen, verdict: 'meets', reason: '' };
}

function rateVerdict(
  results: readonly ObjectiveResult[],
  keptUp: KeepingUp,
): { readonly verdict: RateVerdict; readonly reason: string } {
  const miss = results.find(({ verdict }) => verdict === 'misses');
  // The objective first: it is what was asked, and says by how much it was missed.
  if (miss) return { verdict: 'misses', reason: missText(miss.result) };
  if (keptUp.verdict === 'misses') return { verdict: 'misses', reason: keptUp.reason };
  const doubt = results.find(({ verdict }) => verdict === 'undecided');
  if (doubt) return { verdict: 'undecided', reason: doubtText(doubt.result) };
  return { verdict: keptUp.verdict, reason: keptUp.reason };
}

/**
 * Returns the result with the interval that a search decides by. A search looks many times, and
 * where it looks closest the queue is longest, and one second like the next: an interval of 95% for
 * a single look would be wrong too often. {@link DESIGN_FACTOR} makes each side miss 3 times in
 * 1,000.
 */
function withCarefulInterval(
  { step, metric, aggregate }: FixedThreshold,
  seen: ObjectiveResult['result'],
  { steps, phases }: RunAnalysis,
): ObjectiveResult['result'] {
  const calls = steps.find((s) => s.step === step)?.overall;
  if (!calls || seen.unit !== 'ns') {
    const { interval: _ofOneRun, ...bare } = seen;
    return bare;
  }
  const { n, sample, percentiles, dependence } =
    metric === 'service' ? calls.service : calls.response;
  if (n === 0) return seen;
  const percent = aggregate.kind === 'percentile' ? aggregate.percent : 50;
  const nearest = dependence[percentiles.findIndex((p) => p.percent >= percent)];
  const freeSeconds = phases.reduce((sum, p) => sum + p.ranNs / NS_PER_SEC - 1, 0);
  const least = freeSeconds < FREE_SECONDS_MIN ? UNSEEN_DESIGN_EFFECT : 1;
  const designEffect = Math.max(least, nearest?.seenEffect ?? 1) * DESIGN_FACTOR;
  const estimate = estimateQuantile(sample, percent, designEffect);
  const { interval: _, neededN: __, ...open } = seen;
  if (estimate.kind === 'refused') {
    const { neededN, lowerBoundNs = 0 } = estimate;
    return lowerBoundNs >= seen.limit
      ? { ...open, state: 'fail', value: lowerBoundNs, atLeast: true }
      : { ...open, state: 'inconclusive', neededN };
  }
  const { valueNs, atLeast, lowerNs, upperNs, upperAtLeast } = estimate;
  const interval = { lower: lowerNs, upper: upperNs, open: upperAtLeast };
  return { ...open, value: valueNs, atLeast, interval };
}

/** Three ways, by where the whole interval lies rather than by the value seen. */
function objectiveVerdict(
  { operator, limit }: FixedThreshold,
  result: ObjectiveResult['result'],
): ObjectiveResult['verdict'] {
  const { unit, interval, value, n, state } = result;
  if (unit === 'ratio' && value !== undefined && n > 0) {
    const count = Math.round(value * n);
    if (count <= lowerTailCount(n, limit, ONE_SIDE)) return 'meets';
    return count >= upperTailCount(n, limit, ONE_SIDE) ? 'misses' : 'undecided';
  }
  if (interval === undefined) return state === 'fail' ? 'misses' : 'undecided';
  const isWithin = operator === '<' ? interval.upper < limit : interval.upper <= limit;
  if (isWithin && !interval.open) return 'meets';
  const isPast = operator === '<' ? interval.lower >= limit : interval.lower > limit;
  return isPast ? 'misses' : 'undecided';
}

function missText({
  text,
  unit,
  value,
  atLeast,
  limit,
  reason,
}: ObjectiveResult['result']): string {
  if (value === undefined) return `${text}: ${reason}`;
  if (unit === 'ratio') return `${text}: ${(value * 100).toPrecision(3)}%`;
  const times = value / limit;
  const by = times < 2 ? `${((times - 1) * 100).toFixed(0)}% over` : `${times.toFixed(1)} times it`;
  return `${text}: ${atLeast ? 'at least ' : ''}${formatDuration(value)}, ${by}`;
}

function doubtText({ text, unit, interval, neededN, n, reason }: ThresholdResult): string {
  if (neededN !== undefined)
    return `${text}: needs ${counted(neededN, 'call')}, has ${formatCount(n)}`;
  if (interval !== undefined || unit === 'ratio') {
    return `${text}: the limit lies within the interval`;
  }
  return `${text}: ${reason}`;
}

function medianAndTail(
  objectives: readonly FixedThreshold[],
  { steps }: RunAnalysis,
): Pick<RateEvaluation, 'p50' | 'p99'> {
  const wanted = objectives.find(({ step }) => step !== '')?.step ?? steps[0]?.step;
  const calls: CallSummary | undefined = steps.find(({ step }) => step === wanted)?.overall;
  if (calls === undefined) return { p50: undefined, p99: undefined };
  // Curves through many rates have no interval: what one of them could not be sure of is seen.
  const { sample, percentiles, dependence } = calls.response;
  const at = (percent: number): QuantileEstimate => {
    const seen = dependence[percentiles.findIndex((p) => p.percent === percent)];
    return estimateQuantile(sample, percent, seen?.seenEffect);
  };
  return { p50: at(50), p99: at(99) };
}
