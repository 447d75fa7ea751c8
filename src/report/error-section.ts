import type { ErrorAnalysis } from '../analyze/index.ts';
import { formatCount } from './number-format.ts';
import type { Page, Section } from './page.ts';
import { renderTable, type Cell, type Column } from './table.ts';

const SHOWN = 12;

const COLUMNS: readonly Column[] = [
  { align: 'right' },
  { align: 'left' },
  { align: 'left', dropOrder: 1 },
  { align: 'left', cut: true },
];

/** Returns why calls failed, the most frequent reason first, and how many flows ended early for it. */
export function errorSection({ report, paint, width }: Page): Section {
  const { errors, counters } = report.analysis;
  const shown = errors.slice(0, SHOWN);
  const heads = ['calls', 'step', 'outcome', 'what failed'];
  const head = heads.map((text): Cell => ({ text, tone: 'faint' }));
  const rows = shown.length === 0 ? [] : [head, ...shown.map(rowOf)];
  const left = errors.slice(SHOWN).reduce((sum, { count }) => sum + count, 0);
  const facts = [
    ...(left === 0
      ? []
      : [`${formatCount(left)} calls for ${errors.length - SHOWN} other reasons`]),
    ...(counters.failedIterations === 0
      ? []
      : [
          `${formatCount(counters.failedIterations)} of ${formatCount(counters.arrivals)} arrivals ended early`,
        ]),
    ...(counters.failedHooks === 0 ? [] : [`${formatCount(counters.failedHooks)} hooks failed`]),
  ];
  const closing = facts.length === 0 ? [] : [paint('bad', `  ${facts.join(', ')}`)];
  return {
    title: 'Errors',
    lines: [...renderTable(COLUMNS, rows, { width, indent: 2, paint }), ...closing],
  };
}

function rowOf({ step, outcome, text, count }: ErrorAnalysis): readonly Cell[] {
  return [
    { text: formatCount(count), tone: 'strong' },
    { text: step },
    { text: outcome, tone: 'bad' },
    { text: text },
  ];
}
