import type { PercentileRow, RowVerdict, ShareRow } from '../../compare/index.ts';
import {
  comparisonDocument,
  percentileText,
  shareText,
  type ComparisonReport,
} from '../comparison/comparison-document.ts';
import {
  roundedTo4,
  secondsOf,
  validityMetric,
  type Criterion,
  type JudgedValue,
  type CriteriaReport,
  type CriterionState,
  type Metric,
} from './criteria-report.ts';

const STATES: Readonly<Record<RowVerdict, CriterionState>> = {
  regression: 'fail',
  inconclusive: 'inconclusive',
  improvement: 'pass',
  pass: 'pass',
  unjudged: 'skipped',
};

/**
 * Returns a criterion for the validity of both runs, one for whether any percentile could be judged
 * where none could, and one for each row. Of an invalid comparison no row is judged.
 */
export function comparisonCriteria(report: ComparisonReport): CriteriaReport {
  const { after, before, verdict } = report;
  const isValid = verdict !== 'invalid';
  return {
    name: after.digest.scenario,
    verdict,
    startedEpochMs: after.digest.startedEpochMs,
    measuredNs: after.digest.phases.reduce((sum, { ranNs }) => sum + ranNs, 0),
    host: '',
    facts: [
      ['run', after.digest.runId],
      ['compared_with', before.name],
      ['compared_with_run', before.digest.runId],
      ['scenario', after.digest.scenario],
      ['verdict', verdict],
      ...Object.entries(after.digest.environment)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]): [string, string] => [`environment.${name}`, value]),
    ],
    criteria: [validityCriterion(report), ...changeCriteria(report, isValid)],
    metrics: metricsOf(report),
    document: comparisonDocument(report),
  };
}

/**
 * Returns a criterion for each row of two sides, and one for whether any percentile could be judged
 * where none could; rows that are not valid are skipped.
 */
export function changeCriteria(
  { shares, percentiles }: Pick<ComparisonReport, 'shares' | 'percentiles'>,
  isValid: boolean,
): readonly Criterion[] {
  return [
    ...(percentiles.some((row) => row.verdict !== 'unjudged') || !isValid ? [] : [NOT_TIMED]),
    ...shares.map((row) =>
      rowCriterion(row.step === '' ? row.kind : `${row.step} ${row.kind}`, row, {
        text: shareText(row),
        unit: 'ratio',
        value: row.after,
        isValid,
      }),
    ),
    ...percentiles.map((row) =>
      rowCriterion(`${row.step} p${row.percent}`, row, {
        text: percentileText(row),
        unit: 'ns',
        value: row.afterNs,
        isValid,
      }),
    ),
  ];
}

const NOT_TIMED: Criterion = {
  name: 'a percentile can be judged',
  state: 'inconclusive',
  message: 'no percentile has a sample that is large enough on both sides',
};

function validityCriterion({ invalid: [first, ...others] }: ComparisonReport): Criterion {
  const name = 'both runs are valid';
  if (first === undefined) return { name, state: 'pass', message: '' };
  return { name, state: 'invalid', message: first, details: others };
}

interface RowCriterion extends Pick<JudgedValue, 'unit' | 'value'> {
  readonly text: string;
  readonly isValid: boolean;
}

function rowCriterion(
  name: string,
  { verdict, reason }: PercentileRow | ShareRow,
  { text, isValid, ...measured }: RowCriterion,
): Criterion {
  if (!isValid) {
    const message = `not judged, for the comparison is invalid: ${text}`;
    return { name, state: 'skipped', message };
  }
  const message = reason === '' ? text : `${text}; ${reason}`;
  return { name, state: STATES[verdict], message, measured: { label: name, ...measured } };
}

/** Of an invalid comparison none but that. */
function metricsOf({ verdict, shares, percentiles }: ComparisonReport): readonly Metric[] {
  if (verdict === 'invalid') return [validityMetric(false)];
  return [
    validityMetric(true),
    ...percentiles.map(({ step, percent, afterNs }) => ({
      name: 'callgauge_response_time_quantile_seconds',
      labels: { step, percentile: String(percent) },
      value: secondsOf(afterNs),
    })),
    ...percentiles.map(({ step, percent, ratio }) => ({
      name: 'callgauge_response_time_change_ratio',
      labels: { step, percentile: String(percent) },
      value: roundedTo4(ratio - 1),
    })),
    ...shares.flatMap(({ kind, step, after }) =>
      kind === 'errors'
        ? [{ name: 'callgauge_errors_ratio', labels: { step }, value: roundedTo4(after) }]
        : [],
    ),
    ...shares.flatMap(({ kind, after }) =>
      kind === 'dropped'
        ? [{ name: 'callgauge_dropped_arrivals_ratio', labels: {}, value: roundedTo4(after) }]
        : [],
    ),
  ];
}
