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

// By how much it is late is measured: bench -- precision.
it('fires in order and never early', async () => {
  const clock = preciseClock();
  open.push(clock);
  await sleep(clock, 100 * NS_PER_MS);
  const fromNs = clock.nowNs();
  const lateNs: number[] = [];
  /** Of each alarm as it fired: when it was due, at the earliest and at the latest. */
  const fired: { readonly earliestNs: number; readonly latestNs: number }[] = [];
  const waits = Array.from({ length: 200 }, (_, i) => {
    // On a busy machine some are due as they are set.
    const delayNs = Math.max(0, fromNs + 5 * NS_PER_MS + i * 1_370_000 - clock.nowNs());
    return new Promise<void>((resolve) => {
      // The process may stand still anywhere between these lines.
      const earliestNs = clock.nowNs() + delayNs;
      clock.after(delayNs, () => {
        lateNs.push(clock.nowNs() - earliestNs);
        fired.push({ earliestNs, latestNs });
        resolve();
      });
      const latestNs = clock.nowNs() + delayNs;
    });
  });
  await Promise.all(waits);
  expect(fired).toHaveLength(200);
  const tooSoon = fired.filter(
    ({ earliestNs }, i) => earliestNs > (fired[i + 1]?.latestNs ?? Infinity),
  );
  expect(tooSoon).toEqual([]);
  expect(Math.min(...lateNs)).toBeGreaterThanOrEqual(0);
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
    // The rest of the process works now and then; a thread that spins does so all the time.
    const usedUs: number[] = [];
    for (let reading = 0; reading < 3; reading++) {
      const before = process.cpuUsage();
      await sleep(systemClock(), 100 * NS_PER_MS);
      const { user, system } = process.cpuUsage(before);
      usedUs.push(user + system);
    }
    expect(Math.min(...usedUs), `us of a processor, ${delayNs} ns`).toBeLessThan(50_000);
    alarm.cancel();
  }
  clock.after(Infinity, () => expect.fail('fired'));
  const fromNs = clock.nowNs();
  await sleep(clock, 5 * NS_PER_MS);
  expect(clock.nowNs() - fromNs).toBeLessThan(10_000 * NS_PER_MS);
});

it('still fires after it was closed, as late as a plain timer', async () => {
  const clock = preciseClock();
  clock.close();
  clock.after(5 * NS_PER_MS, () => undefined).cancel();
  const fromNs = clock.nowNs();
  await sleep(clock, 20 * NS_PER_MS);
  expect(clock.nowNs() - fromNs).toBeGreaterThanOrEqual(20 * NS_PER_MS);
});
