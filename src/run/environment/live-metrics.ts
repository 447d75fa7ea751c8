import { estimateQuantile, REPORTED_PERCENTS } from '../../analyze/index.ts';
import {
  NS_PER_SEC,
  secFromNs,
  systemClock,
  type RatePerSec,
  type SparseHistogram,
} from '../../core/index.ts';
import { placeOf } from '../../faults/index.ts';
import type { QuantileEstimate } from '../../export/prometheus/index.ts';
import type { RecordSlice } from '../../record/index.ts';
import type { Address } from '../../scenario/index.ts';
import { wantedRatePerSec } from '../../schedule/index.ts';
import type { Provider } from './providers.ts';

/** The `/metrics` endpoint of one run. */
export interface LiveMetrics {
  readonly url: string;
  /**
   * Takes in one second, and the names of the faults that are active. The rate that was wanted
   * follows from the scenario where it is not given.
   */
  update(slice: RecordSlice, activeFaults: readonly string[], wantedRatePerSec?: RatePerSec): void;
}

/** Serves the metrics of a run for Prometheus. */
export function metricsProvider(
  listen: Address & { readonly allowedHosts: readonly string[] },
  runId: string,
): Provider<LiveMetrics> {
  return {
    start: async (scenario) => {
      // Few runs are scraped; what writes the format is loaded for those.
      const { startMetricsServer } = await import('../../export/prometheus/index.ts');
      const steps = scenario.flows.flatMap((flow) => flow.steps);
      const targets = new Map(steps.map(({ name, target }) => [name, target]));
      const server = await startMetricsServer({
        ...listen,
        clock: systemClock(),
        runId,
        scenario: scenario.name,
        quantilesOf,
        targetOf: (step) => targets.get(step) ?? '',
      });
      const update: LiveMetrics['update'] = (
        { second, histograms, counters, connectErrors },
        active,
        wanted,
      ) =>
        server.update({
          histograms,
          counters,
          connectErrors,
          wantedRatePerSec: wanted ?? wantedRatePerSec(scenario.load, (second + 0.5) * NS_PER_SEC),
          faults: scenario.faults.map((fault) => ({
            fault: fault.name,
            ...placeOf(fault),
            active: active.includes(fault.name),
          })),
        });
      return { handle: { url: server.url, update }, stop: () => server.close() };
    },
  };
}

function quantilesOf(
  exact: SparseHistogram,
  censored: SparseHistogram,
): readonly QuantileEstimate[] {
  const sample = { exact, censored };
  return REPORTED_PERCENTS.flatMap((percent) => {
    const estimate = estimateQuantile(sample, percent);
    if (estimate.kind !== 'known') return [];
    const { valueNs, lowerNs, upperNs, upperAtLeast } = estimate;
    return {
      quantile: percent / 100,
      valueSec: secFromNs(valueNs),
      lowSec: secFromNs(lowerNs),
      ...(upperAtLeast ? {} : { highSec: secFromNs(upperNs) }),
    };
  });
}
