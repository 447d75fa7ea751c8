import { epochMsFromNs, formatDuration, printable } from '../../core/index.ts';
import type { FoundTrace } from '../../spans/index.ts';
import { formatMoment } from '../number-format.ts';
import { count, duration, words, type Column, type Row } from '../section.ts';
import { painter, styledText, type StyledText, type TerminalStyle } from './paint.ts';
import { renderTable } from './table.ts';
import { ellipsis } from './text.ts';

const COLUMNS: readonly Column[] = [
  { head: 'trace', align: 'left' },
  { head: 'began (UTC)', align: 'left' },
  { head: 'lasted', align: 'right' },
  { head: 'spans', align: 'right', dropOrder: 2 },
  { head: 'failed', align: 'right', dropOrder: 1 },
  { head: 'services', align: 'right', dropOrder: 3 },
  { head: 'root', align: 'left', cut: true },
];

/** What the columns that say most take beside the root, which is cut before they are left out. */
const BESIDE_ROOT = 72;
const ROOT_MIN = 24;

const DETAILS: readonly Column[] = [{ align: 'left', cut: true }];

/** Returns the traces in their order, each with the span that was looked for below it. */
export function renderTraces(
  traces: readonly FoundTrace[],
  { showsMatches, ...style }: TerminalStyle & { readonly showsMatches: boolean },
): StyledText {
  if (traces.length === 0) return styledText(['no trace is as was asked for']);
  const options = { width: style.width, indent: 0, paint: painter(style) };
  const rootMax = Math.max(ROOT_MIN, style.width - BESIDE_ROOT);
  const body = traces.map((trace) => rowOf(trace, rootMax));
  const lines = renderTable({ columns: COLUMNS, rows: body }, options);
  if (!showsMatches) return styledText(lines);
  const [head = '', ...rows] = lines;
  const details = traces.map((trace) =>
    renderTable({ columns: DETAILS, rows: [matchOf(trace)] }, { ...options, indent: 2 }),
  );
  return styledText([head, ...rows.flatMap((row, i) => [row, ...(details[i] ?? [])])]);
}

function rowOf(trace: FoundTrace, rootMax: number): Row {
  return [
    words(trace.traceId, 'strong'),
    words(formatMoment(epochMsFromNs(trace.startEpochNs)).replace(/ UTC$/u, '')),
    duration(Number(trace.durationNs)),
    count(trace.spanCount),
    trace.failedCount === 0 ? count(0, 'faint') : count(trace.failedCount, 'bad'),
    count(trace.serviceCount),
    words(ellipsis(printable(`${trace.serviceName}  ${trace.name}`), rootMax)),
  ];
}

function matchOf({ match }: FoundTrace): Row {
  const others = match.spanCount === 1 ? '' : `, the longest of ${match.spanCount}`;
  const text = `└ ${match.serviceName}  ${match.name}  ${formatDuration(Number(match.durationNs))}${others}`;
  return [words(printable(text), 'faint')];
}
