import {
  type Clock,
  type Ns,
  NS_PER_SEC,
  type Outcome,
  OUTCOMES,
  rngFrom,
  sleep,
  systemClock,
  type ConnectParts,
} from '../../src/core/index.ts';
import { httpDriver, type LookupAll } from '../../src/drivers/http/index.ts';
import type { NodeStreams } from '../../src/drivers/http/node-streams.ts';
import { http2Driver } from '../../src/drivers/http2/index.ts';
import { Answer } from '../../src/flow/index.ts';
import { newSlot } from '../../src/engine/live-call.ts';
import type { Driver, DriverCall, DriverEvents } from '../../src/engine/index.ts';
import type { RequestSpec, ConnectionOptions, ReadyTarget } from '../../src/scenario/index.ts';
import { RunIds } from '../../src/trace/index.ts';

export interface DriverCallsOptions {
  readonly url: string;
  /** All are started as soon as a connection is free. */
  readonly calls: number;
  readonly connections?: number;
  readonly timeoutNs?: Ns;
  /** Between the end of a call and the next start; 0 where it is not given. */
  readonly pauseNs?: Ns;
  /** Each call waits until a lost connection was replaced after the call before it. */
  readonly afterReconnect?: boolean;
  /** How often the target may be unreachable before the calls left are not made; 3 if not given. */
  readonly unreachableMax?: number;
  readonly http?: Partial<RequestSpec> & { readonly method?: string };
  readonly reach?: Omit<ConnectionOptions, 'tls'> & Pick<ReadyTarget, 'tls'>;
  readonly lookup?: LookupAll;
  readonly streams?: NodeStreams;
  /** Of the target, beside the url; its protocol chooses the driver. */
  readonly target?: Partial<ReadyTarget>;
  /** Whether fields and bodies of answers are kept. */
  readonly answers?: boolean;
}

export interface DriverCalls {
  readonly outcomes: Partial<Record<Outcome, number>>;
  /** Each text once, those of calls and those of connections that could not be opened. */
  readonly errors: readonly string[];
  readonly calls: readonly Readonly<DriverCall>[];
  /** What the opening of each connection was made of, in order. */
  readonly connected: readonly ConnectParts[];
  /** How many of them replaced one that was lost. */
  readonly reconnects: number;
  /** Why connections could not be opened, in order. */
  readonly connectErrors: readonly string[];
  /** How many calls were sent a second time. */
  readonly resent: number;
  readonly late: number;
  readonly tookNs: Ns;
  /** How much the process had grown at the most, servers of the test included. */
  readonly grownBytes: number;
}

/** Long enough for a call that is to end otherwise, on a machine that stands still now and then. */
const TIMEOUT_NS: Ns = 30 * NS_PER_SEC;

const UNREACHABLE_MAX = 3;

const RSS_EVERY_NS: Ns = NS_PER_SEC / 20;

/** Makes calls with the real driver and nothing else of the engine; returns how each ended. */
export async function driverCalls(options: DriverCallsOptions): Promise<DriverCalls> {
  const clock = systemClock();
  const rssBefore = process.memoryUsage.rss();
  let rssMost = rssBefore;
  const errors = new Set<string>();
  const finished: DriverCall[] = [];
  const connected: ConnectParts[] = [];
  const connectErrors: string[] = [];
  let [started, late, refused, reconnects, resent] = [0, 0, 0, 0, 0];
  const allDone = Promise.withResolvers<void>();
  const { pauseNs = 0, unreachableMax = UNREACHABLE_MAX } = options;
  let pauses = 0;
  let isPaused = false;
  const nextCall = (): DriverCall => {
    return newCall(started++, options.answers ? new Answer() : undefined);
  };
  const startFree = (): void => {
    if (isPaused) return;
    while (started < options.calls && driver.hasFreeConnection()) driver.start(nextCall());
    driver.demand(options.calls - started);
  };
  const pause = (): void => {
    const mine = ++pauses;
    isPaused = true;
    // Behind the poll: a close that has come in the meantime is read before the next start.
    const goOn = (): void => {
      if (mine !== pauses) return;
      isPaused = false;
      startFree();
    };
    clock.after(pauseNs, () => setImmediate(goOn));
  };
  const driver: Driver = driverOf(options, clock, {
    finished: (call) => {
      finished.push({ ...call });
      if (call.error !== '') errors.add(call.error);
      if (finished.length === options.calls) allDone.resolve();
      else if (options.afterReconnect === true) isPaused = true;
      else if (pauseNs > 0) pause();
      else queueMicrotask(startFree);
    },
    ready: () => queueMicrotask(startFree),
    connectFailed: (error) => connectErrors.push(error),
    resent: () => resent++,
    unreachable: (error) => {
      errors.add(error);
      if (++refused === unreachableMax) allDone.resolve();
    },
    connected: (_tookNs, again, parts) => {
      if (again) {
        reconnects++;
        isPaused = false;
      }
      if (parts !== undefined) connected.push(parts);
    },
    lateResponse: () => late++,
  });
  await driver.open();
  startFree();
  const isOver = (): boolean => finished.length === options.calls || refused >= unreachableMax;
  while (!isOver()) {
    await Promise.race([allDone.promise, sleep(clock, RSS_EVERY_NS)]);
    rssMost = Math.max(rssMost, process.memoryUsage.rss());
  }
  const tookNs = clock.nowNs();
  await driver.close();
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const call of finished) {
    const outcome = OUTCOMES[call.outcome] ?? 'dropped';
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  const grownBytes = rssMost - rssBefore;
  return {
    outcomes,
    errors: [...errors],
    calls: finished,
    connected,
    reconnects,
    connectErrors,
    resent,
    late,
    tookNs,
    grownBytes,
  };
}

function driverOf(options: DriverCallsOptions, clock: Clock, events: DriverEvents): Driver {
  const driver = options.target?.protocol === 'http2' ? http2Driver : httpDriver;
  return driver({
    target: {
      name: 'target',
      url: options.url,
      connections: options.connections ?? options.calls,
      connectTimeoutNs: TIMEOUT_NS,
      ...options.reach,
      ...options.target,
    },
    steps: [
      {
        name: 'step',
        target: 'target',
        timeoutNs: options.timeoutNs ?? TIMEOUT_NS,
        call: {
          protocol: 'http',
          method: options.http?.method ?? 'GET',
          request: { path: '/', headers: [], body: '', ...options.http },
        },
        okStatuses: [{ from: 200, to: 299 }],
      },
    ],
    clock,
    dialClock: clock,
    ids: new RunIds('0123456789abcdef'),
    rng: rngFrom(1, 'dialling'),
    propagate: ['w3c'],
    events,
    lookup: options.lookup,
    streams: options.streams,
  });
}

function newCall(seq: number, answer: Answer | undefined): DriverCall {
  return Object.assign(newSlot(), { seq, spanSeq: seq, answer });
}
