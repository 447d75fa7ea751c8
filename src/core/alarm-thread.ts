import { readlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { AlarmCells, NO_ALARM_NS, STOP, type AlarmInput } from './alarm-messages.ts';
import { systemClock } from './clock.ts';
import { invariant } from './invariant.ts';
import { msFromNs } from './units.ts';

/**
 * Wakes a loop in time: sleeps until the moment that the loop asked for, posts a message, and
 * sleeps on until the loop asks for another. A thread that does nothing else sleeps to within some
 * 30 us; a timer of the loop itself is a millisecond off.
 */
const { originEpochMs, shared } = workerData as AlarmInput;
const port = parentPort;
invariant(port, 'the alarm runs in a worker thread');
const cells = new AlarmCells(shared);
const clock = systemClock(originEpochMs);
setTimerSlack();
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

/**
 * Linux may delay a thread's timers by 50 us, to wake for several at once: here it may not. Other
 * systems have no such setting, or refuse it; then the loop is woken that much later.
 */
function setTimerSlack(): void {
  try {
    const threadId = basename(readlinkSync('/proc/thread-self'));
    writeFileSync(`/proc/${threadId}/timerslack_ns`, '1');
  } catch {
    // The thread sleeps as exactly as the system lets it.
  }
}
