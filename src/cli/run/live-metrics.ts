import { estimateQuantile, REPORTED_PERCENTS } from '../../analyze/index.ts';
import { NS_PER_SEC, secFromNs, type RatePerSec, type SparseHistogram } from '../../core/index.ts';
import { placeOf } from '../../faults/index.ts';
import { startMetricsServer, type QuantileEstimate } from '../../export/prometheus/index.ts';
import type { RecordSlice } from '../../record/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import { wantedRatePerSec } from '../../schedule/index.ts';
import type { ListenAddress } from './listen-address.ts';

export interface LiveMetricsOptions extends ListenAddress {
  readonly runId: string;
  readonly scenario: Scenario;
}

/** The `/metrics` endpoint of one run. */
export interface LiveMetrics {
  readonly url: string;
  /**
   * Takes in one second, and the names of the faults that are active. The rate that was wanted follows
   * from the scenario where it is not given.
   */
  update(slice: RecordSlice, activeFaults: readonly string[], wantedRatePerSec?: RatePerSec): void;
  close(): Promise<void>;
}

/**
 * Serves a run's metrics for Prometheus.
 * @throws LISTEN_FAILED
 */
export async function serveMetrics(options: LiveMetricsOptions): Promise<LiveMetrics> {
  const { host, port, runId, scenario } = options;
  const server = await startMetricsServer({
    host,
    port,
    runId,
    scenario: scenario.name,
    quantilesOf,
  });
  return {
    url: server.url,
    update: ({ second, histograms, counters }, activeFaults, wanted) =>
      server.update({
        histograms,
        counters,
        wantedRatePerSec: wanted ?? wantedRatePerSec(scenario.load, (second + 0.5) * NS_PER_SEC),
        faults: scenario.faults.map((fault) => ({
          fault: fault.name,
          ...placeOf(fault),
          active: activeFaults.includes(fault.name),
        })),
      }),
    close: () => server.close(),
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
