import { dirname, resolve } from 'node:path';

import { HarnessError } from '../../core/index.ts';
import {
  arrivalsOfRun,
  fillReplays,
  readArrivalFile,
  type ArrivalList,
} from '../../replay/index.ts';
import { parseScenario, type Scenario } from '../../scenario/index.ts';
import type { Store } from '../../store/index.ts';

/**
 * Returns the scenario with its recorded lists read: files relative to the scenario's own, runs out
 * of the store; where none is given, those stay unread.
 * @param tell is told what was found, for people
 * @throws REPLAY_UNREADABLE, RUN_NOT_FOUND
 */
export async function withReplays(
  scenario: Scenario,
  source: Store['source'] | undefined,
  tell: (text: string) => void,
): Promise<Scenario> {
  if (!scenario.load.some((phase) => phase.replay)) return scenario;
  return fillReplays(scenario, {
    readFile: async (spec, wantsRequest) => {
      const path = resolve(dirname(scenario.source.file), spec.file);
      const list = await readArrivalFile(path, { ...spec, wantsRequest });
      if (list.skippedLines > 0) tell(`${spec.file}: ${list.skippedLines} bad lines skipped`);
      return list;
    },
    ...(source && { readRun: (spec) => readRun(spec.run, source, tell) }),
  });
}

async function readRun(
  runId: string,
  source: Store['source'],
  tell: (text: string) => void,
): Promise<ArrivalList> {
  const run = await source.run(runId);
  if (!run) {
    const what = runId === 'latest' ? 'holds no run yet' : `holds no run ${runId}`;
    throw new HarnessError('RUN_NOT_FOUND', `the store ${what} to replay`, {
      hint: 'callgauge runs lists what it holds.',
    });
  }
  tell(`replaying the arrivals of run ${run.runId} (${run.scenario})`);
  return arrivalsOfRun(run.runId, parseScenario(run.source, `run ${run.runId}`));
}
