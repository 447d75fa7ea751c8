import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '../core/index.ts';
import { httpDriver } from '../drivers/http/index.ts';
import { Recorder } from '../record/index.ts';
import { scheduleOf } from '../schedule/index.ts';
import { RunIds } from '../trace/index.ts';
import { Engine, pacerFor, runPlan } from '../engine/index.ts';
import { LoopWatch } from './loop-watch.ts';
import { RunClock } from './run-clock.ts';
import { ThreadHealth } from './thread-health.ts';
import { withThreadSecond } from './thread-second.ts';
import type { FromWorker, ToWorker, WorkerInput } from './thread-messages.ts';

/** The sending thread: builds an engine out of the real parts and runs it on the real clock. */
const port = parentPort;
invariant(port, 'the engine runs in a worker thread');
const { scenario, runId } = workerData as WorkerInput;
const tell = (message: FromWorker): void => port.postMessage(message);

const clock = new RunClock();
const plan = runPlan(scenario);
const ids = new RunIds(runId);
const schedule = scheduleOf(scenario);
const loop = new LoopWatch(clock);
const health = new ThreadHealth(clock);
const engine = new Engine({
  clock,
  plan,
  pacer: pacerFor(scenario, clock),
  schedule,
  recorder: new Recorder({
    seed: scenario.seed,
    phases: plan.phases,
    targets: plan.targets.map((target) => target.name),
    steps: plan.steps.map(({ spec }) => spec),
    keep: scenario.trace.keep,
    unreadForNs: (readNs) => loop.unreadForNs(readNs),
  }),
  driverFor: (target, events) =>
    httpDriver({
      target,
      steps: plan.steps.map(({ spec }) => spec),
      clock,
      ids,
      traced: scenario.trace.propagate.includes('w3c'),
      events,
    }),
  maxInFlight: scenario.engine.maxInFlight,
  gracefulStopNs: scenario.engine.gracefulStopNs,
  onSlice: (slice) => {
    tell({ kind: 'slice', slice: withThreadSecond(slice, health.take(), schedule.phases) });
  },
});

port.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') {
    engine.stop(message.graceNs);
  } else {
    clock.begin(message.originEpochMs);
    health.begin();
    loop.begin();
    engine.begin();
  }
});

await engine.open();
tell({ kind: 'ready' });
const result = await engine.ended;
loop.stop();
health.stop();
tell({ kind: 'ended', result });
port.close();
