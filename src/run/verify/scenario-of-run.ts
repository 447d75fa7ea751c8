import { readFile } from 'node:fs/promises';
import { HarnessError, LOAD_FILE, type RunRecord } from '../../core/index.ts';
import type { ScenarioWithFiles } from '../../scenario/index.ts';
import { scenarioOfText } from '../../scenario/read-scenario.ts';
import { checked } from '../prepare/checked-scenario.ts';
import { planOfRun } from '../stored/plan-of-run.ts';

export interface ScenarioOfRunOptions {
  /** Whether the store is the user's own: others write what they like into one that is shared. */
  readonly isOwnStore: boolean;
  /** Takes a line for people. */
  readonly note: (text: string) => void;
}

/**
 * Returns the scenario of a stored run as it was made, to be carried out again: its text is the
 * store's, and the files that it names are looked for where they were then. Where its own file is
 * another by now, that is told. A scenario starts commands and reads files, so that one out of a
 * shared store has to be the one in the file.
 * @throws USAGE_INVALID for a run of two versions, whose addresses no scenario has; RUN_UNSUITABLE
 *   for one of a shared store that is not the file's; whatever reading a scenario throws
 */
export async function scenarioOfRun(
  run: RunRecord,
  { isOwnStore, note }: ScenarioOfRunOptions,
): Promise<ScenarioWithFiles> {
  const { ab } = await planOfRun(run);
  if (ab !== undefined) {
    throw new HarnessError(
      'USAGE_INVALID',
      `run ${run.runId} is of two versions of ${ab.target}, and its scenario names neither`,
      { hint: 'Verify by a run of callgauge run.' },
    );
  }
  const { file = run.scenario } = run.environment;
  const now = await readFile(file, 'utf8').catch(() => undefined);
  const isSame = now?.replace(/^\uFEFF/u, '') === run.source;
  const differs = differenceOf(run, file, now);
  if (!isSame && !isOwnStore) {
    throw new HarnessError(
      'RUN_UNSUITABLE',
      `${differs}, and a scenario of a shared store is carried out from its file alone`,
      { hint: 'Go where the file is and bring it back as it was, or verify by a new run of it.' },
    );
  }
  if (!isSame && file !== LOAD_FILE)
    note(`${differs}: the scenario is as the store has it of that run`);
  return checked(await scenarioOfText(run.source, file), file);
}

function differenceOf({ runId }: RunRecord, file: string, now: string | undefined): string {
  if (file === LOAD_FILE) return `run ${runId} is one of callgauge load, which has no file`;
  return now === undefined ? `${file} is not here` : `${file} has changed since run ${runId}`;
}
