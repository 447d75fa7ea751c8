import type { ClockSummary, StepAnalysis } from '../../analyze/index.ts';
import type { CapacityOutcome, CapacityResult } from '../../capacity/index.ts';
import type { ThresholdResult, ThresholdState, Verdict } from '../../gate/index.ts';
import { formatCell } from '../number-format.ts';
import { reportDocument } from '../report-document.ts';
import type { RunReport } from '../run-report.ts';
import type { Notice } from '../section.ts';
import { capacityText } from '../sections/capacity-section.ts';
import {
  failedNotices,
  lostServiceNotices,
  partialNotices,
  storageNotices,
  verdictWords,
} from '../sections/report-head.ts';
import { evidenceOf, valueOf } from '../sections/threshold-section.ts';
import { changeCriteria } from './comparison-criteria.ts';
import {
  roundedTo4,
  secondsOf,
  validityMetric,
  type Criterion,
  type CriterionPlace,
  type CriteriaReport,
  type CriterionState,
  type Metric,
} from './criteria-report.ts';

/** Where the scenario's file asks for what a run is judged by. */
export interface RunPlaces {
  /** In the order of the thresholds; as many, or none where the file is not known. */
  readonly thresholds: readonly CriterionPlace[];
  readonly objectives: readonly CriterionPlace[];
}

const NO_PLACES: RunPlaces = { thresholds: [], objectives: [] };

/**
 * Returns a criterion for the validity of the run, for a search's objectives, for every threshold,
 * and for whatever else makes the run fail, where it did: a service that was lost, no call that
 * succeeded, a run that was stopped early or is not stored. Where the generator itself was the
 * cause of what was measured, no threshold is judged.
 */
export function runCriteria(report: RunReport, places: RunPlaces = NO_PLACES): CriteriaReport {
  const { analysis, verdict } = report;
  const { run, measuredNs } = analysis;
  return {
    name: run.scenario,
    verdict: verdictWords(report),
    startedEpochMs: run.startedEpochMs,
    measuredNs,
    host: run.environment['host'] ?? '',
    facts: factsOf(report),
    criteria: [
      validityCriterion(report),
      ...wholeRunCriteria(report),
      ...(report.ab ? changeCriteria(report.ab.judgement, verdict.outcome !== 'invalid') : []),
      ...(report.capacity ? [capacityCriterion(report.capacity, places.objectives[0])] : []),
      ...verdict.thresholds.map((result, i) =>
        thresholdCriterion(result, { place: places.thresholds[i], verdict }),
      ),
    ],
    metrics: metricsOf(report),
    document: reportDocument(report),
  };
}

function validityCriterion({ verdict: { invalid } }: RunReport): Criterion {
  const name = 'the generator did not shape what was measured';
  if (invalid === undefined) return { name, state: 'pass', message: '' };
  const [first = '', ...others] = invalid.reasons;
  const details = [...others, `To do: ${invalid.remedy}`];
  return { name, state: 'invalid', message: first, details };
}

/** What makes a run fail beside its thresholds and its validity; none of a good one. */
function wholeRunCriteria(report: RunReport): readonly Criterion[] {
  const lost = lostServiceNotices(report).filter(({ tone }) => tone === 'bad');
  return [
    ...lost.map((notice) =>
      noticedCriterion('every service runs until the load ends', 'fail', notice),
    ),
    ...failedNotices(report).map((notice) => noticedCriterion('a call succeeds', 'fail', notice)),
    ...partialNotices(report).map((notice) =>
      noticedCriterion('the run is complete', 'error', notice),
    ),
    ...storageNotices(report).map((notice) =>
      noticedCriterion('the run is stored', 'error', notice),
    ),
  ];
}

/** A criterion's state takes the place of the capitals that a notice begins with. */
function noticedCriterion(
  name: string,
  state: CriterionState,
  { claim, reasons }: Notice,
): Criterion {
  return { name, state, message: claim.replace(/^[A-Z ]+: /u, ''), details: reasons };
}

const CAPACITY_STATES: Readonly<Record<CapacityOutcome, CriterionState>> = {
  found: 'pass',
  below: 'fail',
  undecided: 'inconclusive',
  generator: 'invalid',
};

function capacityCriterion(capacity: CapacityResult, place: CriterionPlace | undefined): Criterion {
  const { outcome, spec } = capacity;
  return {
    name: `capacity where ${spec.objectives.map(({ text }) => text).join(' and ')}`,
    state: CAPACITY_STATES[outcome],
    message: capacityText(capacity),
    ...(place && { place }),
  };
}

const THRESHOLD_STATES: Readonly<Record<ThresholdState, CriterionState>> = {
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'inconclusive',
  unmatched: 'fail',
};

function thresholdCriterion(
  result: ThresholdResult,
  { place, verdict }: { readonly place: CriterionPlace | undefined; readonly verdict: Verdict },
): Criterion {
  const { text, unit, operator, limit } = result;
  const value = result.value ?? result.lowerBound;
  const seen = formatCell(valueOf(result, 'plain'));
  const evidence = evidenceOf(result);
  return {
    name: text,
    state: stateOf(result, verdict),
    message: verdict.invalid
      ? `not judged, for the run is invalid: ${seenText(seen, evidence)}`
      : seenText(seen, evidence),
    ...(value !== undefined &&
      !verdict.invalid && {
        measured: {
          label: subjectOf(text),
          unit,
          value,
          ...(limit !== undefined && { limit: { operator, value: limit } }),
        },
      }),
    ...(place && { place }),
  };
}

function seenText(seen: string, evidence: string): string {
  if (seen === '' || evidence === '') return seen + evidence;
  return evidence.startsWith('of ') ? `${seen} ${evidence}` : `${seen} (${evidence})`;
}

/** An inconclusive threshold counts as its scenario says; one that is let through is not judged. */
function stateOf({ state, countsAs }: ThresholdResult, { invalid }: Verdict): CriterionState {
  if (invalid || countsAs === 'pass') return 'skipped';
  return countsAs === 'fail' ? 'fail' : THRESHOLD_STATES[state];
}

/** What stands before the operator. */
function subjectOf(text: string): string {
  return text.replace(/\s*(?:[<>]=?|[!=]=)[^<>=]*$/u, '');
}

function factsOf(report: RunReport): readonly (readonly [string, string])[] {
  const { run, steps, measuredNs } = report.analysis;
  return [
    ['run', run.runId],
    ['scenario', run.scenario],
    ['verdict', verdictWords(report)],
    ['seed', String(run.seed)],
    ['started', new Date(run.startedEpochMs).toISOString()],
    ['measured_seconds', String(secondsOf(measuredNs))],
    ['callgauge', run.harnessVersion],
    ...Object.entries(run.environment)
      // The suite names its host; a process that is gone says nothing.
      .filter(([name]) => name !== 'process' && name !== 'host')
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]): [string, string] => [`environment.${name}`, value]),
    ...steps.flatMap(stepFacts),
  ];
}

function stepFacts({ step, overall }: StepAnalysis): readonly (readonly [string, string])[] {
  return [
    [`${step}.calls`, String(overall.calls)],
    [`${step}.calls_per_second`, String(roundedTo4(overall.achievedPerSec))],
    [`${step}.errors_ratio`, String(roundedTo4(overall.errorRatio))],
    ...knownPercentiles(overall.response).map(([percent, seconds]): [string, string] => [
      `${step}.response.p${percent}_seconds`,
      String(seconds),
    ]),
  ];
}

/** Percentile and seconds of those that the sample was large enough for. */
function knownPercentiles({ percentiles }: ClockSummary): readonly (readonly [number, number])[] {
  return percentiles.flatMap((estimate) =>
    estimate.kind === 'known' ? [[estimate.percent, secondsOf(estimate.valueNs)] as const] : [],
  );
}

/** Of a run that must not be believed none but that. */
function metricsOf({ analysis, verdict, capacity }: RunReport): readonly Metric[] {
  if (verdict.invalid) return [validityMetric(false)];
  const { steps, counters } = analysis;
  const met = capacity?.met;
  return [
    validityMetric(true),
    ...steps.flatMap(({ step, overall }) =>
      knownPercentiles(overall.response).map(([percent, value]) => ({
        name: 'callgauge_response_time_quantile_seconds',
        labels: { step, percentile: String(percent) },
        value,
      })),
    ),
    ...steps.map(({ step, overall }) => ({
      name: 'callgauge_errors_ratio',
      labels: { step },
      value: roundedTo4(overall.errorRatio),
    })),
    ...steps.map(({ step, overall }) => ({
      name: 'callgauge_calls_per_second',
      labels: { step },
      value: roundedTo4(overall.achievedPerSec),
    })),
    { name: 'callgauge_dropped_arrivals', labels: {}, value: counters.droppedArrivals },
    ...verdict.thresholds.flatMap(({ text, state }) =>
      state === 'inconclusive'
        ? []
        : [
            {
              name: 'callgauge_threshold_holds',
              labels: { threshold: text },
              value: state === 'pass' ? 1 : 0,
            },
          ],
    ),
    ...(met
      ? [{ name: 'callgauge_capacity_per_second', labels: {}, value: roundedTo4(met.ratePerSec) }]
      : []),
  ];
}
