import { NS_PER_SEC, rngFrom, type HistogramSlice, type RunRecord } from '../../src/core/index.ts';
import { histogramOf, runRecord } from '../analyze/memory-source.ts';

/** A stored run of one step, 10 s long, whose response times lie around a level. */
export interface LevelRun {
  readonly run: RunRecord;
  readonly seconds: readonly HistogramSlice[];
}

/** Returns the runs of a scenario whose median response time is that of `levelsMs`, a day apart. */
export function runsOfLevels(
  levelsMs: readonly number[],
  changes: (index: number) => Partial<RunRecord> = () => ({}),
): readonly LevelRun[] {
  return levelsMs.map((levelMs, index) => {
    const startedEpochMs = Date.UTC(2026, 2, 1 + index, 12);
    const run = runRecord({
      runId: (0x6a00000000000000n + BigInt(index)).toString(16),
      startedEpochMs,
      endedEpochMs: startedEpochMs + 10_000,
      phases: [{ name: 'steady', fromNs: 0, toNs: 10 * NS_PER_SEC, model: 'open', measured: true }],
      ...changes(index),
    });
    const rng = rngFrom(index, 'levels');
    const seconds = Array.from({ length: 10 }, (_, second): HistogramSlice => {
      const values = Array.from(
        { length: 100 },
        () => levelMs * 1e6 * (0.9 + 0.2 * rng.nextFloat()),
      );
      const key = { phase: 'steady', step: 'create-order', target: 'orders' };
      return { second, ...key, outcome: 'ok', clock: 'response', ...histogramOf(values) };
    });
    return { run, seconds };
  });
}
