import { formatDuration, secFromNs } from '../core/index.ts';
import type { SlowCall } from '../analyze/index.ts';
import { renderTable, type Cell, type Column } from './table.ts';
import type { Page, Section } from './page.ts';

const SHOWN = 5;

const COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'right' },
  { align: 'right', dropOrder: 3 },
  { align: 'right' },
  { align: 'left', dropOrder: 2 },
  { align: 'left', dropOrder: 1 },
  { align: 'left' },
  { align: 'left', cut: true },
];

/** Returns the slowest calls whose trace is stored: the id first, since it is what one copies. */
export function slowestSection({ report, paint, width }: Page): Section {
  const calls = report.analysis.slowestCalls.slice(0, SHOWN);
  const heads = ['trace', 'response', 'service', 'sent at', 'step', 'phase', 'outcome', 'fault'];
  const head = heads.map((text): Cell => ({ text, tone: 'faint' }));
  const rows = calls.length === 0 ? [] : [head, ...calls.map(rowOf)];
  return { title: 'Slowest calls', lines: renderTable(COLUMNS, rows, { width, indent: 2, paint }) };
}

function rowOf(call: SlowCall): readonly Cell[] {
  return [
    { text: call.traceId },
    { text: formatDuration(call.responseNs), tone: 'strong' },
    { text: formatDuration(call.serviceNs) },
    { text: `${secFromNs(call.sentNs).toFixed(1)} s` },
    { text: call.step },
    { text: call.phase },
    { text: call.outcome, tone: call.outcome === 'ok' ? 'plain' : 'bad' },
    { text: call.fault, tone: 'doubt' },
  ];
}
