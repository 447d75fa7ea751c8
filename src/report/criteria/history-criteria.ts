import type { HistoryChange, HistoryVerdict, MeasureHistory } from '../../compare/index.ts';
import { counted } from '../../core/index.ts';
import {
  changeText,
  historyDocument,
  valueCell,
  type HistoryReport,
} from '../history/history-document.ts';
import { formatCell } from '../number-format.ts';
import {
  roundedTo4,
  secondsOf,
  type Criterion,
  type JudgedValue,
  type CriteriaReport,
  type Metric,
} from './criteria-report.ts';

const VERDICTS: Readonly<Record<HistoryVerdict, string>> = {
  regression: 'regression',
  'too-few': 'inconclusive',
  steady: 'pass',
};

/** Returns a criterion for each measure of each step: that the newest runs are no worse. */
export function historyCriteria(report: HistoryReport): CriteriaReport {
  const { scenario, histories, runCount, freshRuns } = report;
  const newest = histories
    .flatMap(({ points }) => points.at(-1) ?? [])
    .toSorted((a, b) => b.startedEpochMs - a.startedEpochMs)[0];
  return {
    name: scenario,
    verdict: VERDICTS[report.verdict],
    startedEpochMs: newest?.startedEpochMs ?? 0,
    measuredNs: 0,
    host: '',
    facts: [
      ...(newest === undefined ? [] : [['run', newest.runId] as const]),
      ['scenario', scenario],
      ['verdict', VERDICTS[report.verdict]],
      ['runs', String(runCount)],
      ['fresh_runs', String(freshRuns)],
    ],
    criteria: histories.map((history) => criterionOf(history, report)),
    metrics: histories.flatMap(metricsOf),
    document: historyDocument(report),
  };
}

function criterionOf(history: MeasureHistory, { runsMin, freshRuns }: HistoryReport): Criterion {
  const { step, measure, points, refused, changes } = history;
  const newest = points.at(-1);
  const label = `${step} ${measure.name}`;
  const seen = newest === undefined ? '' : formatCell(valueCell(newest.value, measure));
  const measured = newest === undefined ? undefined : measuredValue(label, newest.value, measure);
  const rest = { name: label, ...(measured && { measured }) };
  const worse = changes.findLast((change) => change.isFresh && change.isWorse);
  if (worse !== undefined) {
    return { ...rest, state: 'fail', message: worseText(worse, history), details: [`now ${seen}`] };
  }
  if (points.length < runsMin) {
    const small = refused === 0 ? '' : `, ${refused} more with too small a sample`;
    const message = `${counted(points.length, 'run')}${small}; a history wants ${runsMin}`;
    return { ...rest, state: 'inconclusive', message };
  }
  return { ...rest, state: 'pass', message: `${seen}, no worse in the last ${freshRuns} runs` };
}

function worseText(change: HistoryChange, { measure, points }: MeasureHistory): string {
  const { index, beforeMean, afterMean } = change;
  const [before, after] = [beforeMean, afterMean].map((mean) =>
    formatCell(valueCell(mean, measure)),
  );
  const run = points[index]?.runId ?? '';
  return `${changeText(change)}, ${before} to ${after}, from run ${run} on`;
}

function measuredValue(
  label: string,
  value: number,
  { unit }: MeasureHistory['measure'],
): JudgedValue {
  return { label, value, unit: unit === 'perSec' ? 'count' : unit };
}

function metricsOf({ step, measure, points }: MeasureHistory): readonly Metric[] {
  const value = points.at(-1)?.value;
  if (value === undefined) return [];
  switch (measure.unit) {
    case 'ns':
      return [
        {
          name: 'callgauge_response_time_quantile_seconds',
          labels: { step, percentile: measure.name.slice(1) },
          value: secondsOf(value),
        },
      ];
    case 'ratio':
      return [{ name: 'callgauge_errors_ratio', labels: { step }, value: roundedTo4(value) }];
    case 'perSec':
      return [{ name: 'callgauge_calls_per_second', labels: { step }, value: roundedTo4(value) }];
  }
}
