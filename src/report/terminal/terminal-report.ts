import { lengthOf, printable, wrap } from '../../core/index.ts';
import { formatCell } from '../number-format.ts';
import { reportDocument } from '../report-document.ts';
import type { RunReport } from '../run-report.ts';
import type { Block, KeyValue, Notice, ReportDocument, ReportHead, Section } from '../section.ts';
import { words } from '../section.ts';
import { factLines } from './fact-line.ts';
import { painter, styledText, type Paint, type StyledText, type TerminalStyle } from './paint.ts';
import { renderTable, tableLines } from './table.ts';

/** A report needs this many columns; a narrower terminal wraps it. */
const WIDTH_MIN = 80;
/** Wider than this, lines are harder to follow, not easier. */
const WIDTH_MAX = 132;
const INDENT = 2;

interface Page {
  readonly paint: Paint;
  readonly width: number;
}

/** Returns the report of a run as text with a line end. */
export function renderTerminal(report: RunReport, style: TerminalStyle): StyledText {
  return renderDocument(reportDocument(report), style);
}

/** Returns a report as text with a line end. */
export function renderDocument(document: ReportDocument, style: TerminalStyle): StyledText {
  const width = Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, style.width));
  const page: Page = { paint: painter(style), width };
  const { head, sections, closing } = document;
  const parts = [
    headLines(head, page),
    ...sections.map((section) => sectionLines(section, page)),
    [
      ...closing.notices.flatMap((notice) => noticeLines(notice, page)),
      ...entryLines(closing.entries, { page, indent: 0, message: false }),
    ],
  ];
  return styledText(parts.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines])));
}

/** The verdict is at the right edge of the first line. */
function headLines({ name, verdict, facts, notices }: ReportHead, page: Page): readonly string[] {
  const { paint, width } = page;
  const shownName = printable(`callgauge  ${name}`);
  const shownVerdict = printable(formatCell(verdict));
  const mark = paint(verdict.tone ?? 'plain', shownVerdict);
  const free = width - lengthOf(shownName) - lengthOf(shownVerdict);
  const title = paint('title', shownName);
  return [
    ...(free >= 2 ? [`${title}${' '.repeat(free)}${mark}`] : [title, mark]),
    ...factLines(
      facts.map((fact) => [fact]),
      { width, indent: 0, paint },
    ),
    ...notices.flatMap((notice) => noticeLines(notice, page)),
  ];
}

function noticeLines({ claim, tone, reasons, remedy }: Notice, page: Page): readonly string[] {
  const { paint, width } = page;
  return [
    ...wrap(claim, { width, first: '', rest: '' }).map((line) => paint(tone, line)),
    ...reasons.flatMap((reason) => wrap(reason, { width, first: '  - ', rest: '    ' })),
    ...(remedy === undefined ? [] : wrap(`To do: ${remedy}`, { width, first: '  ', rest: '  ' })),
  ];
}

function sectionLines({ title, blocks }: Section, page: Page): readonly string[] {
  const lines: string[] = [page.paint('title', printable(title))];
  for (const block of blocks) {
    const own = blockLines(block, page);
    const isFirst = lines.length === 1;
    if (block.apart === true && !isFirst && own.length > 0) lines.push('');
    lines.push(...own);
  }
  return lines;
}

function blockLines(block: Block, page: Page): readonly string[] {
  const indent = block.nested === true ? 2 * INDENT : INDENT;
  switch (block.kind) {
    case 'note':
      return factLines(block.facts, { ...page, indent });
    case 'key-values':
      return entryLines(block.entries, { page, indent, message: true });
    case 'chart':
      return [];
    case 'table': {
      const options = { width: page.width, indent, paint: page.paint };
      if (block.details === undefined) return renderTable(block, options);
      const { heads, rows, leftOut } = tableLines(block, options);
      const details = tableLines(block.details, { ...options, indent: indent + INDENT });
      return [
        ...heads,
        ...rows.flatMap((lines, i) => [
          ...lines,
          ...(details.rows[i] ?? []).filter((line) => line !== ''),
        ]),
        ...leftOut,
        ...details.leftOut,
      ];
    }
  }
}

function entryLines(
  entries: readonly KeyValue[],
  {
    page,
    indent,
    message,
  }: { readonly page: Page; readonly indent: number; readonly message: boolean },
): readonly string[] {
  const columns = [{ align: 'left' }, { align: 'left', message }] as const;
  const rows = entries.map(({ key, value }) => [words(key, 'faint'), value]);
  return renderTable({ columns, rows }, { width: page.width, indent, paint: page.paint });
}
