import type { ComparisonVerdict } from '../compare/index.ts';
import type { RunReport } from './run-report.ts';

/** Returns what a run says of two versions; undefined where it measured one. */
export function abVerdict({ ab, verdict }: RunReport): ComparisonVerdict | undefined {
  if (ab === undefined) return undefined;
  return verdict.outcome === 'invalid' ? 'invalid' : ab.judgement.verdict;
}

/**
 * Returns the same with what the thresholds say: one that failed says more than two versions that
 * are alike, and two that are alike pass where no threshold is open.
 */
export function abOutcome(report: RunReport): ComparisonVerdict | 'failed' | undefined {
  const verdict = abVerdict(report);
  if (verdict === undefined || verdict === 'invalid' || verdict === 'regression') return verdict;
  const { outcome } = report.verdict;
  return outcome === 'failed' || outcome === 'inconclusive' ? outcome : verdict;
}
