import {
  type Clock,
  type Ns,
  NS_PER_SEC,
  type Outcome,
  OUTCOMES,
  sleep,
  systemClock,
  type ConnectParts,
} from '../../src/core/index.ts';
import { httpDriver, type LookupAll } from '../../src/drivers/http/index.ts';
import { http2Driver } from '../../src/drivers/http2/index.ts';
import { Answer } from '../../src/flow/index.ts';
import { newSlot } from '../../src/engine/call-slot.ts';
import type { Driver, DriverEvents, LiveCall } from '../../src/engine/index.ts';
import type { HttpRequestSpec, ReachSpec, TargetSpec } from '../../src/scenario/index.ts';
import { RunIds } from '../../src/trace/index.ts';

export interface DriverCallsOptions {
  readonly url: string;
  /** All are started as soon as a connection is free. */
  readonly calls: number;
  readonly connections?: number;
  readonly timeoutNs?: Ns;
  /** Between the end of a call and the next start; 0 where it is not given. */
  readonly pauseNs?: Ns;
  readonly http?: Partial<HttpRequestSpec>;
  readonly reach?: ReachSpec;
  readonly lookup?: LookupAll;
  /** Of the target, beside the url; its protocol chooses the driver. */
  readonly target?: Partial<TargetSpec>;
  /** Whether fields and bodies of answers are kept. */
  readonly answers?: boolean;
}

export interface DriverCalls {
  readonly outcomes: Partial<Record<Outcome, number>>;
  /** Each text once, those of calls and those of connections that could not be opened. */
  readonly errors: readonly string[];
  readonly calls: readonly Readonly<LiveCall>[];
  /** What the opening of each connection was made of, in order. */
  readonly connected: readonly ConnectParts[];
  /** How many of them replaced one that was lost. */
  readonly reconnects: number;
  readonly late: number;
  readonly tookNs: Ns;
  /** How much the process had grown at the most, servers of the test included. */
  readonly grownBytes: number;
}

/** So many refusals, and the calls left are not made. */
const REFUSED_MAX = 3;

const RSS_EVERY_NS: Ns = NS_PER_SEC / 20;

/** Makes calls with the real driver and nothing else of the engine; returns how each ended. */
export async function driverCalls(options: DriverCallsOptions): Promise<DriverCalls> {
  const clock = systemClock();
  const rssBefore = process.memoryUsage.rss();
  let rssMost = rssBefore;
  const errors = new Set<string>();
  const finished: LiveCall[] = [];
  const connected: ConnectParts[] = [];
  let [started, late, refused, reconnects] = [0, 0, 0, 0];
  const allDone = Promise.withResolvers<void>();
  const pauseNs = options.pauseNs ?? 0;
  let pauses = 0;
  let isPaused = false;
  const nextCall = (): LiveCall => {
    const call = newCall(started++);
    if (options.answers) call.answer = new Answer();
    return call;
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
      else if (pauseNs > 0) pause();
      else queueMicrotask(startFree);
    },
    ready: () => queueMicrotask(startFree),
    unreachable: (error) => {
      errors.add(error);
      if (++refused === REFUSED_MAX) allDone.resolve();
    },
    connected: (_tookNs, again, parts) => {
      if (again) reconnects++;
      if (parts !== undefined) connected.push(parts);
    },
    lateResponse: () => late++,
  });
  await driver.open();
  startFree();
  const isOver = (): boolean => finished.length === options.calls || refused >= REFUSED_MAX;
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
      connectTimeoutNs: NS_PER_SEC,
      ...options.reach,
      ...options.target,
    },
    steps: [
      {
        name: 'step',
        target: 'target',
        timeoutNs: options.timeoutNs ?? 5 * NS_PER_SEC,
        http: { method: 'GET', path: '/', headers: [], body: '', ...options.http },
        okStatuses: [{ from: 200, to: 299 }],
      },
    ],
    clock,
    ids: new RunIds('0123456789abcdef'),
    traced: true,
    events,
    lookup: options.lookup,
  });
}

function newCall(seq: number): LiveCall {
  return Object.assign(newSlot(), { seq, spanSeq: seq });
}
