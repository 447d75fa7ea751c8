import type { HistoryReport } from './history-document.ts';

/** Raised where a field changes its meaning or goes away. */
export const HISTORY_VERSION = 1;

/** Returns the history of a scenario as JSON; `docs/reference/history.md` has the fields. */
export function renderHistoryJson(report: HistoryReport): string {
  const { scenario, runCount, verdict, freshRuns, leftOut, versions, histories } = report;
  const document = {
    version: HISTORY_VERSION,
    scenario,
    verdict,
    runCount,
    freshRuns,
    leftOut,
    versions,
    series: histories.map(({ step, measure, points, refused, changes }) => ({
      step,
      measure: measure.name,
      unit: measure.unit,
      worse: measure.worse,
      refused,
      points: points.map((point) => ({
        runId: point.runId,
        startedAt: new Date(point.startedEpochMs).toISOString(),
        value: point.value,
        lower: point.lower ?? null,
        upper: point.upper ?? null,
        calls: point.n,
      })),
      changes: changes.map((change) => ({
        lastRunBefore: points[change.index - 1]?.runId ?? null,
        firstRunAfter: points[change.index]?.runId ?? null,
        beforeMean: change.beforeMean,
        afterMean: change.afterMean,
        p: change.p,
        isWorse: change.isWorse,
        isFresh: change.isFresh,
      })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
