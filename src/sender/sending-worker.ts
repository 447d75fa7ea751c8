import { Worker } from 'node:worker_threads';
import { setFlagsFromString } from 'node:v8';
import { errorText, HarnessError, siblingModule } from '../core/index.ts';
import type { EngineResult } from '../engine/index.ts';
import type { RecordSlice } from '../record/index.ts';
import type { FromWorker, ToWorker, WorkerInput } from './thread-messages.ts';

/**
 * The least young generation of a sending worker, in MB. The default of 1 MB is collected hundreds
 * of times in a run, each time a pause in the pacing; 16 MB a tenth as often.
 */
const SEMI_SPACE_MB = 16;

/** What a sending thread tells while it goes on. */
export interface WorkerEvents {
  /** Called for every second of the run, in their order. */
  readonly onSlice: (slice: RecordSlice) => void;
  /** Something that the user is to be told. */
  readonly onNotice: (text: string) => void;
}

/** One sending thread as the main thread knows it. */
export interface SendingWorker {
  /** Of the first worker, where the scenario has a setup: resolves to what that captured. */
  readonly setUp: Promise<readonly unknown[]>;
  /** Resolves once its connections are opened ahead and it waits to begin. */
  readonly ready: Promise<void>;
  /** Resolves after its last slice. */
  readonly ended: Promise<EngineResult>;
  /** Of the first worker: resolves to why the teardown failed, '' where it did not. */
  readonly tornDown: Promise<string>;
  tell(message: ToWorker): void;
}

/**
 * Starts a sending thread. All its promises reject with ENGINE_FAILED where the thread broke, and with
 * SETUP_FAILED where its setup did.
 */
export function sendingWorker(
  input: WorkerInput,
  { onSlice, onNotice }: WorkerEvents,
): SendingWorker {
  // Read when a thread is made; neither NODE_OPTIONS nor resourceLimits takes it.
  setFlagsFromString(`--min-semi-space-size=${SEMI_SPACE_MB}`);
  const worker = new Worker(siblingModule(import.meta.url, 'sender-thread'), { workerData: input });
  const setUp = Promise.withResolvers<readonly unknown[]>();
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<EngineResult>();
  const tornDown = Promise.withResolvers<string>();
  const all = [setUp, ready, ended, tornDown];
  const fail = (error: HarnessError): void => {
    for (const { reject } of all) reject(error);
  };
  // Whoever awaits hears of it; until somebody does, it is no unhandled rejection.
  for (const { promise } of all) promise.catch(() => undefined);
  const makesTeardown = input.part !== 'load' && input.shard.index === 0;
  // What a hook left open, a timer say, keeps its thread; it must not keep the process.
  const letGo = (): void => worker.unref();
  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'set-up':
        if (message.failure === '') setUp.resolve(message.values);
        else {
          letGo();
          fail(setupFailed(message.failure));
        }
        break;
      case 'ready':
        ready.resolve();
        break;
      case 'slice':
        onSlice(message.slice);
        break;
      case 'ended':
        if (!makesTeardown) letGo();
        ended.resolve(message.result);
        break;
      case 'torn-down':
        letGo();
        tornDown.resolve(message.failure);
        break;
      case 'notice':
        onNotice(message.text);
    }
  });
  worker.on('error', (error) => {
    fail(error instanceof HarnessError ? error : engineFailed(`broke: ${errorText(error)}`, error));
  });
  worker.on('exit', (code) => fail(engineFailed(`exited with code ${code} before its end`)));
  return {
    setUp: setUp.promise,
    ready: ready.promise,
    ended: ended.promise,
    tornDown: tornDown.promise,
    tell: (message) => worker.postMessage(message),
  };
}

function engineFailed(how: string, cause?: unknown): HarnessError {
  return new HarnessError('ENGINE_FAILED', `the sending worker ${how}`, {
    hint: 'run it again; if it stays, report it with the scenario and this message',
    ...(cause === undefined ? {} : { cause }),
  });
}

function setupFailed(reason: string): HarnessError {
  return new HarnessError(
    'SETUP_FAILED',
    `the setup failed, and the load was not begun: ${reason}`,
    {
      hint: 'see what the target answers to the steps under setup, and what their checks want',
    },
  );
}
