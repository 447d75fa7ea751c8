import { adviseTimeouts } from '../advise/index.ts';
import { analyzeRun } from '../analyze/index.ts';
import { HarnessError } from '../core/index.ts';
import { evaluateThresholds } from '../gate/index.ts';
import type { RunReport } from '../report/index.ts';
import { parseScenario } from '../scenario/index.ts';
import { arrivalsPerPhase, scheduleOf } from '../schedule/index.ts';
import type { Store } from '../store/index.ts';

/**
 * Returns everything that is to be said of a stored run, computed from the store alone: the run's own
 * report and one that is asked for a week later are the same.
 * @throws RUN_NOT_FOUND
 */
export async function reportOf(
  store: Store,
  runId: string,
  commandLine: RunReport['commandLine'],
): Promise<RunReport> {
  const run = await store.source.run(runId);
  if (!run) {
    const what =
      runId === 'latest' ? 'the store holds no run yet' : `the store holds no run ${runId}`;
    throw new HarnessError('RUN_NOT_FOUND', what, {
      hint: 'callgauge runs lists what it holds.',
    });
  }
  const scenario = parseScenario(run.source, `run ${run.runId}`);
  const analysis = await analyzeRun(store.source, run.runId, {
    wantedArrivals: arrivalsPerPhase(scheduleOf(scenario)),
  });
  return {
    analysis,
    verdict: evaluateThresholds(scenario.thresholds, analysis),
    advice: adviseTimeouts(analysis),
    storedAt: store.description,
    commandLine,
  };
}
