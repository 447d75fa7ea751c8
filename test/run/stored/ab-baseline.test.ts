import { expect, it } from 'vitest';
import {
  NS_PER_MS,
  NS_PER_SEC,
  type CounterSlice,
  type HistogramSlice,
} from '../../../src/core/index.ts';
import type { BaselineQuestion } from '../../../src/gate/index.ts';
import { versionABaseline } from '../../../src/run/stored/ab-baseline.ts';
import type { PhaseSpec } from '../../../src/scenario/index.ts';
import { memorySource, runRecord } from '../../analyze/memory-source.ts';

const SECONDS = 40;
const run = runRecord({
  phases: [
    { name: 'steady', fromNs: 0, toNs: SECONDS * NS_PER_SEC, model: 'open', measured: true },
  ],
});
const STEPS = [{ step: 'pay', a: 'pay@a', b: 'pay@b', isJudged: true }];
const load = [{ name: 'steady', flow: 'f@a', flowOfB: 'f@b', measure: true }] as PhaseSpec[];

/** A takes 10 ms, B 12 ms, and what both share 50 ms, each with some tenths more in turn. */
function slices(second: number): HistogramSlice[] {
  const of = (step: string, ms: number): HistogramSlice => ({
    ...{ second, phase: 'steady', step, target: 'shop', outcome: 'ok', clock: 'response' },
    valueNs: [0, 1, 2].map((i) => (ms + (i + (second % 3)) / 10) * NS_PER_MS),
    count: [40, 40, 40],
  });
  return [of('pay@a', 10), of('pay@b', 12), of('health', 50)];
}

function counted(second: number): CounterSlice[] {
  const of = (step: string, counter: 'arrivals' | 'dropped_arrivals', value: number) => ({
    ...{ second, phase: 'steady', step, counter, value },
  });
  return [
    of('pay@a', 'arrivals', 120),
    of('pay@b', 'arrivals', 120),
    of('pay@b', 'dropped_arrivals', second % 2 === 0 ? 12 : 10),
    of('health', 'arrivals', 999),
  ];
}

const all = Array.from({ length: SECONDS }, (_second, second) => second);
const source = memorySource({
  run,
  seconds: all.flatMap(slices),
  counterSeconds: all.flatMap(counted),
});

async function answer(question: Partial<BaselineQuestion>) {
  const values = await versionABaseline(source, run, { steps: STEPS, load });
  if (values === undefined) throw new Error('the run has calls');
  return values.answer({
    ...{ of: { kind: 'percentile', percent: 50 }, steps: ['pay@b'], phase: '' },
    ...{ isHealthy: false, factor: 1 },
    ...question,
  });
}

it('is what A was in the same run', async () => {
  const found = await answer({});
  if (found.kind !== 'known') throw new Error(found.reason);
  expect(found.baseline / NS_PER_MS).toBeCloseTo(10.2, 0);
  expect(found.value / NS_PER_MS).toBeCloseTo(12.2, 0);
  expect(found.lower).toBeGreaterThan(1.5 * NS_PER_MS);
  expect(found.upper).toBeLessThan(2.5 * NS_PER_MS);
  expect(found.doubt).toBe('');
  expect(found.n).toBe(SECONDS * 120);
});

it('takes what both met alike for no difference, and none for less than there is', async () => {
  // Of seven seconds the last is more than twice as slow as the first, on both sides.
  const moved = all.flatMap(slices).map((slice) => ({
    ...slice,
    valueNs: slice.valueNs.map((ns) => ns * (1 + (slice.second % 7) / 5)),
  }));
  const moving = memorySource({ run, seconds: moved, counterSeconds: all.flatMap(counted) });
  const values = await versionABaseline(moving, run, { steps: STEPS, load });
  const ends = [1.1, 1.3].map((factor) => {
    const of = { kind: 'percentile', percent: 50 } as const;
    const asked = { of, steps: ['pay@b'], phase: '', isHealthy: false, factor };
    const found = values?.answer(asked);
    return found?.kind === 'known' ? found : undefined;
  });
  expect(ends[0]?.lower).toBeGreaterThan(0);
  expect(ends[1]?.upper).toBeLessThan(0);
  expect(ends.map((one) => one?.doubt)).toEqual(['', '']);
});

it('asks pairs for a share that is more, and blocks for a rate or a multiple', async () => {
  const dropped = await answer({ of: { kind: 'dropped' }, steps: [] });
  expect(dropped.kind === 'known' && dropped.lower).toBeGreaterThan(0.01);
  expect(dropped).toMatchObject({ by: 'pairs' });
  const twice = await answer({ of: { kind: 'dropped' }, steps: [], factor: 2 });
  expect(twice).toMatchObject({ kind: 'known', baseline: 0, by: 'blocks' });
  const rate = await answer({ of: { kind: 'calls' }, factor: 0.9 });
  expect(rate).toMatchObject({ kind: 'known', value: 120, baseline: 120, doubt: '', by: 'blocks' });
});

it('calls A by its name where something is missing', async () => {
  expect(await answer({ phase: 'other' })).toEqual({
    kind: 'missing',
    reason: 'A has no phase other',
  });
});

it('knows the arrivals of each, and not those of what both share', async () => {
  const found = await answer({ of: { kind: 'dropped' }, steps: [] });
  expect(found).toMatchObject({ kind: 'known', baseline: 0, n: SECONDS * 120 });
  expect(found.kind === 'known' && found.value).toBeCloseTo(11 / 120, 9);
});

it('is nothing for a step that both share, and leaves such out of several', async () => {
  expect(await answer({ steps: ['health'] })).toEqual({
    kind: 'missing',
    reason: 'A and B share health',
  });
  expect(await answer({ steps: ['health', 'pay@b'] })).toEqual(await answer({}));
});

it('is nothing of a run without calls', async () => {
  const empty = memorySource({ run, seconds: [] });
  expect(await versionABaseline(empty, run, { steps: STEPS, load })).toBeUndefined();
});
