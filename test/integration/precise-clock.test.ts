import { afterEach, expect, it } from 'vitest';
import { NS_PER_MS, preciseClock, sleep, type PreciseClock } from '../../src/core/index.ts';

const open: PreciseClock[] = [];

afterEach(() => {
  for (const clock of open.splice(0)) clock.close();
});

it('fires in order, never early, and most often within a part of a millisecond', async () => {
  const clock = preciseClock();
  open.push(clock);
  await sleep(clock, 100 * NS_PER_MS);
  const fromNs = clock.nowNs();
  const lateNs: number[] = [];
  const order: number[] = [];
  const waits = Array.from({ length: 200 }, (_, i) => {
    const dueNs = fromNs + 5 * NS_PER_MS + i * 1_370_000;
    return new Promise<void>((resolve) => {
      clock.after(dueNs - clock.nowNs(), () => {
        lateNs.push(clock.nowNs() - dueNs);
        order.push(i);
        resolve();
      });
    });
  });
  await Promise.all(waits);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(Math.min(...lateNs)).toBeGreaterThanOrEqual(0);
  expect(lateNs.toSorted((a, b) => a - b)[100]).toBeLessThan(0.3 * NS_PER_MS);
});

it('fires what is due at once in the next turn, never what was taken back', async () => {
  const clock = preciseClock();
  open.push(clock);
  const log: string[] = [];
  clock.after(-5, () => log.push('past'));
  clock.after(NS_PER_MS, () => log.push('taken back')).cancel();
  expect(log).toEqual([]);
  await sleep(clock, 3 * NS_PER_MS);
  expect(log).toEqual(['past']);
});

it('still fires after it was closed, as late as a plain timer', async () => {
  const clock = preciseClock();
  clock.close();
  clock.after(5 * NS_PER_MS, () => undefined).cancel();
  const fromNs = clock.nowNs();
  await sleep(clock, 20 * NS_PER_MS);
  expect(clock.nowNs() - fromNs).toBeGreaterThanOrEqual(20 * NS_PER_MS);
});
