import { dirname, resolve } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type Clock, invariant, systemClock } from '../core/index.ts';
import { Engine, type EngineParts, pacerFor, type RunPlan, runPlan } from '../engine/index.ts';
import { compileFlows, hookNames, type Hooks, loadHooks } from '../flow/index.ts';
import { MAX_HELD_PER_SECOND, MAX_KEPT_PER_SECOND, Recorder } from '../record/index.ts';
import { scheduleOf, shareOf } from '../schedule/index.ts';
import { RunIds } from '../trace/index.ts';
import { driverFor } from './driver-for.ts';
import { LoopWatch } from './loop-watch.ts';
import { Notices } from './notices.ts';
import { SetupTeardown } from './setup-teardown.ts';
import { RunClock } from './run-clock.ts';
import { saturatorFor } from './saturator-for.ts';
import { ThreadHealth } from './thread-health.ts';
import { withThreadSecond } from './thread-second.ts';
import type { FromWorker, ToWorker, WorkerInput } from './thread-messages.ts';

/**
 * Where the numbers of the setup begin, past those of every arrival and call that a run may have;
 * and how far behind them those of the teardown. All are below 2^53.
 */
const SETUP_TEARDOWN_FIRST_SEQ = 2 ** 52;
const SETUP_TEARDOWN_SEQS = 2 ** 51;
/** Setup and teardown that this thread has begun. */
let flowsBegun = 0;

/** The sending thread: builds an engine out of the real parts and runs it on the real clock. */
const port = parentPort;
invariant(port, 'the engine runs in a worker thread');
const { scenario, runId, firstSeq, shard, part, holds } = workerData as WorkerInput;
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
/** What the draws of this worker follow from. */
const draws = { seed: scenario.seed, worker: shard.index };
const loop = new LoopWatch(clock);
const health = new ThreadHealth(clock);
const setupTeardown = new SetupTeardown({
  scenario,
  flows,
  driversFor: setupTeardownDrivers,
  newClock: () => systemClock(),
});
const engine = new Engine({
  clock,
  plan,
  pacer: pacerFor(scenario, clock, shard.count),
  schedule,
  shard,
  firstSeq,
  recorder: new Recorder({
    seed: scenario.seed,
    phases: plan.phases,
    targets: plan.targets.map((target) => target.name),
    steps: plan.steps.map(({ spec }) => spec),
    keep: scenario.trace.keep,
    maxKeptPerSecond: shareOf(MAX_KEPT_PER_SECOND, shard),
    maxHeldPerSecond: holdsCalls() ? shareOf(MAX_HELD_PER_SECOND, shard) : 0,
    unreadForNs: (readNs) => loop.unreadForNs(readNs),
  }),
  driverFor: driverFor({ plan, ...draws, clock, ids, propagate }),
  newScope: () => flows.newScope(),
  onHookFailure: (error) => notices.add(error),
  ...(await saturatorFor({ schedule, plan, ...draws, clock, ids, propagate })),
  maxInFlight: scenario.engine.maxInFlight,
  gracefulStopNs: scenario.engine.gracefulStopNs,
  onSlice: (slice) => {
    const thread = { ...health.take(), loopBusyNs: loop.takeBusyNs() };
    tell(
      { kind: 'slice', slice: withThreadSecond(slice, thread, schedule.phases) },
      slice.held.map(({ numbers }) => numbers.buffer),
    );
  },
});

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'share':
      flows.share(message.values);
      break;
    case 'begin':
      clock.begin(message.originEpochMs);
      health.begin();
      loop.begin();
      engine.begin();
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
  loop.stop();
  health.stop();
  tell({ kind: 'ended', result });
  if (!makesSetup) port.close();
} else {
  engine.stop(0);
  await engine.ended;
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
  return holds === 'all' || (holds === 'of-flows' && plan.callsMax > 1);
}

/** What is made once beside the load has its own time, from its own start, and its own numbers. */
function setupTeardownDrivers(flowPlan: RunPlan, flowClock: Clock): EngineParts['driverFor'] {
  const flowIds = new RunIds(runId, SETUP_TEARDOWN_FIRST_SEQ + SETUP_TEARDOWN_SEQS * flowsBegun++);
  return driverFor({ plan: flowPlan, ...draws, clock: flowClock, ids: flowIds, propagate });
}
