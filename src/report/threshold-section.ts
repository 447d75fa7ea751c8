import type { ThresholdResult, ThresholdState } from '../gate/index.ts';
import { formatBound, formatCount, formatInterval, formatRatio } from './number-format.ts';
import type { Tone } from './paint.ts';
import { renderTable, type Cell, type Column } from './table.ts';
import type { Page, Section } from './page.ts';

const MARKS: Readonly<Record<ThresholdState, readonly [mark: string, tone: Tone]>> = {
  pass: ['✓', 'good'],
  fail: ['✗', 'bad'],
  inconclusive: ['?', 'doubt'],
  unmatched: ['!', 'bad'],
};

const COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'left', cut: true },
  { align: 'right' },
  { align: 'left' },
];

/** Returns one line per threshold: its mark, its text, the value seen, and its interval or the reason. */
export function thresholdSection({ report, paint, width }: Page): Section {
  const rows = report.verdict.thresholds.map(rowOf);
  return { title: 'Thresholds', lines: renderTable(COLUMNS, rows, { width, indent: 2, paint }) };
}

function rowOf(result: ThresholdResult): readonly Cell[] {
  const [mark, tone] = MARKS[result.state];
  return [
    { text: mark, tone },
    { text: result.text },
    { text: valueOf(result), tone: result.state === 'pass' ? 'strong' : tone },
    { text: evidenceOf(result), tone: 'faint' },
  ];
}

function valueOf({ value, unit, atLeast }: ThresholdResult): string {
  if (value === undefined) return '';
  if (unit === 'ns') return formatBound(value, atLeast);
  return unit === 'ratio' ? formatRatio(value) : formatCount(value);
}

function evidenceOf(result: ThresholdResult): string {
  const { state, interval, n, neededN, reason } = result;
  if (state === 'unmatched') return reason;
  if (neededN !== undefined) return `needs ${formatCount(neededN)} calls, has ${formatCount(n)}`;
  if (state === 'inconclusive') return reason;
  if (n === 0) return reason;
  if (interval === undefined) return `of ${formatCount(n)}`;
  return `${formatInterval(interval.lower, interval.upper, interval.open)}, n ${formatCount(n)}`;
}
