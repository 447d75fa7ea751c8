import { parentPort, workerData } from 'node:worker_threads';
import { AlarmCells, NO_ALARM_NS, STOP, type AlarmInput } from './alarm-messages.ts';
import { systemClock } from './clock.ts';
import { invariant } from './invariant.ts';
import { sleepExactly } from './sleep-exactly.ts';
import { msFromNs } from './units.ts';

/**
 * The thread that wakes a loop in time: it sleeps until the moment that the loop has told, posts a
 * message, and sleeps on until it is told another.
 */
const { originEpochMs, shared } = workerData as AlarmInput;
const port = parentPort;
invariant(port, 'the alarm runs in a worker thread');
const cells = new AlarmCells(shared);
const clock = systemClock(originEpochMs);
sleepExactly();
for (;;) {
  const seen = Atomics.load(cells.changes, 0);
  const wakeNs = Atomics.load(cells.wakeNs, 0);
  if (wakeNs === STOP) break;
  const leftNs = wakeNs === NO_ALARM_NS ? Infinity : Number(wakeNs) - clock.nowNs();
  if (leftNs > 0 && Atomics.wait(cells.changes, 0, seen, msFromNs(leftNs)) !== 'timed-out')
    continue;
  port.postMessage(undefined);
  Atomics.wait(cells.changes, 0, seen);
}
