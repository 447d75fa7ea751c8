import { tuneRuns, type RecommendedTimeout } from '../../src/advise/index.ts';
import { tailRatioOf } from '../../src/analyze/index.ts';
import type { Ns, RatePerSec } from '../../src/core/index.ts';
import { poolClocks } from '../../src/advise/pooled-edges.ts';
import { analyzeDrawn, drawnCalls, type DrawnRun } from './drawn-run.ts';
import type { LatencyLaw } from './latency-law.ts';

/** Runs of one kind, each tuned by itself. */
export interface Trials {
  readonly law: LatencyLaw;
  readonly ratePerSec: RatePerSec;
  readonly seconds: number;
  /** Of which timeout: 99.9, say, or what the best bound of such a run is for. */
  readonly successPercent: number;
  readonly seeds: number;
}

/** What became of the recommendations. */
export interface TrialCounts {
  readonly recommended: number;
  /** Whose upper bound is not below the true percentile. */
  readonly covered: number;
  /** Whose timeout cuts off no more than the wanted share of all calls of the law. */
  readonly kept: number;
  /** Likewise, of a second run of the same length. */
  readonly keptHeldOut: number;
  /** The mean; 0 of none. */
  readonly designEffect: number;
}

/** A second run of the same seed draws from here on. */
const HELD_OUT = 1_000_000;

/** Recommends a timeout by each of some runs, as `tune` does, and holds it to the law. */
export async function recommendationTrials({ seeds, ...trials }: Trials): Promise<TrialCounts> {
  const { law, successPercent } = trials;
  const tailRatio = tailRatioOf(successPercent);
  const counts = { recommended: 0, covered: 0, kept: 0, keptHeldOut: 0 };
  let effects = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const { timeout, n } = await recommendedBy([{ ...trials, seed }], successPercent);
    if (timeout === undefined) continue;
    const { upperBoundNs, timeoutNs, tailCount } = timeout;
    counts.recommended++;
    effects += (n * tailRatio) / tailCount;
    if (law.tail(upperBoundNs) <= tailRatio) counts.covered++;
    if (law.tail(timeoutNs) <= tailRatio) counts.kept++;
    let calls = 0;
    let cutOff = 0;
    for (const { tookNs } of drawnCalls({ ...trials, seed: seed + HELD_OUT })) {
      calls++;
      if (tookNs > timeoutNs) cutOff++;
    }
    if (cutOff <= calls * tailRatio) counts.keptHeldOut++;
  }
  return { ...counts, designEffect: counts.recommended === 0 ? 0 : effects / counts.recommended };
}

/** The same calls, whole and cut off. */
export interface CensoredTrials extends Trials {
  /**
   * Two runs are taken together. The first is cut off here; the second too where `both`, else it is
   * whole.
   */
  readonly timeoutNs: Ns;
  readonly both: boolean;
}

/** The answer of the runs that were cut off over that of the whole ones, in each trial. */
export interface CensoredRatios {
  /** Trials in which both have an answer. */
  readonly answered: number;
  /** Of p99.9, by the product-limit estimate. */
  readonly percentile: readonly number[];
  /** Of its upper bound. */
  readonly upperBound: readonly number[];
}

/** Recommends by runs that were cut off, and by the same calls if they had not been. */
export async function censoredTrials(trials: CensoredTrials): Promise<CensoredRatios> {
  const { timeoutNs, both, seeds, successPercent } = trials;
  const percentile: number[] = [];
  const upperBound: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const runs = [seed, seed + HELD_OUT].map((own) => ({ ...trials, seed: own }));
    const { timeoutNs: _none, ...rest } = trials;
    const whole = await recommendedBy(
      runs.map(({ seed: own }) => ({ ...rest, seed: own })),
      successPercent,
    );
    const cut = await recommendedBy(
      runs.map(({ seed: own }, i) => ({
        ...rest,
        seed: own,
        ...((both || i === 0) && { timeoutNs }),
      })),
      successPercent,
    );
    if (whole.timeout === undefined || cut.timeout === undefined) continue;
    if (whole.percentileNs === undefined || cut.percentileNs === undefined) continue;
    percentile.push(cut.percentileNs / whole.percentileNs);
    upperBound.push(cut.timeout.upperBoundNs / whole.timeout.upperBoundNs);
  }
  return { answered: percentile.length, percentile, upperBound };
}

async function recommendedBy(
  runs: readonly DrawnRun[],
  percent: number,
): Promise<{
  readonly timeout: RecommendedTimeout | undefined;
  readonly percentileNs: Ns | undefined;
  readonly n: number;
}> {
  const analyses = await Promise.all(runs.map((run) => analyzeDrawn(run)));
  const { edges } = tuneRuns({
    runs: analyses.map((analysis) => ({ analysis })),
    ...{ retries: [], requests: [], stages: [], isTold: () => false },
  });
  const [edge] = edges;
  const timeouts = edge
    ? [...edge.advice.timeouts, ...(edge.bestBound ? [edge.bestBound] : [])]
    : [];
  const timeout = timeouts.find(
    (one): one is RecommendedTimeout =>
      one.kind === 'recommended' && one.successPercent === percent,
  );
  const { percentiles } = poolClocks(analyses.flatMap((a) => a.edges.map((e) => e.attempt)));
  const own = percentiles.find((one) => one.percent === percent);
  const percentileNs = own?.kind === 'known' && !own.atLeast ? own.valueNs : undefined;
  return { timeout, percentileNs, n: edge?.advice.n ?? 0 };
}
