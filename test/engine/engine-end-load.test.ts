import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { TestRun } from './test-run.ts';

const MS = NS_PER_MS;
const SEC = NS_PER_SEC;

describe('a load that is ended before its schedule', () => {
  it('has every arrival due before the end and none later, and is no run that was stopped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          ratePerSec: fc.integer({ min: 1, max: 200 }),
          process: fc.constantFrom('constant' as const, 'poisson' as const),
          seed: fc.nat(),
          phases: fc.integer({ min: 1, max: 3 }),
        }),
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 0, max: 1_000 }),
        async (options, atMs, aheadMs) => {
          const endNs = atMs * MS;
          const intendedNs = async (endsEarly: boolean): Promise<readonly number[]> => {
            const seen: number[] = [];
            const run = new TestRun({
              ...options,
              durationNs: 700 * MS,
              answer: (call, sentNs) => {
                seen.push(call.intendedNs);
                return { atNs: sentNs + 50 * MS };
              },
            });
            if (endsEarly) {
              run.clock.after(endNs - aheadMs * MS, () => run.engine.endLoad(endNs));
            }
            const { stopped, finished, arrivals } = await run.whole();
            expect({ stopped, ok: finished.ok }).toEqual({ stopped: false, ok: arrivals });
            return seen;
          };
          const all = await intendedNs(false);
          expect(await intendedNs(true)).toEqual(all.filter((ns) => ns < endNs));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes exactly the arrivals of a constant rate up to then', async () => {
    const run = new TestRun({ ratePerSec: 10, durationNs: 10 * SEC });
    run.clock.after(2_950 * MS, () => run.engine.endLoad(3 * SEC));
    const result = await run.whole();
    expect(result.arrivals).toBe(30);
    expect(result).toMatchObject({ endedNs: 3 * SEC, stopped: false });
  });

  it('lets calls under way finish, within the graceful stop', async () => {
    const run = new TestRun({
      ratePerSec: 10,
      durationNs: 10 * SEC,
      gracefulStopNs: 250 * MS,
      answer: (_call, sentNs) => ({ atNs: sentNs + 500 * MS }),
    });
    run.clock.after(SEC, () => run.engine.endLoad(2 * SEC));
    const { finished, arrivals, endedNs } = await run.whole();
    // Of 1.8 s and 1.9 s, which would be answered at 2.3 s and 2.4 s.
    expect({ arrivals, endedNs }).toEqual({ arrivals: 20, endedNs: 2_250 * MS });
    expect(finished).toMatchObject({ ok: 18, cancelled: 2 });
  });

  it('ends users as well', async () => {
    const think = { minNs: 0, maxNs: 0 };
    const run = new TestRun({
      load: [
        {
          ...{ name: 'users', flow: 'flow', durationNs: 10 * SEC, measure: true },
          users: { count: 2, iterations: Infinity, think },
        },
      ],
      answer: (_call, sentNs) => ({ atNs: sentNs + 100 * MS }),
    });
    run.clock.after(900 * MS, () => run.engine.endLoad(SEC));
    const { finished, stopped } = await run.whole();
    expect({ ok: finished.ok, stopped }).toEqual({ ok: 20, stopped: false });
  });

  it('does nothing where the schedule is over before', async () => {
    const run = new TestRun({ ratePerSec: 10, durationNs: SEC });
    run.engine.endLoad(2 * SEC);
    expect(await run.whole()).toMatchObject({ arrivals: 10, endedNs: SEC });
  });

  it('can still be stopped by the user, and is cut short then', async () => {
    const run = new TestRun({ ratePerSec: 10, durationNs: 10 * SEC });
    run.engine.endLoad(5 * SEC);
    run.clock.after(2 * SEC, () => run.engine.stop(0));
    expect(await run.whole()).toMatchObject({ stopped: true });
  });
});
