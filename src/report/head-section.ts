import { formatDuration, secFromNs } from '../core/index.ts';
import type { CapacityOutcome } from '../capacity/index.ts';
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
  const ranSec = secFromNs(phases.reduce((sum, p) => sum + p.ranNs, 0)).toFixed(1);
  const wholeSec = secFromNs(phases.at(-1)?.toNs ?? 0).toFixed(1);
  const how = run.status === 'running' ? 'not ended, seen for' : 'stopped after';
  const text = `PARTIAL RUN: ${how} ${ranSec} s of ${wholeSec} s; the numbers are of that time`;
  return [paint('doubt', text)];
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
  if (capacity && (capacity.outcome !== 'found' || thresholds.length === 0)) {
    const isOpen = capacity.outcome === 'found' && capacity.end === 'stopped';
    return isOpen ? STOPPED_MARK : CAPACITY_MARKS[capacity.outcome];
  }
  const isUnasked = thresholds.length === 0 && outcome !== 'invalid';
  return isUnasked ? { text: 'no thresholds', tone: 'faint' } : MARKS[outcome];
}
