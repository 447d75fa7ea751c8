import { formatDuration, secFromNs, type RunStatus } from '../core/index.ts';
import type { CapacityOutcome, CapacityResult } from '../capacity/index.ts';
import type { VerdictOutcome } from '../gate/index.ts';
import { invalidBanner } from './invalid-banner.ts';
import { formatMoment } from './number-format.ts';
import type { Tone } from './paint.ts';
import { lengthOf } from './table.ts';
import type { Page } from './page.ts';

/** Returns the scenario's name with the verdict at the right edge, what run this is, and why it is invalid. */
export function headSection(page: Page): readonly string[] {
  const { report, paint, width } = page;
  const { run, measuredNs } = report.analysis;
  const verdict = verdictMark(page);
  const name = `callgauge  ${run.scenario}`;
  const fill = ' '.repeat(Math.max(2, width - lengthOf(name) - lengthOf(verdict.text)));
  const facts = [
    `run ${run.runId}`,
    formatMoment(run.startedEpochMs),
    `${formatDuration(measuredNs)} measured`,
    `seed ${run.seed}`,
  ];
  return [
    `${paint('title', name)}${fill}${paint(verdict.tone, verdict.text)}`,
    paint('faint', facts.join('   ')),
    ...invalidBanner(page),
    ...partialBanner(page),
  ];
}

/** Returns the line that marks a run which did not end as planned; none for a complete run. */
export function partialBanner({ report, paint }: Page): readonly string[] {
  const { partial, run, phases } = report.analysis;
  if (!partial) return [];
  if (report.capacity) return [paint('doubt', stoppedSearchText(report.capacity, run.status))];
  const ranSec = secFromNs(phases.reduce((sum, p) => sum + p.ranNs, 0)).toFixed(1);
  const wholeSec = secFromNs(phases.at(-1)?.toNs ?? 0).toFixed(1);
  const how = run.status === 'running' ? 'not ended, seen for' : 'stopped after';
  const text = `PARTIAL RUN: ${how} ${ranSec} s of ${wholeSec} s; the numbers are of that time`;
  return [paint('doubt', text)];
}

/** A search has no length that it was to have: it says how far it got. */
function stoppedSearchText({ rates }: CapacityResult, status: RunStatus): string {
  // Where all were spoilt, a rate names them twice.
  const names = rates.flatMap((rate) => [...rate.probes, ...rate.spoiltProbes]);
  const probes = new Set(names).size;
  const how = status === 'running' ? 'not ended, seen for' : 'the search was stopped after';
  const times = probes === 1 ? '1 probe' : `${probes} probes`;
  return `PARTIAL RUN: ${how} ${times}; the bracket is as far as it got`;
}

interface VerdictMark {
  readonly text: string;
  readonly tone: Tone;
}

const MARKS: Readonly<Record<VerdictOutcome, VerdictMark>> = {
  passed: { text: '✓ PASSED', tone: 'good' },
  failed: { text: '✗ FAILED', tone: 'bad' },
  inconclusive: { text: '? INCONCLUSIVE', tone: 'doubt' },
  invalid: { text: '! INVALID', tone: 'bad' },
};

const CAPACITY_MARKS: Readonly<Record<CapacityOutcome, VerdictMark>> = {
  found: { text: '✓ CAPACITY FOUND', tone: 'good' },
  below: { text: '✗ BELOW THE RANGE', tone: 'bad' },
  undecided: MARKS.inconclusive,
  generator: MARKS.invalid,
};

const STOPPED_MARK: VerdictMark = { text: '? SEARCH STOPPED', tone: 'doubt' };

function verdictMark({ report }: Page): VerdictMark {
  const { outcome, thresholds } = report.verdict;
  const { capacity } = report;
  // As the exit code has it: what must not be believed says nothing of the target.
  if (outcome === 'invalid') return MARKS.invalid;
  if (capacity?.end === 'stopped') return STOPPED_MARK;
  if (capacity && (capacity.outcome !== 'found' || thresholds.length === 0)) {
    return CAPACITY_MARKS[capacity.outcome];
  }
  return thresholds.length === 0 ? { text: 'no thresholds', tone: 'faint' } : MARKS[outcome];
}
