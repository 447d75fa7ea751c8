import { expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/index.ts';
import { SpareThreads } from '../../src/sender/index.ts';
import { tinyScenario } from '../integration/tiny-scenario.ts';

const scenario = (pacing: string) => {
  const text = tinyScenario({ url: 'http://127.0.0.1:9', rate: '1/s', for: '1s' });
  return parseScenario(text.replace('engine: {', `engine: { pacing: ${pacing},`), 'tiny.yaml');
};

test('the thread that was started is taken first, and others are started then', async () => {
  const threads = new SpareThreads();
  threads.start(scenario('balanced'));
  threads.start(scenario('balanced'));
  const [first, second] = [threads.take(false), threads.take(false)];
  // Threads are numbered as they are started.
  expect(second.threadId).toBe(first.threadId + 1);
  await Promise.all([first.terminate(), second.terminate()]);
});

test('a thread that spins is taken for one that is to spin alone: its memory is another', async () => {
  const threads = new SpareThreads();
  threads.start(scenario('precise'));
  const [asleep, spinning] = [threads.take(false), threads.take(true)];
  expect(spinning.threadId).toBe(asleep.threadId - 1);
  await Promise.all([asleep.terminate(), spinning.terminate()]);
});
