import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyDocument } from '../../../src/report/history/history-document.ts';
import { renderHtml } from '../../../src/report/html/html-document.ts';
import { reportDocument } from '../../../src/report/report-document.ts';
import {
  keyValues,
  note,
  table,
  words,
  type Chart,
  type ReportDocument,
} from '../../../src/report/section.ts';
import { hostileText, unprintableIn } from '../../core/hostile-text.ts';
import { USUAL_THRESHOLDS } from '../../gate/threshold-specs.ts';
import { composeReport } from '../compose.ts';
import { historyReport, LEVELS } from '../history/history-reports.ts';
import { troubledRun } from '../sample-runs.ts';

/** Returns the names of the elements, each of which is closed in its turn. */
function elementsOf(page: string): readonly string[] {
  const open: string[] = [];
  const seen: string[] = [];
  for (const [, slash, name = '', rest = ''] of page
    .replace('<!doctype html>', '')
    .replace(/<style>[^<]*<\/style>/u, '')
    .matchAll(/<(\/?)([a-z][a-z0-9]*)((?:[^"'>]|"[^"]*")*)>/gu)) {
    if (slash === '/') expect(open.pop()).toBe(name);
    else {
      seen.push(name);
      if (name !== 'meta' && !rest.endsWith('/')) open.push(name);
      expect(rest).not.toMatch(/\son\w+=|style=|href=|src=/u);
    }
  }
  expect(open).toEqual([]);
  return seen;
}

const chart = (text: string): Chart => ({
  kind: 'chart',
  title: text,
  unit: 'ns',
  points: [
    { label: text, when: text, value: 1e6, lower: 5e5, upper: 2e6 },
    { label: text, when: text, value: 3e6 },
  ],
  levels: [
    { from: 0, to: 0, mean: 1e6 },
    { from: 1, to: 1, mean: 3e6 },
  ],
  changes: [{ index: 1, text, tone: 'bad' }],
});

/** A report whose every text is the given one. */
function documentOf(text: string): ReportDocument {
  const cell = words(text, 'bad');
  const notices = [{ claim: text, tone: 'doubt', reasons: [text], remedy: text } as const];
  return {
    head: { name: text, verdict: cell, facts: [cell], notices },
    sections: [
      {
        title: text,
        blocks: [
          note([cell], { nested: true }),
          keyValues([{ key: text, value: cell }]),
          table([{ head: text, align: 'right' }], [[cell]], {
            details: { columns: [{ align: 'left' }], rows: [[cell]] },
          }),
          chart(text),
        ],
      },
    ],
    closing: { notices, entries: [{ key: '', value: cell }] },
  };
}

describe('a report as a page', () => {
  it('has every section of a run, with its numbers', async () => {
    const document = reportDocument(await composeReport(troubledRun(), USUAL_THRESHOLDS));
    const page = renderHtml(document);
    elementsOf(page);
    for (const { title } of document.sections) expect(page).toContain(`>${title}</h2>`);
    expect(page).toContain('<span class="bad">316 ms</span>');
    expect(page).toContain('create-order.response p(99.9) &lt; 300ms');
  });

  it('runs no script, and asks nobody for anything', () => {
    const page = renderHtml(documentOf('x'));
    expect(page).toContain('default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;');
    expect(page).not.toMatch(/<script|https?:\/\/|url\(|@import/u);
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).toContain('<html lang="en">');
  });

  it('shows what services say as text, whatever it is', () => {
    const wanted = elementsOf(renderHtml(documentOf('x')));
    fc.assert(
      fc.property(
        fc.oneof(
          hostileText().filter((text) => text !== ''),
          fc.constantFrom('</style><script>', '"><img src=x>'),
        ),
        (text) => {
          const page = renderHtml(documentOf(text));
          expect(elementsOf(page)).toEqual(wanted);
          expect(unprintableIn(page)).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('the chart of a history', () => {
  it('has a point for each run, a level between changes, and each change in words', async () => {
    const report = await historyReport(LEVELS, ['p50']);
    const page = renderHtml(historyDocument(report));
    elementsOf(page);
    const [history] = report.histories;
    const [change] = history?.changes ?? [];
    expect(page.match(/<circle /gu)).toHaveLength(LEVELS.length);
    expect(page.match(/class="level"/gu)).toHaveLength(2);
    expect(page.match(/class="change"/gu)).toHaveLength(1);
    expect(page).toMatch(/class="change-text"[^>]*>\+15%, worse</u);
    expect(page).toMatch(/role="img"\s+aria-labelledby="chart-0-1-title chart-0-1-text"/u);
    expect(page).toContain('<figcaption>create-order p50</figcaption>');
    const { runId = '' } = history?.points[change?.index ?? 0] ?? {};
    expect(page).toContain(`The level changed before run ${runId}, `);
    expect(page).toContain(`${LEVELS.length} runs, from `);
  });

  it('draws within its bounds, also where nothing varies and where all is 0', () => {
    for (const value of [0, 5e6]) {
      const flat: Chart = {
        ...chart('flat'),
        points: [1, 2, 3].map((i) => ({ label: `run ${i}`, when: '', value })),
        levels: [{ from: 0, to: 2, mean: value }],
        changes: [],
      };
      const { head, closing } = documentOf('x');
      const page = renderHtml({ head, closing, sections: [{ title: 't', blocks: [flat] }] });
      expect(page).toContain('Its level did not change.');
      expect(page).not.toMatch(/NaN|Infinity/u);
      const ys = [...page.matchAll(/c?y="([\d.-]+)"/gu)].map(([, y]) => Number(y));
      expect(Math.min(...ys)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...ys)).toBeLessThanOrEqual(240);
    }
  });

  it('is left out of text and Markdown, which have its numbers in tables', async () => {
    const document = historyDocument(await historyReport(LEVELS, ['p50', 'p99']));
    const charts = document.sections.flatMap(({ blocks }) =>
      blocks.filter((b) => b.kind === 'chart'),
    );
    expect(charts).toHaveLength(2);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});
