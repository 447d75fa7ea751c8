import {
  formatCount,
  formatDuration,
  formatRate,
  formatRatio,
  NS_PER_SEC,
} from '../../core/index.ts';
import type { ThresholdResult, ThresholdState } from '../../gate/index.ts';
import { formatInterval } from '../number-format.ts';
import type { RunReport } from '../run-report.ts';
import {
  count,
  duration,
  factor,
  rate,
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

export function valueOf({ value, lowerBound, unit, atLeast }: ThresholdResult, tone: Tone): Cell {
  if (value === undefined) {
    return lowerBound === undefined
      ? words('', tone)
      : duration(lowerBound, { atLeast: true, tone });
  }
  if (unit === 'ns') return duration(value, { atLeast, tone });
  if (unit === 'factor') return factor(value, tone);
  if (unit === 'rate') return rate(value, tone);
  return unit === 'ratio' ? ratio(value, tone) : count(value, tone);
}

export function evidenceOf(result: ThresholdResult): string {
  if (result.state === 'unmatched') return result.reason;
  const { countsAs } = result;
  const parts = [ownEvidence(result), stretchText(result), baselineText(result)];
  if (countsAs !== undefined) parts.push(`counts as ${countsAs === 'pass' ? 'passed' : 'failed'}`);
  return parts.filter((text) => text !== '').join('; ');
}

function ownEvidence(result: ThresholdResult): string {
  const { state, interval, n, neededN, reason, stretch, baseline } = result;
  const isOpen = state === 'inconclusive';
  const isSaid = isOpen && (stretch !== undefined || baseline !== undefined);
  const isMissing = neededN !== undefined && !isSaid;
  if (interval !== undefined) {
    const seen =
      result.unit === 'ratio'
        ? `${formatRatio(interval.lower)}–${formatRatio(interval.upper)}`
        : formatInterval(interval.lower, interval.upper, interval.open);
    if (!isOpen) return `${seen}, n ${formatCount(n)}`;
    return `${seen}: ${isMissing ? missingText(result, neededN) : reason}`;
  }
  if (isMissing) return missingText(result, neededN);
  return isOpen || n === 0 ? reason : `of ${formatCount(n)}`;
}

/** Where the worst stretch was. */
function stretchText({ stretch }: ThresholdResult): string {
  if (stretch === undefined) return '';
  const [from, to] = [stretch.fromNs, stretch.toNs].map((ns) => formatCount(ns / NS_PER_SEC));
  const { failed, stretches } = stretch;
  const all = formatCount(stretches);
  const which = failed === 0 ? `worst of ${all}` : `${formatCount(failed)} of ${all} fail`;
  return `from ${from} s to ${to} s, ${which}`;
}

/** What the limit was made of, and where A is not held against B second by second. */
function baselineText({ baseline, limit, unit }: ThresholdResult): string {
  if (baseline?.value === undefined || limit === undefined) return '';
  const [was, most] = [baseline.value, limit].map((value) => AMOUNTS[unit](value));
  const { by } = baseline;
  const text = `${by === undefined ? 'baseline' : 'A'} ${was}, limit ${most}`;
  return by === 'blocks' ? `${text}, not by pairs of seconds` : text;
}

const AMOUNTS: Readonly<Record<ThresholdResult['unit'], (value: number) => string>> = {
  ns: formatDuration,
  ratio: formatRatio,
  rate: formatRate,
  count: formatCount,
  factor: (value) => value.toFixed(2),
};

/** A lower bound past the limit has decided, and no interval is wanted for it. */
function missingText({ state, n, interval }: ThresholdResult, neededN: number): string {
  if (state !== 'inconclusive') return `at the least, n ${formatCount(n)}`;
  const isFar = neededN > FAR * n;
  if (interval !== undefined) {
    return isFar
      ? 'too near to the limit for any run'
      : `wants about ${formatCount(neededN)} calls`;
  }
  if (isFar) return 'wants a far longer run, or a lower rate';
  return `wants ${formatCount(Math.max(1, neededN - n))} more calls`;
}
