import { expect, it } from 'vitest';
import { Turns } from '../../src/proxy/turns.ts';

it('does what belongs to one name in order, also after a failure, and other names meanwhile', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', async () => {
    log.push('a1 begins');
    await gate.promise;
    log.push('a1 ends');
    throw new Error('a1 failed');
  });
  const second = turns.take('a', async () => void log.push('a2'));
  const other = turns.take('b', async () => void log.push('b1'));
  await other;
  expect(log).toEqual(['a1 begins', 'b1']);
  gate.resolve();
  await expect(first).rejects.toThrow('a1 failed');
  await second;
  expect(log).toEqual(['a1 begins', 'b1', 'a1 ends', 'a2']);
});
