import { printable } from '../../core/index.ts';
import { reportDocument } from '../report-document.ts';
import type { RunReport } from '../run-report.ts';
import type { Block, KeyValue, Notice, ReportHead, Section } from '../section.ts';
import { words } from '../section.ts';
import { factLine } from './fact-line.ts';
import { painter, styledText, type Paint, type StyledText, type TerminalStyle } from './paint.ts';
import { renderTable } from './table.ts';
import { lengthOf, wrap } from './text.ts';

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
  const width = Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, style.width));
  const page: Page = { paint: painter(style), width };
  const { head, sections, closing } = reportDocument(report);
  const parts = [
    headLines(head, page),
    ...sections.map((section) => sectionLines(section, page)),
    [
      ...closing.notices.flatMap((notice) => noticeLines(notice, page)),
      ...entryLines(closing.entries, { page, indent: 0, cut: false }),
    ],
  ];
  return styledText(parts.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines])));
}

/** The verdict is at the right edge of the first line. */
function headLines({ name, verdict, facts, notices }: ReportHead, page: Page): readonly string[] {
  const { paint, width } = page;
  const shownName = printable(`callgauge  ${name}`);
  const mark = factLine([[verdict]], { width, paint });
  const markLength = lengthOf(factLine([[verdict]], { width, paint: (_tone, text) => text }));
  const fill = ' '.repeat(Math.max(2, width - lengthOf(shownName) - markLength));
  return [
    `${paint('title', shownName)}${fill}${mark}`,
    factLine(
      facts.map((fact) => [fact]),
      { width, paint },
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
    case 'note': {
      const room = { width: page.width - indent, cut: block.cut === true, paint: page.paint };
      return [`${' '.repeat(indent)}${factLine(block.facts, room)}`];
    }
    case 'key-values':
      return entryLines(block.entries, { page, indent, cut: true });
    case 'table': {
      const options = { width: page.width, indent, paint: page.paint };
      const lines = renderTable(block, options);
      if (block.details === undefined) return lines;
      const details = renderTable(block.details, { ...options, indent: indent + INDENT });
      const heads = lines.length - block.rows.length;
      return lines.flatMap((line, i) => {
        const detail = details[i - heads] ?? '';
        return detail === '' ? [line] : [line, detail];
      });
    }
  }
}

function entryLines(
  entries: readonly KeyValue[],
  { page, indent, cut }: { readonly page: Page; readonly indent: number; readonly cut: boolean },
): readonly string[] {
  const columns = [{ align: 'left' }, { align: 'left', cut }] as const;
  const rows = entries.map(({ key, value }) => [words(key, 'faint'), value]);
  return renderTable({ columns, rows }, { width: page.width, indent, paint: page.paint });
}
