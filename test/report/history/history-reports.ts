import { readMeasuredSeconds, stepsOfSeconds } from '../../../src/analyze/index.ts';
import { historyVerdict, MEASURES, measureHistories } from '../../../src/compare/index.ts';
import type { HistoryReport } from '../../../src/report/history/history-document.ts';
import { memorySource } from '../../analyze/memory-source.ts';
import { runsOfLevels } from '../../compare/history-runs.ts';

/** Medians of twenty runs in ms, the last six of them slower. */
export const LEVELS = [
  ...Array.from({ length: 14 }, () => 20),
  ...Array.from({ length: 6 }, () => 23),
];

/** Returns the history of runs with such medians. */
export async function historyReport(levelsMs: readonly number[], names: readonly string[]) {
  const points = await Promise.all(
    runsOfLevels(levelsMs).map(async ({ run, seconds }) => {
      const read = await readMeasuredSeconds(memorySource({ run, seconds }), run, ['response']);
      return { run, steps: stepsOfSeconds(read) };
    }),
  );
  const measures = MEASURES.filter(({ name }) => names.includes(name));
  const histories = measureHistories(points, measures, { changeRatioMin: 0.02, freshRuns: 10 });
  const report: HistoryReport = {
    scenario: 'checkout',
    runCount: points.length,
    histories,
    verdict: historyVerdict(histories),
    runsMin: 10,
    freshRuns: 10,
    leftOut: [{ reason: 'made elsewhere: cores 4, not 2', count: 3 }],
    versions: ['kernel 6.9, not 6.8, since run 6a00000000000003'],
    storedAt: 'a store',
    commandLine: (text) => `callgauge ${text}`,
  };
  return report;
}
