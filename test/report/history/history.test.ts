import { expect, it } from 'vitest';

import { historyDocument } from '../../../src/report/history/history-document.ts';
import { renderHistoryJson } from '../../../src/report/history/history-json.ts';
import { sparkLine } from '../../../src/report/history/spark-line.ts';
import { renderDocument, renderMarkdown } from '../../../src/report/index.ts';
import { expectGolden } from '../../golden/golden.ts';
import { historyReport, LEVELS } from './history-reports.ts';

it('shows all measures with their charts, and the changes', async () => {
  const document = historyDocument(await historyReport(LEVELS, ['p50', 'p99', 'errors', 'rate']));
  expectGolden('history-100', renderDocument(document, { width: 100, color: false }));
});

it('lists the runs of one measure, and fits a wide terminal', async () => {
  const text = renderDocument(historyDocument(await historyReport(LEVELS, ['p50'])), {
    width: 132,
    color: false,
  });
  expectGolden('history-runs', text);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(132);
});

it('says that there are too few runs, and what to do', async () => {
  const report = await historyReport(LEVELS.slice(0, 4), ['p50', 'p99.9']);
  expectGolden('history-few-markdown', renderMarkdown(historyDocument(report)));
});

it('does not ask for longer runs, or another measure, where each sample was large enough', async () => {
  const { head } = historyDocument(await historyReport(LEVELS.slice(0, 4), ['p50']));
  expect(head.notices[0]?.remedy).toBe('run it again.');
});

it('is JSON with a version, the points and the runs around each change', async () => {
  const json: unknown = JSON.parse(renderHistoryJson(await historyReport(LEVELS, ['p50'])));
  expect(json).toMatchObject({
    version: 1,
    scenario: 'checkout',
    verdict: 'regression',
    series: [
      {
        step: 'create-order',
        measure: 'p50',
        unit: 'ns',
        changes: [
          {
            lastRunBefore: '6a0000000000000d',
            firstRunAfter: '6a0000000000000e',
            isWorse: true,
            isFresh: true,
          },
        ],
      },
    ],
  });
});

it('draws values between their least and their greatest, and marks changes', () => {
  expect(sparkLine([1, 2, 3, 8])).toBe('▁▂▃█');
  expect(sparkLine([5, 5, 5], [2])).toBe('▅▅│▅');
  expect(sparkLine([])).toBe('');
});
