import { dirname, resolve } from 'node:path';

import type { RunSource } from '../../analyze/index.ts';
import { runNotFound } from '../../core/index.ts';
import type { ArrivalList } from '../../replay/index.ts';
import type {
  PhaseSpec,
  ReadyPhase,
  ReplayFileSpec,
  Scenario,
  ScenarioWithFiles,
} from '../../scenario/index.ts';
import { checkReadable } from '../../scenario/bounded-file.ts';
import { replayLocation } from '../../scenario/named-files.ts';
import { endWithRows } from './end-with-rows.ts';

type LoadOf = Pick<ScenarioWithFiles, 'load' | 'flows' | 'source' | 'seed' | 'endsWith'>;

/**
 * Returns the load of a scenario with its recorded lists read: files relative to the scenario's
 * own, runs out of the store. It ends with the rows of a feeder where one says so.
 * @param note takes what was found, for people
 * @throws SCENARIO_UNREADABLE, REPLAY_UNREADABLE, RUN_NOT_FOUND, RUN_PLAN_UNREADABLE;
 *   SCENARIO_INVALID for too few rows
 */
export async function readLoad(
  scenario: LoadOf,
  source: Pick<RunSource, 'run'>,
  note: (text: string) => void,
): Promise<readonly ReadyPhase[]> {
  if (scenario.load.every(isNoReplay)) return endWithRows(scenario, scenario.load);
  const { methodRemarks, readReplays } = await import('../../replay/index.ts');
  const load = await readReplays(scenario, {
    readFile: (spec, wantsRequest) => readList(spec, wantsRequest, scenario, note),
    readRun: (spec) => readRun(spec.run, source, note),
  });
  methodRemarks(load, scenario.flows).forEach(note);
  return endWithRows(scenario, load);
}

/**
 * Returns the load of a scenario as far as it is known without a store: phases that replay a stored
 * run last 0 ns.
 * @throws SCENARIO_UNREADABLE, REPLAY_UNREADABLE; SCENARIO_INVALID for too few rows
 */
export async function readLoadWithoutStore(
  scenario: LoadOf,
  note: (text: string) => void,
): Promise<readonly PhaseSpec[]> {
  if (scenario.load.every(isNoReplay)) return endWithRows(scenario, scenario.load);
  const { methodRemarks, readReplayFiles } = await import('../../replay/index.ts');
  const load = await readReplayFiles(scenario, (spec, wantsRequest) =>
    readList(spec, wantsRequest, scenario, note),
  );
  methodRemarks(load, scenario.flows).forEach(note);
  return endWithRows(scenario, load);
}

function isNoReplay(phase: PhaseSpec): phase is PhaseSpec & ReadyPhase {
  return phase.replay === undefined;
}

async function readList(
  spec: ReplayFileSpec,
  wantsRequest: boolean,
  scenario: Pick<Scenario, 'source'>,
  note: (text: string) => void,
): Promise<ArrivalList> {
  const { readArrivalFile } = await import('../../replay/index.ts');
  const path = resolve(dirname(scenario.source.file), spec.file);
  await checkReadable(path, ` (${replayLocation(scenario, spec.file)})`);
  const list = await readArrivalFile(path, { ...spec, wantsRequest });
  for (const remark of list.remarks) note(`${spec.file}: ${remark}`);
  return list;
}

async function readRun(
  runId: string,
  source: Pick<RunSource, 'run'>,
  note: (text: string) => void,
): Promise<ArrivalList> {
  const run = await source.run(runId);
  if (!run) throw runNotFound(runId, 'to replay');
  note(`replaying the arrivals of run ${run.runId} (${run.scenario})`);
  const { arrivalsOfRun } = await import('../../replay/index.ts');
  const { planOfRun } = await import('../stored/plan-of-run.ts');
  return arrivalsOfRun(run.runId, await planOfRun(run));
}
