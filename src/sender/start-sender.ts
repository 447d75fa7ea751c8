import { availableParallelism } from 'node:os';
import { errorText, invariant, type Ms, type Ns } from '../core/index.ts';
import type { SharedValues } from '../flow/index.ts';
import type { EngineResult } from '../engine/index.ts';
import type { RecordSlice } from '../record/index.ts';
import type { ReadyScenario } from '../scenario/index.ts';
import { MergedSeconds } from './merged-seconds.ts';
import { mergedResult } from './merged-result.ts';
import { refuseUnresolved } from './refuse-unresolved.ts';
import type { CallsBesideLoad } from './run-single-flow.ts';
import { sendingWorker, type SendingWorker } from './sending-worker.ts';
import { SpareThreads } from './spare-threads.ts';
import type { HeldKind, ToWorker } from './thread-messages.ts';
import { workerCount } from './worker-count.ts';
import { workerShare } from './worker-share.ts';

export interface SenderOptions {
  readonly scenario: ReadyScenario;
  readonly runId: string;
  /** One of them may be there already; absent: all are started. */
  readonly threads?: SpareThreads | undefined;
  /**
   * What the setup captured, where it was made before for several parts of a run: this one makes
   * neither it nor the teardown.
   */
  readonly setUpValues?: SharedValues | undefined;
  /** The number of the first arrival, where this is one part of the run among several; else 0. */
  readonly firstSeq?: number;
  /** Which calls are handed out that are not kept; absent: none. */
  readonly holds?: HeldKind;
  /**
   * Called once for every second of the run, in their order, also for one in which nothing ended.
   */
  readonly onSlice: (slice: RecordSlice) => void;
  /** Called with notes for the user: hooks that fail, a teardown that did not go well. */
  readonly onNotice?: (text: string) => void;
  /** Called with calls of setup or teardown. */
  readonly onBesideLoad?: (calls: CallsBesideLoad) => void;
  /**
   * Awaited between the end of the last call and the teardown, also where there is none to make.
   */
  readonly beforeTeardown?: () => Promise<void>;
  /** Ends the setup early: it counts as failed then. */
  readonly signal?: AbortSignal;
}

/** The sending workers of a run as the main thread knows them. They wait for `begin`. */
export interface Sender {
  /** How many threads send. */
  readonly workers: number;
  /**
   * Starts the run's clock at a wall time, now or a little ahead: all workers begin together.
   */
  begin(originEpochMs: Ms): void;
  /**
   * Ends the load at a moment of the run that is still ahead: nothing begins from then on, calls
   * under way finish within the scenario's gracefulStop, and the result is that of a complete run.
   */
  endLoad(atNs: Ns): void;
  /**
   * Ends the run early: no more arrivals; calls under way may finish within `graceNs` (the
   * scenario's gracefulStop where it is not given) and are cancelled then. Before `begin` it ends
   * at once. A second call can only shorten what is left.
   */
  stop(graceNs?: Ns): void;
  /**
   * Resolves when the last call is over and the last slice was handed out; complete also for a run
   * that was stopped. It rejects with ENGINE_FAILED where a worker broke, once the others have been
   * stopped and the teardown is made.
   */
  readonly ended: Promise<EngineResult>;
}

/**
 * Returns the handle of new sending workers, each with its exact part of the load, once the first
 * has made the setup, where it was not made before, and all have opened connections ahead and wait
 * to begin. A target that refuses them is no error: its calls will say so.
 * @throws TARGET_UNRESOLVED where a target's url is invalid; SETUP_FAILED; ENGINE_FAILED where a
 *   worker breaks.
 */
export async function startSender(options: SenderOptions): Promise<Sender> {
  const { scenario, runId, setUpValues, firstSeq = 0, holds = 'none', onSlice } = options;
  const {
    threads = new SpareThreads(),
    onNotice = () => undefined,
    onBesideLoad = () => undefined,
  } = options;
  const part = setUpValues === undefined ? 'whole' : 'load';
  refuseUnresolved(scenario.targets);
  const count = workerCount(scenario, availableParallelism());
  const seconds = new MergedSeconds(count, onSlice);
  const workers = Array.from({ length: count }, (_, index) => {
    const shard = { index, count };
    const own = workerShare(scenario, shard);
    const input = { scenario: own, runId, firstSeq, shard, part, holds } as const;
    return sendingWorker(threads, input, {
      onSlice: (slice) => seconds.add(index, slice),
      onNotice,
      onBesideLoad,
    });
  });
  const tell = (message: ToWorker, to: readonly SendingWorker[] = workers): void => {
    for (const worker of to) worker.tell(message);
  };
  const endings = workers.map(async (worker, index) => {
    try {
      return await worker.ended;
    } catch (error) {
      // What the others send alone is not the load that was asked for.
      tell({ kind: 'stop', graceNs: 0 });
      throw error;
    } finally {
      seconds.end(index);
    }
  });
  const [first, ...others] = workers;
  invariant(first !== undefined, 'a run has a worker');
  const tornDown = async (): Promise<void> => {
    await options.beforeTeardown?.();
    tell({ kind: 'tear-down' }, [first]);
    const failure = await first.tornDown.catch(errorText);
    if (failure !== '' && scenario.teardown !== undefined)
      onNotice(`the teardown failed: ${failure}`);
  };
  const ended = allOver(endings, part === 'load' ? undefined : tornDown);
  // Whoever awaits hears of it; a start that fails says so itself.
  ended.catch(() => undefined);
  const abort = (): void => tell({ kind: 'stop', graceNs: 0 });
  try {
    if (setUpValues !== undefined) {
      tell({ kind: 'share', values: setUpValues });
    } else if (scenario.setup !== undefined) {
      options.signal?.addEventListener('abort', abort, { once: true });
      if (options.signal?.aborted === true) abort();
      tell({ kind: 'share', values: await first.setUp }, others);
    }
    await Promise.all(workers.map((worker) => worker.ready));
  } catch (error) {
    // What was set up is torn down while the targets are still there; and it says what broke first.
    await ended;
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
  return {
    workers: count,
    begin: (originEpochMs) => tell({ kind: 'begin', originEpochMs }),
    endLoad: (atNs) => tell({ kind: 'end-load', atNs }),
    stop: (graceNs = scenario.engine.gracefulStopNs) => tell({ kind: 'stop', graceNs }),
    ended,
  };
}

/**
 * Resolves to what became of the whole load when every worker has ended and the first of them,
 * where it ended well, has made the teardown. Rejects then, and not before, with what broke first.
 */
async function allOver(
  endings: readonly Promise<EngineResult>[],
  tornDown: (() => Promise<void>) | undefined,
): Promise<EngineResult> {
  const results = Promise.all(endings);
  // It is awaited last: until then it is no unhandled rejection.
  results.catch(() => undefined);
  const [first] = await Promise.allSettled(endings);
  // A thread that broke makes no teardown; one whose setup failed has made it.
  if (first?.status === 'fulfilled') await tornDown?.();
  return mergedResult(await results);
}
