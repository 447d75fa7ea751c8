import { describe, expect, it } from 'vitest';
import { binomialPmf } from '../../src/analyze/binomial.ts';
import { shareInterval } from '../../src/analyze/share-interval.ts';
import { everySecond, madeRun, resultOf, specOf, type MadeCalls } from './made-run.ts';

/** So many calls a second for 30 s, of which so many fail in each of the first seconds. */
function failing(perSec: number, failures: readonly number[]) {
  return madeRun(
    everySecond((second) => ({ second, count: 0, ms: 10 })).flatMap(
      ({ second }, i): MadeCalls[] => {
        const failed = failures[i] ?? 0;
        return [
          { second, count: perSec - failed, ms: 10 },
          ...(failed === 0 ? [] : [{ second, count: failed, ms: 1, outcome: 'status' as const }]),
        ];
      },
    ),
  );
}

const state = async (run: ReturnType<typeof failing>, text: string): Promise<string> =>
  (await resultOf(run, specOf(text))).state;

describe('a share of calls', () => {
  it('that none had passes where the calls are enough, and says how many are', async () => {
    const few = await resultOf(failing(100, []), specOf('pay.errors rate < 0.1%'));
    expect(few).toMatchObject({ state: 'inconclusive', value: 0, n: 3_000, neededN: 3_700 });
    expect(few.interval?.lower).toBe(0);
    expect(few.interval?.upper).toBeCloseTo(1 - 0.025 ** (1 / 3_000), 9);
    expect(await state(failing(124, []), 'pay.errors rate < 0.1%')).toBe('pass');
  });

  it('is open near its limit, and decided away from it', async () => {
    expect(await state(failing(100, [1, 1, 1, 1]), 'pay.errors rate < 0.1%')).toBe('inconclusive');
    expect(await state(failing(100, [1, 1, 1, 1]), 'pay.errors rate < 1%')).toBe('pass');
    expect(await state(failing(100, [9, 9, 9]), 'pay.errors rate < 0.1%')).toBe('fail');
    const often = Array.from({ length: 30 }, () => 1);
    expect(await state(failing(100, often), 'pay.errors rate > 0.1%')).toBe('pass');
    expect(await state(failing(100, [1, 1, 1, 1]), 'pay.errors rate > 1%')).toBe('fail');
  });

  it.each(['timeouts', 'errors'])('is of %s', async (metric) => {
    expect(await state(failing(100, []), `pay.${metric} rate < 0.1%`)).toBe('inconclusive');
  });

  it.each([
    ['pay.errors rate <= 0%', 'pass', 'fail'],
    ['pay.errors rate == 0%', 'pass', 'fail'],
    ['pay.errors rate < 100%', 'pass', 'pass'],
    ['pay.errors rate != 0%', 'fail', 'pass'],
    ['pay.errors count == 0', 'pass', 'fail'],
    ['pay.errors count <= 1', 'pass', 'pass'],
  ])('is of the calls that were made, in %s', async (text, none, one) => {
    expect(await state(failing(10, []), text)).toBe(none);
    expect(await state(failing(10, [1]), text)).toBe(one);
  });

  it('fails by a burst as by failures that are spread', async () => {
    const spread = Array.from({ length: 30 }, () => 7);
    expect(await state(failing(100, spread), 'pay.errors rate < 1%')).toBe('fail');
    expect(await state(failing(100, [100, 100]), 'pay.errors rate < 1%')).toBe('fail');
  });

  it('passes with a burst only where the run had many such', async () => {
    expect(
      await state(failing(1_000, [1, 0, 1, 0, 1, 0, 1, 0, 1]), 'pay.errors rate < 0.05%'),
    ).toBe('pass');
    expect(await state(failing(1_000, [5]), 'pay.errors rate < 0.05%')).toBe('inconclusive');
  });

  it('is judged in every stretch, by an end that allows for all of them', async () => {
    const text = 'pay.errors rate over 5s < 1%';
    expect(await state(failing(1_000, []), text)).toBe('pass');
    expect(await state(failing(1_000, [0, 0, 0, 900]), text)).toBe('fail');
    // 1.4% of 5 s: past 1% for one such look, and not for 26.
    const once = await resultOf(failing(1_000, [0, 0, 0, 70]), specOf(text));
    expect(once).toMatchObject({ state: 'inconclusive', value: 0.014 });
    expect(shareInterval(ONCE, { fails: 1, passes: 1 }).lower).toBeGreaterThan(0.01);
    expect(once.interval?.lower).toBeLessThan(0.01);
  });
});

const ONCE = { hits: 70, n: 5_000, clumps: 1, side: 'below' } as const;

it.each([
  [200, 0.01],
  [1_000, 0.001],
  [5_000, 0.02],
])('of %d calls whose true share is the limit, 2.5%% pass and 2.5%% fail at most', (n, p) => {
  let [passing, failingOnes] = [0, 0];
  for (let hits = 0; hits <= Math.min(n, 40 * Math.ceil(n * p) + 40); hits++) {
    const { lower, upper } = shareInterval(
      { hits, n, clumps: 1, side: 'below' },
      { fails: 1, passes: 1 },
    );
    const chance = binomialPmf(n, p, hits);
    if (upper < p) passing += chance;
    if (lower >= p) failingOnes += chance;
  }
  expect(passing).toBeLessThanOrEqual(0.025 + 1e-9);
  expect(failingOnes).toBeLessThanOrEqual(0.025 + 1e-9);
});
