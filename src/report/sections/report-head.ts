import type { CapacityOutcome, CapacityResult } from '../../capacity/index.ts';
import type { ComparisonVerdict } from '../../compare/index.ts';
import {
  CONNECT_REASON_TEXTS,
  counted,
  endedText,
  formatDuration,
  formatRate,
  printable,
  secFromNs,
  type RunStatus,
} from '../../core/index.ts';
import type { VerdictOutcome } from '../../gate/index.ts';
import { abOutcome } from '../ab-verdict.ts';
import { formatMoment, formatTarget } from '../number-format.ts';
import { simulationFacts, simulationNotices } from '../simulation/simulation-section.ts';
import { tellingLine } from '../telling-line.ts';
import type { RunReport } from '../run-report.ts';
import { words, type Cell, type Notice, type ReportHead } from '../section.ts';

/**
 * Returns the scenario's name and verdict, what run this is, and why its numbers may be doubted.
 */
export function reportHead(report: RunReport): ReportHead {
  const { analysis, simulation } = report;
  const { run, measuredNs } = analysis;
  return {
    name: run.scenario,
    verdict: verdictMark(report),
    facts: [
      ...(simulation
        ? simulationFacts(simulation)
        : [
            words(`run ${run.runId}`, 'faint'),
            words(formatMoment(run.startedEpochMs), 'faint'),
            words(`${formatDuration(measuredNs)} measured`, 'faint'),
          ]),
      words(`seed ${run.seed}`, 'faint'),
    ],
    notices: [
      ...simulationNotices(report),
      ...lostServiceNotices(report),
      ...(report.verdict.outcome === 'invalid'
        ? [...invalidNotices(report), ...failedNotices(report)]
        : [...failedNotices(report), ...invalidNotices(report)]),
      ...unsentNotices(report),
      ...loadEndNotices(report),
      ...partialNotices(report),
      ...storageNotices(report),
    ],
  };
}

/** Returns which services of the run ended unasked, each as a failure where the load went on. */
export function lostServiceNotices({ analysis, verdict }: RunReport): readonly Notice[] {
  return (analysis.run.serviceEnds ?? []).map((end) => {
    const { service, atNs, lastOutput } = end;
    const when = `${secFromNs(atNs).toFixed(1)} s`;
    const ended = `service ${printable(service)} ended ${endedText(end)} at ${when}`;
    const isLost = verdict.lostServices.includes(end);
    const line = tellingLine(lastOutput);
    return {
      claim: isLost ? `FAILED: ${ended}, unasked` : `${ended}, after the last call`,
      tone: isLost ? 'bad' : 'doubt',
      reasons: [line === '' ? 'it wrote nothing' : `it wrote: ${line}`],
    };
  });
}

/** Returns why the run must not be believed, and what to do about it; none for a valid run. */
function invalidNotices({ verdict: { invalid, outcome } }: RunReport): readonly Notice[] {
  if (invalid === undefined) return [];
  const isVerdict = outcome === 'invalid';
  const claim = isVerdict
    ? 'INVALID: the load generator itself, not the target, shaped what was measured'
    : 'besides, the load generator itself shaped the times that were measured: do not use them';
  return [
    { claim, tone: isVerdict ? 'bad' : 'doubt', reasons: invalid.reasons, remedy: invalid.remedy },
  ];
}

/** Returns why the run failed whatever its thresholds say; none where a call succeeded. */
export function failedNotices({
  verdict: { lackOfSuccess },
  analysis,
}: RunReport): readonly Notice[] {
  if (lackOfSuccess === undefined) return [];
  return [{ claim: `FAILED: ${lackOfSuccess}`, tone: 'bad', reasons: unreached(analysis) }];
}

/** Returns each target to which no connection could be opened, and why. */
function unreached({ dials, run }: RunReport['analysis']): readonly string[] {
  return dials.flatMap(({ target, opened, reasons: [most] }) =>
    opened > 0 || most === undefined
      ? []
      : [`${formatTarget(target, run)}: ${CONNECT_REASON_TEXTS[most.reason]} (${most.text})`],
  );
}

/** Returns that the end of a search's bracket is the generator's; none where it is the target's. */
function unsentNotices({ capacity }: RunReport): readonly Notice[] {
  const { met, unsent } = capacity ?? {};
  if (met === undefined || unsent === undefined) return [];
  const claim = `THE GENERATOR'S LIMIT, not the target's, ended the search: the capacity is ${formatRate(met.ratePerSec)} or more`;
  const reasons = [`${formatRate(unsent.ratePerSec)} could not be sent: ${unsent.reason}`];
  const remedy =
    'raise engine: { workers } where there are cores for it, or use a machine that has less other work';
  return [{ claim, tone: 'doubt', reasons, remedy }];
}

/** Returns the notice of a run that the store does not have; none for a stored run. */
export function storageNotices({ notStored, commandLine }: RunReport): readonly Notice[] {
  if (notStored === undefined) return [];
  const { reason, spool } = notStored;
  const kept =
    spool === ''
      ? 'what the store does not have is lost, but for this report'
      : `what the store does not have waits in ${spool}; the next command on this store writes it there, such as ${commandLine('runs')}`;
  const reasons = ["the numbers are whole: they are of the run's own memory", kept];
  return [{ claim: `NOT STORED: ${printable(reason)}`, tone: 'doubt', reasons }];
}

/** Returns why the load went on for another time than it was planned to; none where it did not. */
function loadEndNotices({ analysis }: RunReport): readonly Notice[] {
  const { loadEnd } = analysis.run;
  if (loadEnd === undefined) return [];
  const { kind, reason, atNs, plannedNs } = loadEnd;
  const isEarly = atNs < plannedNs;
  const claim = isEarly
    ? `ENDED EARLY, after ${formatDuration(atNs)} of ${formatDuration(plannedNs)}`
    : `EXTENDED by ${formatDuration(atNs - plannedNs)}${kind === 'bound' ? ', to the bound' : ''}; planned were ${formatDuration(plannedNs)}`;
  const tone = kind === 'failed' ? 'bad' : kind === 'bound' ? 'doubt' : 'good';
  return [{ claim, tone, reasons: [printable(reason)] }];
}

/** Returns the notice of a run that did not end as planned; none for a complete run. */
export function partialNotices({ analysis, capacity }: RunReport): readonly Notice[] {
  const { partial, run } = analysis;
  if (!partial) return [];
  const claim = capacity ? stoppedSearchText(capacity, run.status) : stoppedRunText(analysis);
  return [{ claim: `PARTIAL RUN: ${claim}`, tone: 'doubt', reasons: [] }];
}

const HOW_ENDED: Readonly<Partial<Record<RunStatus, string>>> = {
  running: 'not ended, seen for',
  unfinished: 'its process is gone and its end not stored, seen for',
};

function stoppedRunText({ run, phases }: RunReport['analysis']): string {
  const ranSec = secFromNs(phases.reduce((sum, p) => sum + p.ranNs, 0)).toFixed(1);
  const wholeSec = secFromNs(phases.at(-1)?.toNs ?? 0).toFixed(1);
  const how = HOW_ENDED[run.status] ?? 'stopped after';
  return `${how} ${ranSec} s of ${wholeSec} s; the numbers are of that time`;
}

/** A search has no planned length: its progress is its number of probes. */
function stoppedSearchText({ rates }: CapacityResult, status: RunStatus): string {
  // A rate whose probes were all spoilt has each of them in both lists.
  const names = rates.flatMap((rate) => [
    ...rate.probes,
    ...rate.spoiltProbes.map(({ phase }) => phase),
  ]);
  const probes = new Set(names).size;
  const how = HOW_ENDED[status] ?? 'the search was stopped after';
  return `${how} ${counted(probes, 'probe')}; the bracket is as far as it got`;
}

const MARKS: Readonly<Record<VerdictOutcome, Cell>> = {
  passed: words('✓ PASSED', 'good'),
  failed: words('✗ FAILED', 'bad'),
  inconclusive: words('? INCONCLUSIVE', 'doubt'),
  invalid: words('! INVALID', 'bad'),
};

const CAPACITY_MARKS: Readonly<Record<CapacityOutcome, Cell>> = {
  found: words('✓ CAPACITY FOUND', 'good'),
  below: words('✗ BELOW THE RANGE', 'bad'),
  undecided: MARKS.inconclusive,
  generator: MARKS.invalid,
};

const AB_MARKS: Readonly<Record<ComparisonVerdict | 'failed', Cell>> = {
  invalid: MARKS.invalid,
  failed: MARKS.failed,
  regression: words('✗ REGRESSION', 'bad'),
  inconclusive: MARKS.inconclusive,
  improvement: words('✓ IMPROVEMENT', 'good'),
  pass: words('✓ PASS', 'good'),
};

/** What would have passed is no pass of a run that did not come to its end. */
const PARTIAL = words('? PARTIAL', 'doubt');
const GOOD_FOR_B: ReadonlySet<ComparisonVerdict | 'failed'> = new Set(['pass', 'improvement']);

/** Returns the verdict in a word or two, as a list of runs has it: `passed`, `no thresholds`. */
export function verdictWords(report: RunReport): string {
  const mark = verdictMark(report);
  return mark.kind === 'words' ? mark.text.replace(/^\P{L}+/u, '').toLowerCase() : '';
}

/**
 * In the order of the exit codes: an invalid run says nothing of the target, so that it is first,
 * but for a service that ended.
 */
function verdictMark(report: RunReport): Cell {
  const { verdict, capacity, comparison } = report;
  const { outcome, thresholds } = verdict;
  if (verdict.lostServices.length > 0) return MARKS.failed;
  if (outcome === 'invalid') return MARKS.invalid;
  if (capacity?.end === 'stopped') return words('? SEARCH STOPPED', 'doubt');
  if (capacity && (capacity.outcome !== 'found' || thresholds.length === 0)) {
    const { met, unsent } = capacity;
    if (met && unsent) return words(`? CAPACITY AT LEAST ${formatRate(met.ratePerSec)}`, 'doubt');
    return CAPACITY_MARKS[capacity.outcome];
  }
  const ofVersions = abOutcome(report);
  const isPartial = report.analysis.partial;
  if (ofVersions !== undefined) {
    return isPartial && GOOD_FOR_B.has(ofVersions) ? PARTIAL : AB_MARKS[ofVersions];
  }
  if (isPartial && outcome === 'passed' && thresholds.length > 0) return PARTIAL;
  const isHeld = outcome === 'passed' || outcome === 'inconclusive';
  if (isHeld && comparison?.verdict === 'regression') return words('✗ REGRESSION', 'bad');
  const isUnjudged = thresholds.length === 0 && outcome === 'passed';
  return isUnjudged ? words('no thresholds', 'faint') : MARKS[outcome];
}
