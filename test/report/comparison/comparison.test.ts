import { expect, it } from 'vitest';

import type { PercentileRow } from '../../../src/compare/index.ts';
import {
  comparisonDocument,
  percentileText,
} from '../../../src/report/comparison/comparison-document.ts';
import { renderComparisonJson } from '../../../src/report/comparison/comparison-json.ts';
import { renderDocument, renderMarkdown } from '../../../src/report/index.ts';
import { expectGolden } from '../../golden/golden.ts';
import { comparisonReport } from './comparison-reports.ts';

it('shows errors, drops and times with their verdicts', () => {
  const document = comparisonDocument(comparisonReport(1.1));
  expectGolden('comparison-100', renderDocument(document, { width: 100, color: false }));
  expectGolden('comparison-132', renderDocument(document, { width: 132, color: false }));
});

it('says first why a comparison is invalid, and in what the runs were made otherwise', () => {
  const report = comparisonReport(1, {
    verdict: 'invalid',
    invalid: ['run 6921b6a75d1f3c09 was stopped early'],
    differences: ['cores 4, not 2'],
    missing: ['step pay is only in the second'],
  });
  expectGolden('comparison-invalid-markdown', renderMarkdown(comparisonDocument(report)));
});

it('is JSON with a version, and null for the end of an interval that is not known', () => {
  const report = comparisonReport(1.1);
  const open = report.percentiles.map((row) => ({ ...row, ratioUpper: Infinity }));
  const json: unknown = JSON.parse(renderComparisonJson({ ...report, percentiles: open }));
  expect(json).toMatchObject({
    version: 1,
    verdict: 'regression',
    before: { name: 'baseline.json', runId: '6920b6a75d1f3c09' },
    changeRatioMin: 0.03,
    shares: [{ kind: 'errors', step: 'call' }, { kind: 'dropped' }],
    percentiles: expect.arrayContaining([
      expect.objectContaining({ percent: 50, verdict: 'regression', ratioUpper: null }),
    ]),
  });
});

it('says that no time is of both, and what helps, in place of an empty table', () => {
  const textOf = (missing: readonly string[]): string => {
    const report = comparisonReport(1, { percentiles: [], verdict: 'inconclusive', missing });
    return renderDocument(comparisonDocument(report), { width: 120, color: false });
  };
  const failed = textOf([]);
  expect(failed).toContain('no call of a step was answered in both: there is no time to compare');
  expect(failed).toContain('To do: see why calls fail');
  expect(failed).not.toContain('a change counts from');
  expect(textOf(['step pay is only in the first'])).toContain(
    'To do: name runs that have steps and phases in common',
  );
});

it('says that both are one run', () => {
  const { before } = comparisonReport(1);
  const report = comparisonReport(1, { after: { ...before, name: 'run 6920b6a75d1f3c09' } });
  const text = renderDocument(comparisonDocument(report), { width: 120, color: false });
  expect(text).toContain('Both are the same run, which does not differ from itself.');
});

it('tells an end of an interval that is not known by the other, or neither', () => {
  const row = comparisonReport(1).percentiles[0] as PercentileRow;
  const textOf = (ratioLower: number, ratioUpper: number): string =>
    percentileText({ ...row, ratioLower, ratioUpper });
  expect(textOf(0.9, 1.2)).toMatch(/\(-10\.00 to \+20\.00%\)$/u);
  expect(textOf(0.9, Infinity)).toMatch(/\(from -10\.00%\)$/u);
  expect(textOf(0, 1.2)).toMatch(/\(up to \+20\.00%\)$/u);
  expect(textOf(0, Infinity)).not.toContain('(');
});

it.each([80, 100, 120])('keeps the interval beside the reason at %d columns', (width) => {
  const found = comparisonReport(1);
  const percentiles = found.percentiles.map((row) => ({
    ...row,
    verdict: 'inconclusive' as const,
    reason: 'a change that counts is not ruled out',
  }));
  const report = comparisonReport(1, { percentiles });
  const text = renderDocument(comparisonDocument(report), { width, color: false });
  const [, times = ''] = text.split('Response times');
  expect(times).toContain('95% interval');
  expect(times.replaceAll(/\s+/gu, ' ')).toContain('a change that counts is not ruled out');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
});
