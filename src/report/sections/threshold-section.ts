import { formatCount } from '../../core/index.ts';
import type { ThresholdResult, ThresholdState } from '../../gate/index.ts';
import { formatInterval } from '../number-format.ts';
import type { RunReport } from '../run-report.ts';
import {
  count,
  duration,
  ratio,
  table,
  words,
  type Cell,
  type Column,
  type Row,
  type Section,
  type Tone,
} from '../section.ts';

/** So many times as many calls as there are is no advice. */
const FAR = 1_000;

const MARKS: Readonly<Record<ThresholdState, readonly [mark: string, tone: Tone]>> = {
  pass: ['✓', 'good'],
  fail: ['✗', 'bad'],
  inconclusive: ['?', 'doubt'],
  unmatched: ['!', 'bad'],
};

const COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'left', name: true },
  { align: 'right' },
  { align: 'left', message: true },
];

/**
 * Returns one row per threshold: its mark, its text, the value seen, its interval or the reason.
 */
export function thresholdSection({ verdict }: RunReport): Section {
  return { title: 'Thresholds', blocks: [table(COLUMNS, verdict.thresholds.map(rowOf))] };
}

function rowOf(result: ThresholdResult): Row {
  const [mark, tone] = MARKS[result.state];
  return [
    words(mark, tone),
    words(result.text),
    valueOf(result, result.state === 'pass' ? 'strong' : tone),
    words(evidenceOf(result), 'faint'),
  ];
}

function valueOf({ value, lowerBound, unit, atLeast }: ThresholdResult, tone: Tone): Cell {
  if (value === undefined) {
    return lowerBound === undefined
      ? words('', tone)
      : duration(lowerBound, { atLeast: true, tone });
  }
  if (unit === 'ns') return duration(value, { atLeast, tone });
  return unit === 'ratio' ? ratio(value, tone) : count(value, tone);
}

function evidenceOf(result: ThresholdResult): string {
  const { state, interval, n, neededN, reason } = result;
  if (state === 'unmatched') return reason;
  if (neededN !== undefined) return missingText(result, neededN);
  if (state === 'inconclusive') return reason;
  if (n === 0) return reason;
  if (interval === undefined) return `of ${formatCount(n)}`;
  return `${formatInterval(interval.lower, interval.upper, interval.open)}, n ${formatCount(n)}`;
}

/** A lower bound past the limit has decided, and no interval is wanted for it. */
function missingText({ state, n }: ThresholdResult, neededN: number): string {
  if (state !== 'inconclusive') return `at the least, n ${formatCount(n)}`;
  if (neededN > FAR * n) return 'wants a far longer run, or a lower rate';
  const more = formatCount(Math.max(1, neededN - n));
  return `wants ${more} more calls`;
}
