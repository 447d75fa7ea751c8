import { expect, test } from 'vitest';
import { NS_PER_MS, type Ms } from '../../src/core/index.ts';
import { createRunAhead } from '../../src/run/create-run.ts';
import { runRecord } from '../analyze/memory-source.ts';

/** Returns the starts that a run was created with, where the store takes so long each time. */
async function starts(aheadMs: Ms, ...tookMs: readonly Ms[]) {
  const asked: Ms[] = [];
  let nowMs = 1_000;
  const record = await createRunAhead(
    aheadMs * NS_PER_MS,
    async (startedEpochMs) => {
      nowMs += tookMs[asked.length] ?? 0;
      asked.push(startedEpochMs);
      return { ...runRecord(), startedEpochMs };
    },
    () => nowMs,
  );
  return { asked, startedEpochMs: record.startedEpochMs, nowMs };
}

test('a run starts as far ahead as was asked where the store takes it in time', async () => {
  expect(await starts(60, 30)).toMatchObject({ asked: [1_060], startedEpochMs: 1_060 });
});

test('where the store takes longer, the start is set again, past the time that it takes', async () => {
  const { asked, startedEpochMs, nowMs } = await starts(60, 31, 31);
  expect(asked).toEqual([1_060, 1_122]);
  expect(startedEpochMs - nowMs).toBe(60);
  const slow = await starts(60, 400, 400);
  expect(slow.startedEpochMs - slow.nowMs).toBe(60);
});

test('a load with a start of its own waits for nothing', async () => {
  expect(await starts(0, 400)).toMatchObject({ asked: [1_000] });
});
