import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { NS_PER_MS, sleep, systemClock, type CounterSlice } from '../../src/core/index.ts';
import { KeptRun } from '../../src/run/kept-run.ts';
import { runRecord } from '../analyze/memory-source.ts';
import { QUIET_SINK } from './quiet-sink.ts';

const COUNTER: CounterSlice = { second: 0, phase: 's', step: 'buy', counter: 'arrivals', value: 5 };
const SECONDS = 600;
const BYTES_PER_SECOND_MAX = 2_000;

/** Bytes outside the heap, in buffers that are still reachable or not freed yet. */
function bufferBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

/** What is garbage is freed beside the program, which a busy machine puts off. */
async function untilBelow(bytes: number): Promise<number> {
  const clock = systemClock();
  for (let reading = 0; reading < 100; reading++) {
    if (bufferBytes() < bytes) break;
    await sleep(clock, 20 * NS_PER_MS);
  }
  return bufferBytes();
}

test('ten minutes of small numbers takes little more memory than they are long', async () => {
  const run = runRecord();
  const kept = new KeptRun(QUIET_SINK, run.runId);
  await kept.writeRun(run);
  const before = bufferBytes();
  for (let second = 0; second < SECONDS; second++) {
    await kept.writeCounters(run.runId, [{ ...COUNTER, second }]);
  }
  const counters = await (await kept.source())?.counters(run.runId);
  expect(counters).toEqual([{ ...COUNTER, value: 5 * SECONDS }]);
  const most = before + SECONDS * BYTES_PER_SECOND_MAX;
  expect(await untilBelow(most)).toBeLessThan(most);
});
