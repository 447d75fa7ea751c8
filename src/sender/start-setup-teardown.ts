import { errorText } from '../core/index.ts';
import type { SharedValues } from '../flow/index.ts';
import type { ReadyScenario } from '../scenario/index.ts';
import { UNSPLIT } from '../schedule/index.ts';
import type { CallsBesideLoad } from './run-single-flow.ts';
import { refuseUnresolved } from './refuse-unresolved.ts';
import { sendingWorker } from './sending-worker.ts';
import { SpareThreads } from './spare-threads.ts';

export interface SetupTeardownOptions {
  readonly scenario: ReadyScenario;
  readonly runId: string;
  /** One may be there already; absent: it is started. */
  readonly threads?: SpareThreads | undefined;
  /** Called with notes for the user: hooks that fail, a teardown that did not go well. */
  readonly onNotice: (text: string) => void;
  /** Called with the calls of both. */
  readonly onBesideLoad: (calls: CallsBesideLoad) => void;
  /** Ends the setup early, which then counts as failed; leaves the teardown little time. */
  readonly signal: AbortSignal;
}

/**
 * A setup that was made apart from the load, in a thread of its own that waits for the teardown.
 */
export interface MadeSetup {
  /** What it captured: for the senders of every part of the run. */
  readonly values: SharedValues;
  /** Makes the teardown, if there is one; resolves also where that did not go well. */
  tearDown(): Promise<void>;
}

/**
 * Makes the setup of a run that is sent in several parts, once for all of them; undefined where the
 * scenario has neither setup nor teardown.
 * @throws TARGET_UNRESOLVED where a target's url is invalid; SETUP_FAILED, the teardown being made
 *   then; ENGINE_FAILED where the thread breaks.
 */
export async function startSetupTeardown(
  options: SetupTeardownOptions,
): Promise<MadeSetup | undefined> {
  const { scenario, runId, onNotice, onBesideLoad, signal } = options;
  const { threads = new SpareThreads() } = options;
  if (scenario.setup === undefined && scenario.teardown === undefined) return undefined;
  refuseUnresolved(scenario.targets);
  const input = {
    scenario,
    runId,
    firstSeq: 0,
    shard: UNSPLIT,
    part: 'setup-teardown',
    holds: 'none',
  } as const;
  const worker = sendingWorker(threads, input, {
    onSlice: () => undefined,
    onNotice,
    onBesideLoad,
  });
  const abort = (): void => worker.tell({ kind: 'stop', graceNs: 0 });
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const values = await worker.setUp;
  return {
    values,
    tearDown: async () => {
      worker.tell({ kind: 'tear-down' });
      const failure = await worker.tornDown.catch(errorText);
      signal.removeEventListener('abort', abort);
      if (failure !== '') onNotice(`the teardown failed: ${failure}`);
    },
  };
}
