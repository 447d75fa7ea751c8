import { dirname, resolve } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { type Clock, invariant, rngFrom, systemClock } from '../core/index.ts';
import {
  Engine,
  type EngineParts,
  pacerFor,
  recordedNames,
  type RunPlan,
  runPlan,
} from '../engine/index.ts';
import { compileFlows, hookNames, type Hooks, loadHooks } from '../flow/index.ts';
import {
  buffersOf,
  MAX_HELD_PER_SECOND,
  MAX_KEPT_PER_SECOND,
  type PackedSlice,
  Recorder,
} from '../record/index.ts';
import { scheduleOf, shareOf } from '../schedule/index.ts';
import { RunIds } from '../trace/index.ts';
import { driverFor, loadDrivers } from './driver-for.ts';
import { Inbox } from './inbox.ts';
import { LoopWatch } from './loop-watch.ts';
import { Notices } from './notices.ts';
import { SetupTeardown } from './setup-teardown.ts';
import { RunClock } from './run-clock.ts';
import { saturatorFor } from './saturator-for.ts';
import { ThreadHealth } from './thread-health.ts';
import type { FromWorker } from './thread-messages.ts';

/**
 * The sending thread: builds an engine out of the real parts and runs it on the real clock. It may
 * be there before anybody knows what it sends ({@link SpareThreads}).
 */
const port = parentPort;
invariant(port, 'the engine runs in a worker thread');
const inbox = new Inbox(port);
const { scenario, runId, firstSeq, shard, part, holds } = await inbox.input;
/** Whether it is for this thread to make setup and teardown. */
const makesSetup = part !== 'load' && shard.index === 0;
const tell = (message: FromWorker, handedOver: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, handedOver);
const notices = new Notices((text) => tell({ kind: 'notice', text }));

const clock = new RunClock();
const flows = compileFlows(scenario, { hooks: await hooksOfScenario() });
const plan = runPlan(scenario, flows);
const schedule = scheduleOf(scenario);
const ids = new RunIds(runId);
const { propagate } = scenario.trace;
const drivers = await loadDrivers(scenario.targets);
/** What the draws of this worker follow from. */
const draws = { seed: scenario.seed, worker: shard.index };
const loop = new LoopWatch(clock);
const health = new ThreadHealth(clock);
const setupTeardown = new SetupTeardown({
  scenario,
  flows,
  driversFor: setupTeardownDrivers,
  newClock: () => systemClock(),
  onCalls: (calls) => tell({ kind: 'beside-load', calls }),
});
const recorder = new Recorder({
  seed: scenario.seed,
  ...recordedNames(plan),
  keep: scenario.trace.keep,
  maxKeptPerSecond: shareOf(MAX_KEPT_PER_SECOND, shard),
  maxHeldPerSecond: holdsCalls() ? shareOf(MAX_HELD_PER_SECOND, shard) : 0,
  unreadForNs: (readNs) => loop.unreadForNs(readNs),
});
/** A slice that is taken, until it is told of. */
let packed: PackedSlice | undefined;
const tellSlice = (): void => {
  if (packed === undefined) return;
  const slice = packed;
  packed = undefined;
  const thread = { ...health.take(), loopBusyNs: loop.takeBusyNs() };
  tell({ kind: 'slice', slice, thread }, buffersOf(slice));
};
const pacer = pacerFor(scenario, clock, shard.count);
const engine = new Engine({
  clock,
  plan,
  pacer,
  schedule,
  shard,
  firstSeq,
  recorder,
  driverFor: driverFor({ drivers, plan, ...draws, clock, ids, propagate }),
  rngFor: (purpose) => rngFrom(draws.seed, `${purpose} ${draws.worker}`),
  newScope: () => flows.newScope(),
  onHookFailure: (error) => notices.add(error),
  ...(await saturatorFor({ schedule, plan, ...draws, clock, ids, propagate })),
  maxInFlight: scenario.engine.maxInFlight,
  gracefulStopNs: scenario.engine.gracefulStopNs,
  onSecond: (second) => {
    tellSlice();
    packed = recorder.takePacked(second);
    // In the next turn, behind a look for what is due: no arrival waits for both.
    setImmediate(tellSlice);
  },
});

inbox.takeOrders((message) => {
  switch (message.kind) {
    case 'share':
      flows.share(message.values);
      break;
    case 'begin':
      clock.begin(message.originEpochMs);
      health.begin();
      loop.begin(pacer.everyTurn?.bind(pacer));
      engine.begin();
      break;
    case 'end-load':
      engine.endLoad(message.atNs);
      break;
    case 'stop':
      setupTeardown.stop();
      engine.stop(message.graceNs);
      break;
    case 'ask':
      tell({ kind: 'alive' });
      break;
    case 'tear-down':
      void tearDown();
  }
});

const isReady = await isSetUp();
if (isReady && part !== 'setup-teardown') {
  await engine.open();
  tell({ kind: 'ready' });
  const result = await engine.ended;
  tellSlice();
  loop.stop();
  health.stop();
  tell({ kind: 'ended', result });
  if (!makesSetup) port.close();
} else {
  engine.stop(0);
  await engine.ended;
  tellSlice();
  health.stop();
  // Else it waits to make the teardown.
  if (!isReady) port.close();
}

/**
 * Makes the setup, where there is one and it is this worker's. Returns whether the load may begin.
 */
async function isSetUp(): Promise<boolean> {
  if (!makesSetup || (scenario.setup === undefined && part !== 'setup-teardown')) return true;
  const { values, failure } = await setupTeardown.setUp();
  tell({ kind: 'set-up', values, failure });
  return failure === '';
}

async function tearDown(): Promise<void> {
  tell({ kind: 'torn-down', failure: await setupTeardown.tearDown() });
  port?.close();
}

async function hooksOfScenario(): Promise<Hooks> {
  if (scenario.hooks === undefined) return new Map();
  const path = resolve(dirname(scenario.source.file), scenario.hooks);
  return loadHooks(path, hookNames(scenario));
}

function holdsCalls(): boolean {
  return holds === 'all' || (holds === 'of-flows' && plan.callsMax * plan.attemptsMax > 1);
}

/** What is made once beside the load has its own time, from its own start, and its own numbers. */
function setupTeardownDrivers(
  flowPlan: RunPlan,
  flowClock: Clock,
  seqsFrom: number,
): EngineParts['driverFor'] {
  const flowIds = new RunIds(runId, seqsFrom);
  return driverFor({
    drivers,
    plan: flowPlan,
    ...draws,
    clock: flowClock,
    ids: flowIds,
    propagate,
  });
}
