import {
  errorText,
  formatDuration,
  HarnessError,
  NS_PER_MS,
  type Ns,
  systemClock,
} from '../core/index.ts';
import type { SharedValues } from '../flow/index.ts';
import { type EngineResult, spins } from '../engine/index.ts';
import { type RecordSlice, unpackedSlice } from '../record/index.ts';
import { scheduleOf } from '../schedule/index.ts';
import { LostThread } from './lost-thread.ts';
import { SETUP_TEARDOWN_NS_MAX, type CallsBesideLoad } from './run-single-flow.ts';
import type { SpareThreads } from './spare-threads.ts';
import type { FromWorker, ToWorker, WorkerInput } from './thread-messages.ts';
import { withThreadSecond } from './thread-second.ts';
import { ThreadWatch } from './thread-watch.ts';

/** What a sending thread reports while it runs. */
export interface WorkerEvents {
  /** Called for every second of the run, in their order. */
  readonly onSlice: (slice: RecordSlice) => void;
  /** A note for the user. */
  readonly onNotice: (text: string) => void;
  /** Called with calls of setup or teardown, before either's promise is resolved. */
  readonly onBesideLoad: (calls: CallsBesideLoad) => void;
}

/** One sending thread as the main thread knows it. */
export interface SendingWorker {
  /** Of the first worker, where the scenario has a setup: resolves to what that captured. */
  readonly setUp: Promise<SharedValues>;
  /** Resolves once its connections are opened ahead and it waits to begin. */
  readonly ready: Promise<void>;
  /**
   * Resolves after its last slice; where the thread was given up, to what is known of its part. The
   * last slice then counts it as lost.
   */
  readonly ended: Promise<EngineResult>;
  /** Of the first worker: resolves to why the teardown failed, '' where it did not. */
  readonly tornDown: Promise<string>;
  tell(message: ToWorker): void;
}

/**
 * Gives a sending thread its input. All its promises reject with ENGINE_FAILED where the thread
 * broke, and with SETUP_FAILED where its setup did.
 */
export function sendingWorker(
  threads: Pick<SpareThreads, 'take'>,
  input: WorkerInput,
  { onSlice, onNotice, onBesideLoad }: WorkerEvents,
): SendingWorker {
  const worker = threads.take(spins(input.scenario, input.shard.count));
  worker.postMessage({ kind: 'input', input } satisfies ToWorker);
  const setUp = Promise.withResolvers<SharedValues>();
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
  const letGo = (): void => {
    watch.stop();
    worker.unref();
  };
  const clock = systemClock();
  const { index, count } = input.shard;
  const schedule = scheduleOf(input.scenario);
  const known = new LostThread(schedule);
  let beganNs: Ns | undefined;
  let lostAfterNs: Ns | undefined;
  const watch = new ThreadWatch({
    clock,
    ask: () => worker.postMessage({ kind: 'ask' } satisfies ToWorker),
    told: (text) => onNotice(`sending thread ${count === 1 ? '' : `${index + 1} `}${text}`),
    giveUp: (silentNs) => {
      lostAfterNs = silentNs;
      void worker.terminate();
    },
  });
  watch.expectDone(SETUP_TEARDOWN_NS_MAX);
  const lose = (silentNs: Ns): void => {
    const how = `did not answer for ${formatDuration(silentNs)} and was ended: a hook that never returns, or a check that takes so long`;
    if (beganNs !== undefined && !hasEnded) {
      onNotice(`sending thread ${index + 1} ${how}; what it had under way is lost`);
      onSlice(known.slice());
      ended.resolve(known.result(Math.max(0, Math.round(clock.nowNs() - beganNs))));
    }
    fail(engineFailed(how));
  };
  let hasEnded = false;
  worker.on('message', (message: FromWorker) => {
    watch.heard();
    switch (message.kind) {
      case 'alive':
        break;
      case 'set-up':
        watch.expectDone(Infinity);
        if (message.failure === '') setUp.resolve(message.values);
        else {
          letGo();
          fail(setupFailed(message.failure));
        }
        break;
      case 'ready':
        watch.expectDone(Infinity);
        ready.resolve();
        break;
      case 'slice': {
        const own = unpackedSlice(message.slice);
        const slice = withThreadSecond(own, message.thread, schedule.phases);
        known.add(slice);
        onSlice(slice);
        break;
      }
      case 'ended':
        hasEnded = true;
        watch.expectDone(Infinity);
        if (!makesTeardown) letGo();
        ended.resolve(message.result);
        break;
      case 'torn-down':
        letGo();
        tornDown.resolve(message.failure);
        break;
      case 'beside-load':
        onBesideLoad(message.calls);
        break;
      case 'notice':
        onNotice(message.text);
    }
  });
  worker.on('error', (error) => {
    fail(error instanceof HarnessError ? error : engineFailed(`broke: ${errorText(error)}`, error));
  });
  worker.on('exit', (code) => {
    watch.stop();
    if (lostAfterNs !== undefined) lose(lostAfterNs);
    fail(engineFailed(`exited with code ${code} before its end`));
  });
  /** Takes up that the load ends so long after its begin. */
  const expectEnd = (loadNs: Ns): void => {
    const inNs = (beganNs ?? clock.nowNs()) - clock.nowNs();
    watch.expectDone(inNs + loadNs + input.scenario.engine.gracefulStopNs);
  };
  const order = (message: ToWorker): void => {
    switch (message.kind) {
      case 'begin': {
        const { originEpochMs } = message;
        beganNs = (originEpochMs - clock.originEpochMs) * NS_PER_MS;
        expectEnd(schedule.durationNs);
        break;
      }
      case 'end-load':
        expectEnd(message.atNs);
        break;
      case 'stop':
        watch.hurry(message.graceNs);
        break;
      case 'tear-down':
        watch.expectDone(SETUP_TEARDOWN_NS_MAX);
        break;
      default:
    }
    worker.postMessage(message);
  };
  return {
    setUp: setUp.promise,
    ready: ready.promise,
    ended: ended.promise,
    tornDown: tornDown.promise,
    tell: order,
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
