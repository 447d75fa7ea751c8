import type { RunReport } from '../../report/index.ts';
import { regressionsOfReport } from './regressions.ts';

/** Returns whether a run failed for what services did: a threshold, or what it is held against. */
export function isToBeExplained(report: RunReport): boolean {
  const { verdict, capacity } = report;
  if (verdict.invalid !== undefined || capacity !== undefined) return false;
  return textsToExplain(report).length > 0;
}

/** Returns a report that says why it does not say why its gate failed. */
export function withoutWhy(report: RunReport, reason: string): RunReport {
  const [first, ...others] = textsToExplain(report);
  if (first === undefined) return report;
  const { runId } = report.analysis.run;
  const entries = [{ text: first, silence: reason }];
  const why = { runId, entries, left: others.length, invalid: '', baselineNote: '' };
  return { ...report, why };
}

function textsToExplain(report: RunReport): readonly string[] {
  const failed = report.verdict.thresholds.filter(
    ({ state, countsAs = state }) => countsAs === 'fail',
  );
  return [...failed, ...regressionsOfReport(report)].map(({ text }) => text);
}
