import { Worker } from 'node:worker_threads';
import { setFlagsFromString } from 'node:v8';
import { errorText, HarnessError, type Ms, type Ns, siblingModule } from '../core/index.ts';
import { targetAddress } from '../drivers/http/index.ts';
import type { RecordSlice } from '../record/index.ts';
import type { Scenario } from '../scenario/index.ts';
import type { EngineResult } from '../engine/index.ts';
import type { FromWorker, ToWorker, WorkerInput } from './thread-messages.ts';

/**
 * The least young generation of the sending worker, in MB. The default of 1 MB is collected
 * hundreds of times in a run, each time a pause in the pacing; 16 MB a tenth as often.
 */
const SEMI_SPACE_MB = 16;

export interface SenderOptions {
  /** With every reference in its targets' urls resolved. */
  readonly scenario: Scenario;
  readonly runId: string;
  /** Called once for every second of the run, in their order, also for one in which nothing ended. */
  readonly onSlice: (slice: RecordSlice) => void;
}

/** The sending worker as the main thread knows it. It waits at the start until told to begin. */
export interface Sender {
  /**
   * Starts the run's clock at a wall time, now or a little ahead. Several engines that are given the
   * same one begin together.
   */
  begin(originEpochMs: Ms): void;
  /**
   * Ends the run early: no more arrivals; calls under way may finish within `graceNs` (the
   * scenario's gracefulStop where it is not given) and are cancelled then. Before `begin` it ends at
   * once. A second call can only shorten what is left.
   */
  stop(graceNs?: Ns): void;
  /**
   * Resolves when the last call is over and the last slice was handed out; complete also for a run
   * that was stopped. It rejects with ENGINE_FAILED where the worker broke.
   */
  readonly ended: Promise<EngineResult>;
}

/**
 * Returns the handle of a new sending worker, once its connections are opened ahead and it waits to
 * begin. A target that refuses them is no error: its calls will say so.
 * @throws TARGET_UNRESOLVED where a target's url is none; ENGINE_FAILED where the worker breaks.
 */
export async function startSender(options: SenderOptions): Promise<Sender> {
  const { scenario, runId, onSlice } = options;
  for (const target of scenario.targets) targetAddress(target.name, target.url);
  // Read when a thread is made; neither NODE_OPTIONS nor resourceLimits takes it.
  setFlagsFromString(`--min-semi-space-size=${SEMI_SPACE_MB}`);
  const input: WorkerInput = { scenario, runId };
  const worker = new Worker(siblingModule(import.meta.url, 'sender-thread'), { workerData: input });

  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<EngineResult>();
  const fail = (what: string, cause?: unknown): void => {
    const error = engineFailed(what, cause);
    ready.reject(error);
    ended.reject(error);
  };
  // Whoever awaits hears of it; until somebody does, it is no unhandled rejection.
  ended.promise.catch(() => undefined);
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'ready') ready.resolve();
    else if (message.kind === 'slice') onSlice(message.slice);
    else ended.resolve(message.result);
  });
  worker.on('error', (error) => fail(`the sending worker broke: ${errorText(error)}`, error));
  worker.on('exit', (code) => fail(`the sending worker exited with code ${code} before its end`));
  await ready.promise;

  const tell = (message: ToWorker): void => worker.postMessage(message);
  return {
    begin: (originEpochMs) => tell({ kind: 'begin', originEpochMs }),
    stop: (graceNs = scenario.engine.gracefulStopNs) => tell({ kind: 'stop', graceNs }),
    ended: ended.promise,
  };
}

function engineFailed(message: string, cause: unknown): HarnessError {
  return new HarnessError('ENGINE_FAILED', message, {
    hint: 'run it again; if it stays, report it with the scenario and this message',
    ...(cause === undefined ? {} : { cause }),
  });
}
