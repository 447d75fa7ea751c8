import { parentPort, workerData } from 'node:worker_threads';
import { invariant, type Ms, msFromNs, sleepExactly, systemClock } from '../core/index.ts';
import { scheduleOf } from '../schedule/index.ts';
import {
  ASLEEP,
  AWAKE,
  MODE_CELL,
  STOP_CELL,
  type TickerInput,
  WAKE_LEAD_NS,
} from './ticker-messages.ts';

/**
 * The thread that wakes the sending loop: it walks the schedule by itself, sleeps until shortly
 * before each arrival, and posts a message where the loop is asleep. While the loop is awake it
 * sleeps until that is over. A thread that does nothing else can sleep to within some 30 us; a
 * timer of the loop itself is a millisecond off.
 */
const port = parentPort;
invariant(port, 'the ticker runs in a worker thread');
port.once('message', (originEpochMs: Ms) => {
  sleepExactly();
  walk(originEpochMs, workerData as TickerInput);
});

function walk(originEpochMs: Ms, input: TickerInput): void {
  const state = new Int32Array(input.state);
  const clock = systemClock(originEpochMs);
  const cursor = scheduleOf(input.scenario).shard(input.shard.index, input.shard.count);
  let more = cursor.advance();
  while (more) {
    const leftNs = cursor.intendedNs - WAKE_LEAD_NS - clock.nowNs();
    // What is due by now has been seen by the loop, unless it sleeps: then it is told below.
    if (leftNs > 0) Atomics.wait(state, STOP_CELL, 0, msFromNs(leftNs));
    if (Atomics.load(state, STOP_CELL) !== 0) return;
    if (Atomics.compareExchange(state, MODE_CELL, ASLEEP, AWAKE) === ASLEEP) {
      port?.postMessage(undefined);
      more = cursor.advance();
    } else {
      Atomics.wait(state, MODE_CELL, AWAKE);
      const nowNs = clock.nowNs();
      while (more && cursor.intendedNs <= nowNs) more = cursor.advance();
    }
  }
}
