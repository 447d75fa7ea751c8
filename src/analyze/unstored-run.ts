import type { RunRecord } from '../core/index.ts';
import type { AnalyzedSource } from './sources.ts';

/** What is told of the calls of a run that no store has; what is left out is empty. */
export interface UnstoredNumbers extends Pick<AnalyzedSource, 'series' | 'seconds' | 'counters'> {
  readonly errors?: AnalyzedSource['errors'];
  readonly connectErrors: AnalyzedSource['connectErrors'];
}

/**
 * Returns a run that no store has, for the analysis that every run has: without spans, fault
 * windows and arrivals by second. It began at the epoch.
 */
export function unstoredRun(
  own: Pick<RunRecord, 'phases' | 'status' | 'endedEpochMs'>,
  numbers: UnstoredNumbers,
): AnalyzedSource {
  const run: RunRecord = {
    runId: '',
    scenario: '',
    startedEpochMs: 0,
    seed: 0,
    source: '',
    plan: '',
    verdict: '',
    harnessVersion: '',
    environment: {},
    ...own,
  };
  return {
    run: async () => run,
    counterSeconds: async () => [],
    arrivals: async () => [],
    errors: async () => [],
    faultWindows: async () => [],
    edges: async () => [],
    failedAttempts: async () => [],
    slowestCalls: async () => [],
    failureExamples: async () => [],
    spanCounts: async () => ({ harness: 0, all: 0, invalid: 0 }),
    servedCalls: async () => ({ calls: 0, kept: [] }),
    ...numbers,
  };
}
