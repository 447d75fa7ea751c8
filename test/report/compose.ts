import { adviseTimeouts } from '../../src/advise/index.ts';
import { analyzeRun } from '../../src/analyze/index.ts';
import { evaluateThresholds, selectionsOf, type EvaluateOptions } from '../../src/gate/index.ts';
import type { CapacityResult } from '../../src/capacity/index.ts';
import { NS_PER_MS } from '../../src/core/index.ts';
import type { RunReport } from '../../src/report/index.ts';
import type { ThresholdSpec } from '../../src/scenario/index.ts';
import { queueingServer, searchSpec, simulateSearch } from '../capacity/simulated-server.ts';
import { memorySource, type StoredRun } from '../analyze/memory-source.ts';
import { healthyRun } from './sample-runs.ts';

/** Returns the report that the command line would compose of a stored run. */
export async function composeReport(
  stored: StoredRun,
  thresholds: readonly ThresholdSpec[],
  wantedArrivals: Readonly<Record<string, number>> = { 'warm-up': 2_000, steady: 12_000 },
  options: EvaluateOptions = {},
): Promise<RunReport> {
  const source = memorySource(stored);
  const analysis = await analyzeRun(source, stored.run.runId, {
    wantedArrivals,
    selections: selectionsOf(thresholds),
  });
  return {
    analysis,
    verdict: evaluateThresholds(thresholds, analysis, options),
    advice: adviseTimeouts(analysis),
    tags: new Map(),
    okStatuses: new Map([
      ['create-order', '201'],
      ['call', '2xx, 3xx'],
    ]),
    policies: new Map([
      [
        'create-order',
        { name: 'careful', text: '3 attempts on 503, retries at most 20% and 10/s' },
      ],
    ]),
    storedAt: '.callgauge/ (local ClickHouse)',
    commandLine: (command) => `callgauge ${command}`,
  };
}

/** Returns the report of a search against a simulated server of 5 ms. */
export async function composeSearchReport(
  changes: Partial<CapacityResult> = {},
): Promise<RunReport> {
  const spec = searchSpec({ objective: 'call.response p(95) < 50ms', fromPerSec: 50 });
  const { result } = await simulateSearch(spec, () => queueingServer(1, () => 5 * NS_PER_MS), 3);
  const report = await composeReport(healthyRun(), []);
  return { ...report, capacity: { ...result, ...changes } };
}
