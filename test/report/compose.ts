import { adviseTimeouts } from '../../src/advise/index.ts';
import { analyzeRun } from '../../src/analyze/index.ts';
import { evaluateThresholds } from '../../src/gate/index.ts';
import type { RunReport } from '../../src/report/index.ts';
import type { ThresholdSpec } from '../../src/scenario/index.ts';
import { memorySource, type StoredRun } from '../analyze/memory-source.ts';

/** Returns the report that the command line would compose of a stored run. */
export async function composeReport(
  stored: StoredRun,
  thresholds: readonly ThresholdSpec[],
  wantedArrivals: Readonly<Record<string, number>> = { 'warm-up': 2_000, steady: 12_000 },
): Promise<RunReport> {
  const source = memorySource(stored);
  const analysis = await analyzeRun(source, stored.run.runId, { wantedArrivals });
  return {
    analysis,
    verdict: evaluateThresholds(thresholds, analysis),
    advice: adviseTimeouts(analysis),
    storedAt: '.callgauge/ (local ClickHouse)',
    commandLine: (command) => `callgauge ${command}`,
  };
}
