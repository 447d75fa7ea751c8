import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { CounterSlice } from '../../src/core/index.ts';
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
  // What is garbage is freed beside the program, which a busy machine puts off.
  await expect.poll(bufferBytes).toBeLessThan(before + SECONDS * BYTES_PER_SECOND_MAX);
});
