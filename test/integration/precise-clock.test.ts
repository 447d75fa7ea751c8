import { afterEach, expect, it } from 'vitest';
import {
  NS_PER_MS,
  preciseClock,
  sleep,
  systemClock,
  type PreciseClock,
} from '../../src/core/index.ts';

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

it('sleeps while nothing but far-off alarms is set, and fires a near one in time', async () => {
  const clock = preciseClock();
  open.push(clock);
  await sleep(systemClock(), 50 * NS_PER_MS);
  for (const delayNs of [2 ** 63, 2 ** 63 * NS_PER_MS, Infinity]) {
    const alarm = clock.after(delayNs, () => expect.fail('fired'));
    const before = process.cpuUsage();
    await sleep(systemClock(), 300 * NS_PER_MS);
    const { user, system } = process.cpuUsage(before);
    expect(user + system, `microseconds of a processor, ${delayNs} ns`).toBeLessThan(150_000);
    alarm.cancel();
  }
  clock.after(Infinity, () => expect.fail('fired'));
  const fromNs = clock.nowNs();
  await sleep(clock, 5 * NS_PER_MS);
  expect(clock.nowNs() - fromNs).toBeLessThan(1_000 * NS_PER_MS);
});

it('still fires after it was closed, as late as a plain timer', async () => {
  const clock = preciseClock();
  clock.close();
  clock.after(5 * NS_PER_MS, () => undefined).cancel();
  const fromNs = clock.nowNs();
  await sleep(clock, 20 * NS_PER_MS);
  expect(clock.nowNs() - fromNs).toBeGreaterThanOrEqual(20 * NS_PER_MS);
});
