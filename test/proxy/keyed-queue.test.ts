import { expect, it } from 'vitest';
import { KeyedQueue } from '../../src/proxy/keyed-queue.ts';

it('runs the work of one key in order, also after a failure, and other keys meanwhile', async () => {
  const queue = new KeyedQueue();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = queue.run('a', async () => {
    log.push('a1 begins');
    await gate.promise;
    log.push('a1 ends');
    throw new Error('a1 failed');
  });
  const second = queue.run('a', async () => void log.push('a2'));
  const other = queue.run('b', async () => void log.push('b1'));
  await other;
  expect(log).toEqual(['a1 begins', 'b1']);
  gate.resolve();
  await expect(first).rejects.toThrow('a1 failed');
  await second;
  expect(log).toEqual(['a1 begins', 'b1', 'a1 ends', 'a2']);
});
