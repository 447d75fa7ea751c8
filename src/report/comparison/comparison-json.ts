import { whyJson } from '../why/why-json.ts';
import type { ComparisonReport } from './comparison-document.ts';

/** Raised where a field changes its meaning or goes away. */
export const COMPARISON_VERSION = 1;

/** Returns a comparison as JSON; `docs/reference/compare.md` has the fields. */
export function renderComparisonJson(report: ComparisonReport): string {
  // An interval that is not known has ends that JSON has not: they become null.
  return `${JSON.stringify(comparisonJson(report), null, 2)}\n`;
}

/** Returns a comparison as the JSON of a report has it. */
export function comparisonJson(report: ComparisonReport): object {
  const { verdict, invalid, differences, missing, options, shares, percentiles } = report;
  const side = ({ name, digest }: ComparisonReport['before']): unknown => ({
    name,
    runId: digest.runId,
    scenario: digest.scenario,
    startedAt: new Date(digest.startedEpochMs).toISOString(),
    environment: digest.environment,
  });
  return {
    version: COMPARISON_VERSION,
    verdict,
    before: side(report.before),
    after: side(report.after),
    invalid,
    differences,
    missing,
    changeRatioMin: options.changeRatioMin,
    changeMinNs: options.changeMinNs,
    shares,
    percentiles,
    why: report.why ? whyJson(report.why.found) : null,
  };
}
