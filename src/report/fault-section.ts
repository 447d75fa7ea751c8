import type { CallSummary, FaultAnalysis } from '../analyze/index.ts';
import { formatDuration, secFromNs } from '../core/index.ts';
import { formatCount, formatEstimate, formatRatio } from './number-format.ts';
import type { Paint } from './paint.ts';
import { renderTable, type Cell, type Column } from './table.ts';
import type { Page, Section } from './page.ts';

const COLUMNS: readonly Column[] = [
  { align: 'left', cut: true },
  { align: 'left' },
  { align: 'right' },
  { align: 'right' },
  { align: 'right' },
  { align: 'right' },
  { align: 'right' },
  { align: 'right' },
];

/** Returns per fault window the response times in it, against those of the healthy time. */
export function faultSection({ report, paint, width }: Page): Section {
  const { faults } = report.analysis;
  return {
    title: 'Fault windows',
    lines: faults.flatMap((fault) => [
      `  ${windowLine(fault, paint)}`,
      ...renderTable(COLUMNS, rowsOf(fault), { width, indent: 4, paint }),
    ]),
  };
}

function windowLine({ window }: FaultAnalysis, paint: Paint): string {
  const attributes = Object.entries(window.attributes).map(([key, value]) => `${key} ${value}`);
  const from = secFromNs(window.fromNs).toFixed(1);
  const to = secFromNs(window.toNs).toFixed(1);
  const what = [`${window.toxic} on ${window.proxy}`, ...attributes].join(', ');
  return `${paint('doubt', window.fault)}   ${from}–${to} s   ${paint('faint', what)}`;
}

function rowsOf({ steps }: FaultAnalysis): readonly (readonly Cell[])[] {
  if (steps.length === 0) return [[{ text: 'no calls in this window', tone: 'faint' }]];
  const heads = ['', '', 'calls', 'errors', 'p50', 'p99', 'p99.9', 'max'];
  return [
    heads.map((text): Cell => ({ text, tone: 'faint' })),
    ...steps.flatMap(({ step, inside, outside }) => [
      [{ text: step }, { text: 'inside' }, ...numbersOf(inside)],
      [{ text: '' }, { text: 'outside', tone: 'faint' } as const, ...numbersOf(outside)],
    ]),
  ];
}

function numbersOf(calls: CallSummary): readonly Cell[] {
  const { response } = calls;
  const at = (percent: number): Cell => ({
    text: formatEstimate(response.percentiles.find((p) => p.percent === percent)),
  });
  return [
    { text: formatCount(calls.calls) },
    { text: formatRatio(calls.errorRatio), tone: calls.errors > 0 ? 'bad' : 'plain' },
    at(50),
    at(99),
    at(99.9),
    { text: response.n === 0 ? '-' : formatDuration(response.maxNs) },
  ];
}
