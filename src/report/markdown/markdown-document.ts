import { printable } from '../../core/index.ts';
import { formatCell } from '../number-format.ts';
import type { Block, KeyValue, Notice, ReportDocument, Row, Section, Table } from '../section.ts';

/** Returns a report as Markdown with a line end: for a post-mortem, an issue, a page. */
export function renderMarkdown({ head, sections, closing }: ReportDocument): string {
  const parts = [
    [`# ${text(head.name)}: ${text(formatCell(head.verdict))}`],
    head.facts.map((fact) => text(formatCell(fact))),
    ...head.notices.map(noticeLines),
    ...sections.flatMap(sectionParts),
    ...closing.notices.map(noticeLines),
    entryLines(closing.entries),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function sectionParts({ title, blocks }: Section): readonly (readonly string[])[] {
  return [[`## ${text(title)}`], ...blocks.filter(({ kind }) => kind !== 'chart').map(blockLines)];
}

function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case 'note':
      return block.facts.map((fact) => `- ${cellsText(fact, ' ')}`);
    case 'key-values':
      return entryLines(block.entries);
    case 'chart':
      return [];
    case 'table': {
      if (block.rows.length === 0) return [];
      const heads = block.columns.map(({ head = '' }) => text(head));
      const rules = block.columns.map(({ align }) => (align === 'right' ? '--:' : '---'));
      const lines = [heads, rules].map((cells) => `| ${cells.join(' | ')} |`);
      return [
        ...lines,
        ...block.rows.map((row) => `| ${cellsText(row, ' | ')} |`),
        ...detailLines(block),
      ];
    }
  }
}

/** What stands below each row on a page of fixed width follows the table, a line for each. */
function detailLines({ columns, rows, details }: Table): readonly string[] {
  const nameAt = Math.max(
    0,
    columns.findIndex(({ name }) => name),
  );
  const lines = rows.flatMap((row, i) => {
    const said = (details?.rows[i] ?? []).map(formatCell).filter((cell) => cell !== '');
    const name = row[nameAt];
    if (said.length === 0 || name === undefined) return [];
    return [`- ${text(formatCell(name))}: ${text(said.join(' '))}`];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

function entryLines(entries: readonly KeyValue[]): readonly string[] {
  return entries.map(({ key, value }) => {
    const said = text(formatCell(value));
    // One without a key goes on with the one before it.
    return key === '' ? `- ${said}` : `- ${text(key)}: ${said}`;
  });
}

function noticeLines({ claim, reasons, remedy }: Notice): readonly string[] {
  return [
    `**${text(claim)}**`,
    ...reasons.map((reason) => `- ${text(reason)}`),
    ...(remedy === undefined ? [] : [`- To do: ${text(remedy)}`]),
  ];
}

function cellsText(row: Row, between: string): string {
  return row.map((cell) => text(formatCell(cell))).join(between);
}

/** Names come from services: what would be markup is shown as it is. */
function text(value: string): string {
  return printable(value).replace(/[\\`*_[\]<>|#~&$]/gu, (mark) => `\\${mark}`);
}
