import type { AnalyzedSource } from '../analyze/index.ts';
import { NS_PER_SEC, type RunRecord } from '../core/index.ts';
import type { CapacityPhaseSpec, OpenPhaseSpec } from '../scenario/index.ts';
import { CapacitySearch } from './capacity-search.ts';
import { capacityResult, type CapacityResult } from './capacity-result.ts';
import { probeLoad, probeOf } from './probe.ts';
import { JUDGED_CLOCKS, ProbeSlices } from './probe-numbers.ts';

/**
 * Returns what a stored search found, out of its phases, seconds and counts alone: the same that
 * it said when it ended. Of a run that was cut short, as far as it got.
 */
export async function searchedRates(
  search: CapacityPhaseSpec,
  run: RunRecord,
  source: AnalyzedSource,
): Promise<CapacityResult> {
  const slices = new ProbeSlices();
  const [histograms, counters, connectErrors] = await Promise.all([
    source.seconds(run.runId, JUDGED_CLOCKS),
    source.counters(run.runId),
    source.connectErrors(run.runId),
  ]);
  slices.add({ histograms, counters, connectErrors });
  const capacitySearch = new CapacitySearch(search);
  const hasNoEnd = run.status === 'running' || run.status === 'unfinished';
  for (const planned of probesOfRun(run)) {
    const numbers = slices.numbersOf(planned);
    // The last probe of an unfinished run was announced, and may not have begun, or ended.
    const seenNs = Math.max(0, ...numbers.histograms.map((h) => h.second + 1)) * NS_PER_SEC;
    if (seenNs === 0) continue;
    const toNs = hasNoEnd ? Math.min(planned.toNs, seenNs) : planned.toNs;
    await capacitySearch.add({ ...numbers, phase: { ...planned, toNs } });
  }
  return capacityResult(search.capacity, capacitySearch.rates, run.status === 'complete');
}

/** Returns the phases of a stored run that are probes, in their order, the lead-ins left out. */
export function probesOfRun({ phases }: Pick<RunRecord, 'phases'>): RunRecord['phases'] {
  return phases.filter(({ name }) => probeOf(name) !== undefined);
}

/** Returns the source with the named phases as the only measured ones of every run. */
export function measuredOnly(source: AnalyzedSource, names: readonly string[]): AnalyzedSource {
  const narrowed = (run: RunRecord): RunRecord => ({
    ...run,
    phases: run.phases.map((phase) => ({
      ...phase,
      measured: names.includes(phase.name),
    })),
  });
  return {
    run: async (runId) => {
      const run = await source.run(runId);
      return run && narrowed(run);
    },
    series: (runId) => source.series(runId),
    seconds: (runId, clocks) => source.seconds(runId, clocks),
    counters: (runId) => source.counters(runId),
    counterSeconds: (runId, counters) => source.counterSeconds(runId, counters),
    arrivals: (runId) => source.arrivals(runId),
    errors: (runId) => source.errors(runId),
    connectErrors: (runId) => source.connectErrors(runId),
    faultWindows: (runId) => source.faultWindows(runId),
    edges: (runId, ranges) => source.edges(runId, ranges),
    failedAttempts: (runId, ranges) => source.failedAttempts(runId, ranges),
    failureExamples: (runId, phases) => source.failureExamples(runId, phases),
    slowestCalls: (runId, phases, limit) => source.slowestCalls(runId, phases, limit),
    spanCounts: (runId) => source.spanCounts(runId),
    servedCalls: (runId) => source.servedCalls(runId),
  };
}

/** Returns the load that a stored run's probes were, so that its arrivals can be counted again. */
export function loadOfProbes(
  search: CapacityPhaseSpec,
  phases: RunRecord['phases'],
): readonly OpenPhaseSpec[] {
  return phases.flatMap(({ name, fromNs, toNs }) => {
    const probe = probeOf(name);
    if (probe === undefined) return [];
    return probeLoad(search, { ...probe, durationNs: toNs - fromNs }).slice(1);
  });
}
