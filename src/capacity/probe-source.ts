import { unstoredRun, type AnalyzedSource, type MergedSeries } from '../analyze/index.ts';
import { mergeSparse, type HistogramSlice } from '../core/index.ts';
import type { ProbeNumbers } from './probe-numbers.ts';

/** Returns a run that is nothing but some probes, for the analysis that every run has. */
export function probeSource(probes: readonly ProbeNumbers[]): AnalyzedSource {
  const phases = probes.map(({ phase }) => ({ ...phase, measured: true }));
  const seconds = probes
    .flatMap(({ histograms }) => histograms)
    .toSorted((a, b) => a.second - b.second);
  // The probes alone matter; their run is not over.
  return unstoredRun(
    { phases, status: 'complete', endedEpochMs: 0 },
    {
      series: async () => merged(seconds),
      seconds: async () => seconds,
      counters: async () => probes.flatMap(({ counters }) => counters),
      connectErrors: async () => probes.flatMap(({ connectErrors }) => connectErrors),
    },
  );
}

function merged(seconds: readonly HistogramSlice[]): readonly MergedSeries[] {
  const keyOf = ({ phase, step, target, outcome, clock }: HistogramSlice): string =>
    [phase, step, target, outcome, clock].join('\n');
  return [...Map.groupBy(seconds, keyOf).values()].flatMap((parts) => {
    const [first] = parts;
    if (first === undefined) return [];
    const { phase, step, target, outcome, clock } = first;
    return { phase, step, target, outcome, clock, ...mergedInPairs(parts) };
  });
}

/** Pair by pair, so that no long histogram is merged with a short one time and again. */
function mergedInPairs(
  parts: readonly Pick<HistogramSlice, 'valueNs' | 'count'>[],
): Pick<HistogramSlice, 'valueNs' | 'count'> {
  const half = Math.ceil(parts.length / 2);
  const [only] = parts;
  if (only === undefined) return { valueNs: [], count: [] };
  if (parts.length === 1) return { valueNs: only.valueNs, count: only.count };
  return mergeSparse(mergedInPairs(parts.slice(0, half)), mergedInPairs(parts.slice(half)));
}
