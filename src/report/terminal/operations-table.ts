import { counted, formatCount, printable } from '../../core/index.ts';
import type { OperationTimes } from '../../spans/index.ts';
import { count, duration, ratio, unknown, words, type Cell, type Column } from '../section.ts';
import { painter, styledText, type StyledText, type TerminalStyle } from './paint.ts';
import { renderTable } from './table.ts';
import { ellipsis } from './text.ts';

const COLUMNS: readonly Column[] = [
  { head: 'service', align: 'left' },
  { head: 'operation', align: 'left', name: true },
  { head: 'kind', align: 'left', dropOrder: 2 },
  { head: 'spans', align: 'right' },
  { head: 'failed', align: 'right' },
  { head: 'p50', align: 'right', dropOrder: 1 },
  { head: 'p95', align: 'right', dropOrder: 3 },
  { head: 'p99', align: 'right' },
  { head: 'longest', align: 'right', dropOrder: 4 },
];
/** A longer name would push the columns beside it off a narrow terminal. */
const NAME_MAX = 28;

/** Returns operations as a table, with a line end; a sentence for none. */
export function renderOperations(
  operations: readonly OperationTimes[],
  style: TerminalStyle,
): StyledText {
  if (operations.length === 0) return styledText(['no span is as was asked for']);
  const paint = painter(style);
  const spans = operations.reduce((sum, { spanCount }) => sum + spanCount, 0);
  const rows = operations.map((operation) => [
    words(ellipsis(printable(operation.serviceName), NAME_MAX)),
    words(printable(operation.name)),
    words(operation.kind.toLowerCase(), 'faint'),
    count(operation.spanCount),
    ratio(operation.failedCount / operation.spanCount, operation.failedCount > 0 ? 'bad' : 'plain'),
    timeCell(operation.p50Ns),
    timeCell(operation.p95Ns),
    timeCell(operation.p99Ns),
    timeCell(operation.maxNs),
  ]);
  const stored = operations.reduce((sum, { storedCount }) => sum + storedCount, 0);
  const facts = [
    counted(operations.length, 'operation'),
    stored === spans
      ? counted(spans, 'span')
      : `${counted(stored, 'span')} for ${formatCount(spans)}`,
  ];
  return styledText([
    paint('faint', facts.join('   ')),
    '',
    ...renderTable({ columns: COLUMNS, rows }, { width: style.width, indent: 0, paint }),
  ]);
}

function timeCell(ns: number | undefined): Cell {
  return ns === undefined ? unknown() : duration(ns);
}
