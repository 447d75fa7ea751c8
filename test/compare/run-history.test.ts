import { expect, it } from 'vitest';

import { readMeasuredSeconds, stepsOfSeconds } from '../../src/analyze/index.ts';
import {
  historyVerdict,
  MEASURES,
  measureHistories,
  type MeasureHistory,
  type RunPoint,
} from '../../src/compare/index.ts';
import { memorySource } from '../analyze/memory-source.ts';
import { runsOfLevels } from './history-runs.ts';

const OPTIONS = { changeRatioMin: 0.02, freshRuns: 5 };

async function pointsOf(levelsMs: readonly number[]): Promise<readonly RunPoint[]> {
  return Promise.all(
    runsOfLevels(levelsMs).map(async ({ run, seconds }) => {
      const read = await readMeasuredSeconds(memorySource({ run, seconds }), run, ['response']);
      return { run, steps: stepsOfSeconds(read) };
    }),
  );
}

async function historiesOf(levelsMs: readonly number[], ...names: readonly string[]) {
  const measures = MEASURES.filter(({ name }) => names.includes(name));
  return measureHistories(await pointsOf(levelsMs), measures, OPTIONS);
}

function levels(...parts: readonly (readonly [runs: number, ms: number])[]): readonly number[] {
  return parts.flatMap(([runs, ms]) => Array.from({ length: runs }, () => ms));
}

function changesOf([history]: readonly MeasureHistory[]): unknown {
  return history?.changes.map(({ index, isWorse, isFresh }) => [index, isWorse, isFresh]);
}

it('finds a slower level of the median, fresh while its first run is among the newest', async () => {
  const fresh = await historiesOf(levels([12, 20], [4, 22]), 'p50');
  expect(changesOf(fresh)).toEqual([[12, true, true]]);
  expect(historyVerdict(fresh)).toBe('regression');
  const old = await historiesOf(levels([12, 20], [8, 22]), 'p50');
  expect(changesOf(old)).toEqual([[12, true, false]]);
  expect(historyVerdict(old)).toBe('steady');
});

it('calls a faster level better, and a lower rate worse', async () => {
  const better = await historiesOf(levels([12, 20], [4, 18]), 'p50');
  expect(changesOf(better)).toEqual([[12, false, true]]);
  expect(historyVerdict(better)).toBe('steady');
  expect(MEASURES.filter(({ worse }) => worse === 'lower').map(({ name }) => name)).toEqual([
    'rate',
  ]);
});

it('has no change below the least that was asked for', async () => {
  expect(changesOf(await historiesOf(levels([15, 20], [15, 20.2]), 'p50'))).toEqual([]);
});

it('leaves out runs with too small a sample, and says too few where too little is left', async () => {
  const [history] = await historiesOf(levels([20, 20]), 'p99.9');
  expect(history).toMatchObject({ points: [], refused: 20 });
  expect(historyVerdict(history ? [history] : [])).toBe('too-few');
  expect(historyVerdict(await historiesOf(levels([9, 20]), 'p50'))).toBe('too-few');
  expect(historyVerdict(await historiesOf(levels([10, 20]), 'p50'))).toBe('steady');
  expect(historyVerdict([])).toBe('too-few');
});

it('has each value with its interval, the oldest run first', async () => {
  const [p50, errors, rate] = await historiesOf(levels([10, 20]), 'p50', 'errors', 'rate');
  const point = p50?.points[0];
  expect(point?.runId).toBe('6a00000000000000');
  expect(point?.value).toBeGreaterThan(19e6);
  expect(point?.lower).toBeLessThanOrEqual(point?.value ?? 0);
  expect(point?.upper).toBeGreaterThanOrEqual(point?.value ?? Infinity);
  expect(errors?.points[0]).toMatchObject({ value: 0, lower: 0, n: 1000 });
  expect(rate?.points[0]).toMatchObject({ value: 100 });
});
