import { describe, expect, it } from 'vitest';
import type { AbResult } from '../../../src/compare/index.ts';
import type { VerdictOutcome } from '../../../src/gate/index.ts';
import { abOutcome, abVerdict } from '../../../src/report/ab-verdict.ts';
import { abLiveText } from '../../../src/report/ab-live-text.ts';
import { renderDocument, type RunReport } from '../../../src/report/index.ts';
import { words } from '../../../src/report/section.ts';
import { abSection } from '../../../src/report/sections/ab-section.ts';
import { expectGolden } from '../../golden/golden.ts';
import { abResult as result } from '../ab-result.ts';

function reportOf(ab: AbResult | undefined, outcome: VerdictOutcome): RunReport {
  return { ...(ab && { ab }), verdict: { outcome } } as RunReport;
}

describe('two versions in the report of a run', () => {
  it.each([80, 120])('are set in %i columns', (width) => {
    const document = {
      head: { name: 'shop', verdict: words('x'), facts: [], notices: [] },
      sections: [abSection(reportOf(result('regression'), 'passed'))],
      closing: { notices: [], entries: [] },
    };
    expectGolden(`ab-${width}`, renderDocument(document, { width, color: false }));
  });

  it('are in no other', () => {
    expect(abSection(reportOf(undefined, 'passed')).blocks).toEqual([]);
  });

  it('are told on the live line by the surest percentile', () => {
    expect(abLiveText(result('regression').judgement)).toBe('B p50 +7.10% regression');
    expect(abLiveText({ ...result('pass').judgement, percentiles: [] })).toBe('');
  });

  it.each([
    ['pass', 'passed', 'pass', 'pass'],
    ['improvement', 'passed', 'improvement', 'improvement'],
    ['regression', 'passed', 'regression', 'regression'],
    ['inconclusive', 'passed', 'inconclusive', 'inconclusive'],
    // An invalid run says nothing, whatever its rows say.
    ['regression', 'invalid', 'invalid', 'invalid'],
    ['pass', 'failed', 'pass', 'failed'],
    ['regression', 'failed', 'regression', 'regression'],
    ['inconclusive', 'failed', 'inconclusive', 'failed'],
    ['improvement', 'inconclusive', 'improvement', 'inconclusive'],
  ] as const)('that are %s, with thresholds %s: %s, in all %s', (own, outcome, verdict, whole) => {
    const report = reportOf(result(own), outcome);
    expect([abVerdict(report), abOutcome(report)]).toEqual([verdict, whole]);
  });
});
