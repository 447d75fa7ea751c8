import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { runRecord } from '../analyze/memory-source.ts';
import { everySecond, FIRST, madeRun, resultOf, SECONDS, specOf, windowOf } from './made-run.ts';

const MS = NS_PER_MS;
const stretch = (fromSec: number, toSec: number) => ({
  fromNs: fromSec * NS_PER_SEC,
  toNs: toSec * NS_PER_SEC,
});

describe('a percentile over stretches of time', () => {
  const badFrom = 20;
  const run = madeRun(
    everySecond((second) => {
      const isBad = second >= badFrom && second < badFrom + 5;
      return { second, count: 1_000, ms: isBad ? 400 : 10 };
    }),
  );

  it('fails by the worst one, which is named', async () => {
    expect(await resultOf(run, specOf('pay.response p(50) < 300ms'))).toMatchObject({
      state: 'pass',
    });
    const result = await resultOf(run, specOf('pay.response p(90) over 5s < 300ms'));
    expect(result).toMatchObject({ state: 'fail', value: 400 * MS, n: 5_000 });
    expect(result.stretch).toMatchObject({ stretches: 26 });
    expect(result.stretch?.failed).toBeGreaterThan(0);
    expect(result.stretch?.fromNs).toBeLessThan((badFrom + 5) * NS_PER_SEC);
    expect(result.stretch?.toNs).toBeGreaterThan(badFrom * NS_PER_SEC);
  });

  it('passes where every one does, and shows the worst', async () => {
    const calm = madeRun(
      everySecond((second) => ({ second, count: 1_000, ms: second === 11 ? 12 : 10 })),
    );
    const result = await resultOf(calm, specOf('pay.response p(50) over 1s < 300ms'));
    expect(result).toMatchObject({ state: 'pass', value: 12 * MS });
    expect(result.stretch).toEqual({ ...stretch(11, 12), stretches: 30, failed: 0 });
  });

  it('is open where one has too few calls, and says how long one would do', async () => {
    const thin = madeRun(everySecond((second) => ({ second, count: 20, ms: 10 })));
    const result = await resultOf(thin, specOf('pay.response p(99) over 10s < 300ms'));
    expect(result).toMatchObject({ state: 'inconclusive', n: 200 });
    const wanted = Number(/over (\d+)s would do/u.exec(result.reason)?.[1]);
    expect(wanted).toBeGreaterThan(10);
    // What is said is true: at that length the same calls are enough.
    const longer = `pay.response p(99) over ${Math.min(wanted, SECONDS)}s < 300ms`;
    if (wanted <= SECONDS) {
      expect(await resultOf(thin, specOf(longer))).toMatchObject({ state: 'pass' });
    }
  });

  it('is open where one has no call, and fails where none was answered', async () => {
    const gap = madeRun(
      everySecond((second) => ({ second, count: 1_000, ms: 10 })).filter(
        ({ second }) => second < 15 || second >= 20,
      ),
    );
    expect(await resultOf(gap, specOf('pay.response med over 5s < 300ms'))).toMatchObject({
      state: 'inconclusive',
      n: 0,
      stretch: stretch(15, 20),
    });
    const down = madeRun(
      everySecond((second) => ({
        second,
        count: 1_000,
        ms: 10,
        outcome: second >= 15 && second < 20 ? 'transport' : 'ok',
      })),
    );
    expect(await resultOf(down, specOf('pay.response med over 5s < 300ms'))).toMatchObject({
      state: 'fail',
      reason: 'none of 5,000 calls was answered',
      stretch: { ...stretch(15, 20), failed: 1 },
    });
  });

  it('fails by max and avg, which have no interval', async () => {
    const max = await resultOf(run, specOf('pay.response max over 2s < 300ms'));
    expect(max).toMatchObject({ state: 'fail', value: 400 * MS });
    const avg = await resultOf(run, specOf('pay.service avg over 10s < 300ms'));
    expect(avg).toMatchObject({ state: 'pass', value: 205 * MS });
  });
});

it('is of the phases that call the step, where others do not', async () => {
  const half = madeRun(
    everySecond((second) => ({ second, count: 1_000, ms: 10 })).filter(({ second }) => second < 20),
    {
      run: runRecord({
        phases: [
          {
            name: 'steady',
            fromNs: FIRST * NS_PER_SEC,
            toNs: 20 * NS_PER_SEC,
            model: 'open',
            measured: true,
          },
          {
            name: 'other',
            fromNs: 20 * NS_PER_SEC,
            toNs: 35 * NS_PER_SEC,
            model: 'open',
            measured: true,
          },
        ],
      }),
    },
  );
  const spec = specOf('pay.response p(50) over 5s < 300ms');
  expect(await resultOf(half, spec)).toMatchObject({ state: 'inconclusive', n: 0 });
  const result = await resultOf(half, { ...spec, phases: ['steady'] });
  expect(result).toMatchObject({ state: 'pass', stretch: { stretches: 11 } });
});

describe('events over stretches of time', () => {
  const run = madeRun([
    ...everySecond((second) => ({ second, count: second === 17 ? 40 : 100, ms: 10 })),
    { second: 17, count: 10, ms: 1, outcome: 'status' as const },
  ]);

  it.each([
    ['pay.errors rate over 1s < 1%', 'fail', 0.2, [17, 18], 1],
    ['pay.errors rate over 10s <= 2%', 'pass', 10 / 950, [8, 18], 0],
    ['pay.errors count over 2s <= 9', 'fail', 10, [16, 18], 2],
    ['pay.calls rate over 1s >= 100/s', 'fail', 50, [17, 18], 1],
    ['pay.calls count over 1s > 49', 'pass', 50, [17, 18], 0],
  ] as const)('%s', async (text, state, value, [from, to], failed) => {
    const result = await resultOf(run, specOf(text));
    expect(result).toMatchObject({ state, stretch: { ...stretch(from, to), failed } });
    expect(result.value).toBeCloseTo(value, 12);
  });

  it('no calls have no share, and a rate of 0', async () => {
    const gap = madeRun(
      everySecond((second) => ({ second, count: 1_000, ms: 10 })).filter(
        ({ second }) => second !== 9,
      ),
    );
    expect(await resultOf(gap, specOf('pay.errors rate over 1s < 1%'))).toMatchObject({
      state: 'pass',
      stretch: { stretches: 29 },
    });
    expect(await resultOf(gap, specOf('pay.calls rate over 1s >= 1000/s'))).toMatchObject({
      state: 'fail',
      value: 0,
      stretch: stretch(9, 10),
    });
  });

  it('are those of arrivals, too', async () => {
    const arrivals = Array.from({ length: SECONDS }, (_, i) => {
      return { second: FIRST + i, phase: 'steady', arrivals: 100, dropped: i === 4 ? 30 : 0 };
    });
    const dropping = madeRun(
      everySecond((second) => ({ second, count: 100, ms: 10 })),
      { arrivals },
    );
    expect(await resultOf(dropping, specOf('dropped rate over 3s < 5%'))).toMatchObject({
      state: 'fail',
      value: 0.1,
      n: 300,
      stretch: { failed: 3, stretches: 28 },
    });
    expect(await resultOf(dropping, specOf('arrivals rate over 1s >= 100/s'))).toMatchObject({
      state: 'fail',
      value: 70,
      unit: 'rate',
      stretch: stretch(9, 10),
    });
  });
});

describe('stretches that there are none of', () => {
  const calls = everySecond((second) => ({ second, count: 100, ms: 10 }));

  it('are an error where the run was to last no longer', async () => {
    expect(await resultOf(madeRun(calls), specOf('pay.errors rate over 31s < 1%'))).toMatchObject({
      state: 'unmatched',
      reason: 'no stretch of 31 s lies within a measured phase',
    });
  });

  it('are open where the run was stopped', async () => {
    const { startedEpochMs } = runRecord();
    const stopped = runRecord({ status: 'partial', endedEpochMs: startedEpochMs + 12_000 });
    const run = { ...madeRun(calls.slice(0, 7)), run: stopped };
    expect(await resultOf(run, specOf('pay.errors rate over 10s < 1%'))).toMatchObject({
      state: 'inconclusive',
    });
  });

  it('lie in the windows of a fault where one is named', async () => {
    const run = madeRun(calls, { windows: [windowOf('stall', 10, 14), windowOf('stall', 20, 26)] });
    expect(await resultOf(run, specOf('pay.errors{fault: stall} rate over 5s < 1%'))).toMatchObject(
      { state: 'pass', stretch: { stretches: 2 } },
    );
    expect(await resultOf(run, specOf('pay.errors{fault: stall} rate over 8s < 1%'))).toMatchObject(
      { state: 'unmatched' },
    );
    // Outside it: 5 to 9, 15 to 19, 27 to 35 with a guard of a second each.
    expect(await resultOf(run, specOf('pay.errors{fault: none} rate over 4s < 1%'))).toMatchObject({
      state: 'pass',
      stretch: { stretches: 1 + 1 + 5 },
    });
  });
});

it('law: the worst stretch is no better than any stretch of the same seconds', async () => {
  const counts = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 5 })),
    {
      minLength: SECONDS,
      maxLength: SECONDS,
    },
  );
  await fc.assert(
    fc.asyncProperty(counts, fc.integer({ min: 1, max: SECONDS }), async (made, length) => {
      const run = madeRun(
        made.flatMap(([ok, failed], i) => [
          { second: FIRST + i, count: ok, ms: 10 },
          ...(failed > 0
            ? [{ second: FIRST + i, count: failed, ms: 1, outcome: 'status' as const }]
            : []),
        ]),
      );
      const result = await resultOf(run, specOf(`pay.errors rate over ${length}s <= 0%`));
      const ratios = Array.from({ length: SECONDS - length + 1 }, (_, from) => {
        const own = made.slice(from, from + length);
        const failed = own.reduce((sum, [, bad]) => sum + bad, 0);
        return failed / own.reduce((sum, [ok, bad]) => sum + ok + bad, 0);
      });
      expect(result.value).toBeCloseTo(Math.max(...ratios), 12);
      expect(result.stretch?.failed).toBe(ratios.filter((ratio) => ratio > 0).length);
    }),
    { numRuns: 30 },
  );
});
