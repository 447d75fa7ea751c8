import {
  areSpansBiased,
  mergeSamples,
  REPORTED_PERCENTS,
  summarizeClock,
  type ClockSummary,
  type Dependence,
  type EdgeAnalysis,
  type RunAnalysis,
} from '../analyze/index.ts';
import { NS_PER_SEC } from '../core/index.ts';

/** One edge over all runs. */
export interface PooledEdge {
  readonly edge: EdgeAnalysis;
  /** Whether services' spans of some run are missing, and not a part by chance. */
  readonly isBiased: boolean;
  /** Runs in which it was called. */
  readonly runCount: number;
  /** Whether the medians of two of them differ by more than chance explains. */
  readonly differs: boolean;
}

/**
 * Returns the edges of several runs, each with the attempts of all of them, the harness's own
 * first. How alike calls are is known per run; the runs are strata, so that of the pooled sample
 *
 *   d = sum of n_i d_i / sum of n_i
 */
export function poolEdges(
  analyses: readonly Pick<RunAnalysis, 'edges' | 'served' | 'healthy'>[],
): readonly PooledEdge[] {
  const parts = analyses.flatMap(({ edges, served, healthy }) =>
    edges.map((edge) => ({
      edge,
      isBiased: edge.kind === 'service' && areSpansBiased(served),
      healthySec: healthy.ranges.reduce((sum, r) => sum + r.toNs - r.fromNs, 0) / NS_PER_SEC,
    })),
  );
  const groups = Map.groupBy(parts, ({ edge: { kind, caller, callee, operation } }) =>
    JSON.stringify([kind, caller, callee, operation]),
  );
  const pooled = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const attempt = poolClocks(group.map(({ edge }) => edge.attempt));
    const seconds = group.reduce((sum, { healthySec }) => sum + healthySec, 0);
    const attempts = group.reduce((sum, part) => sum + part.edge.ratePerSec * part.healthySec, 0);
    const edge = {
      ...first.edge,
      failed: group.reduce((sum, part) => sum + part.edge.failed, 0),
      ...sumOf('retries', group),
      ...sumOf('cancelled', group),
      ratePerSec: seconds === 0 ? 0 : attempts / seconds,
      attempt,
    };
    const isBiased = group.some((part) => part.isBiased);
    const differs = haveOtherMedians(group.map((part) => part.edge.attempt));
    return [{ edge, isBiased, runCount: group.length, differs }];
  });
  return pooled.toSorted(
    (a, b) => Number(a.edge.kind === 'service') - Number(b.edge.kind === 'service'),
  );
}

/** Absent where no run has counted it. */
function sumOf(
  key: 'retries' | 'cancelled',
  group: readonly { readonly edge: EdgeAnalysis }[],
): Pick<EdgeAnalysis, typeof key> {
  const counts = group.flatMap(({ edge }) => edge[key] ?? []);
  return counts.length === 0 ? {} : { [key]: counts.reduce((sum, count) => sum + count, 0) };
}

/** Returns one distribution of the same clock in several runs. */
export function poolClocks(clocks: readonly ClockSummary[]): ClockSummary {
  const [first, ...others] = clocks;
  if (first !== undefined && others.length === 0) return first;
  return summarizeClock(mergeSamples(clocks.map(({ sample }) => sample)), (percent) =>
    pooledDependence(clocks, REPORTED_PERCENTS.indexOf(percent as 50)),
  );
}

function pooledDependence(clocks: readonly ClockSummary[], at: number): Dependence | undefined {
  const parts = clocks.flatMap(({ n, dependence }) => {
    const own = dependence[at];
    return own === undefined ? [] : [{ n, own }];
  });
  const n = parts.reduce((sum, part) => sum + part.n, 0);
  if (n === 0) return undefined;
  const mean = (of: (d: Dependence) => number): number =>
    parts.reduce((sum, part) => sum + part.n * of(part.own), 0) / n;
  const froms = new Set(parts.map(({ own }) => own.from));
  return {
    designEffect: mean((d) => d.designEffect),
    seenEffect: mean((d) => d.seenEffect),
    from: (['queue', 'few-seconds'] as const).find((from) => froms.has(from)) ?? 'seconds',
  };
}

function haveOtherMedians(clocks: readonly ClockSummary[]): boolean {
  const medians = clocks.flatMap(({ percentiles: [p50] }) => (p50?.kind === 'known' ? [p50] : []));
  return medians.some((a) => medians.some((b) => a.lowerNs > b.upperNs));
}
