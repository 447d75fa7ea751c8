import { expect, it } from 'vitest';
import { renderDocument, type RunReport } from '../../../src/report/index.ts';
import { words } from '../../../src/report/section.ts';
import { comparisonSections } from '../../../src/report/sections/comparison-section.ts';
import { comparisonReport } from '../comparison/comparison-reports.ts';

it('each doubt of a run held against a baseline has a line of its own', () => {
  const comparison = comparisonReport(1, {
    differences: ['scenario browse, not checkout', 'node v24.1.0, not v24.0.0'],
    missing: ['step pay is only in the first', 'phase main is only in the second'],
  });
  const document = {
    head: { name: 'shop', verdict: words('x'), facts: [], notices: [] },
    sections: comparisonSections({ comparison } as RunReport),
    closing: { notices: [], entries: [] },
  };
  const lines = renderDocument(document, { width: 80, color: false }).split('\n');
  expect(lines.map((line) => line.trim())).toEqual(
    expect.arrayContaining([
      'Not all is compared.',
      ...comparison.differences,
      ...comparison.missing,
    ]),
  );
});
