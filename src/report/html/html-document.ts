import { formatCell } from '../number-format.ts';
import type {
  Block,
  Cell,
  Column,
  KeyValue,
  Note,
  Notice,
  ReportDocument,
  Row,
  Section,
  Table,
} from '../section.ts';
import { chartSvg } from './chart-svg.ts';
import { STYLE } from './html-style.ts';
import { html, joined, type Markup } from './markup.ts';

/** No script, nothing from anywhere: also where a name of a service tries. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** Returns a report as one HTML page, without scripts and other files. */
export function renderHtml({ head, sections, closing }: ReportDocument): string {
  const title = `${head.name}: ${formatCell(head.verdict)}`;
  const body = [
    html`<h1>${head.name} ${cell(head.verdict)}</h1>`,
    factList(head.facts.map((fact) => [fact])),
    ...head.notices.map(noticeMarkup),
    ...sections.map((section, i) => sectionMarkup(section, i)),
    ...closing.notices.map(noticeMarkup),
    entryList(closing.entries),
  ];
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>${title}</title>
        <style>
          ${{ markup: STYLE }}
        </style>
      </head>
      <body>
        <main>${joined(body, '\n')}</main>
      </body>
    </html> `;
  return page.markup;
}

function sectionMarkup({ title, blocks }: Section, index: number): Markup {
  return html`<section aria-labelledby="section-${index}">
    <h2 id="section-${index}">${title}</h2>
    ${joined(
      blocks.map((block, i) => blockMarkup(block, `chart-${index}-${i}`)),
      '\n',
    )}
  </section>`;
}

function blockMarkup(block: Block, id: string): Markup {
  switch (block.kind) {
    case 'note':
      return noteMarkup(block);
    case 'key-values':
      return entryList(block.entries);
    case 'table':
      return tableMarkup(block);
    case 'chart':
      return chartSvg(block, id);
  }
}

function noteMarkup({ facts, nested }: Note): Markup {
  const list = factList(facts);
  return nested === true ? html`<div class="nested">${list}</div>` : list;
}

function factList(facts: readonly Row[]): Markup {
  const items = facts.map((fact) => html`<li>${joined(fact.map(cell), ' ')}</li>`);
  return items.length === 0
    ? NOTHING
    : html`<ul class="facts">
        ${joined(items)}
      </ul>`;
}

function tableMarkup({ columns, rows, details }: Table): Markup {
  if (rows.length === 0) return NOTHING;
  const heads = columns.map(
    (column) => html`<th scope="col" ${alignOf(column)}>${column.head ?? ''}</th>`,
  );
  const hasHeads = columns.some(({ head = '' }) => head !== '');
  const body = rows.map((row, i) => {
    const said = (details?.rows[i] ?? []).filter((one) => formatCell(one) !== '');
    return html`<tr>
        ${joined(row.map((one, at) => html`<td${alignOf(columns[at])}>${cell(one)}</td>`))}
      </tr>
      ${
        said.length === 0
          ? NOTHING
          : html`<tr>
              <td class="detail" colspan="${columns.length}">${joined(said.map(cell), ' ')}</td>
            </tr>`
      }`;
  });
  return html`<div class="scroll" tabindex="0">
    <table>
      ${
        hasHeads
          ? html`<thead>
              <tr>
                ${joined(heads)}
              </tr>
            </thead>`
          : NOTHING
      }
      <tbody>
        ${joined(body, '\n')}
      </tbody>
    </table>
  </div>`;
}

function alignOf(column: Column | undefined): Markup {
  return column?.align === 'right' ? html` class="right"` : NOTHING;
}

/** An entry without a key goes on with the one before it. */
function entryList(entries: readonly KeyValue[]): Markup {
  if (entries.length === 0) return NOTHING;
  const items = entries.map(
    ({ key, value }) =>
      html`<dt>${key}</dt>
        <dd>${cell(value)}</dd>`,
  );
  return html`<dl>${joined(items)}</dl>`;
}

function noticeMarkup({ claim, tone, reasons, remedy }: Notice): Markup {
  const said = [...reasons, ...(remedy === undefined ? [] : [`To do: ${remedy}`])];
  const list = said.map((reason) => html`<li>${reason}</li>`);
  return html`<div class="notice ${tone}">
    <p>${claim}</p>
    ${
      list.length === 0
        ? NOTHING
        : html`<ul>
            ${joined(list)}
          </ul>`
    }
  </div>`;
}

function cell(one: Cell): Markup {
  const { tone = 'plain' } = one;
  const text = formatCell(one);
  return tone === 'plain' ? html`${text}` : html`<span class="${tone}">${text}</span>`;
}

const NOTHING: Markup = html``;
