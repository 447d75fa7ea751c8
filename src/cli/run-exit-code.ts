import type { RunReport } from '../report/index.ts';
import { abOutcome } from '../report/ab-verdict.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** Returns the code that a run ends with that came to its end. */
export function runExitCode(report: RunReport): ExitCode {
  const { verdict, capacity, comparison } = report;
  if (verdict.lostServices.length > 0) return EXIT_CODES.THRESHOLDS_FAILED;
  if (verdict.outcome === 'invalid') return EXIT_CODES.INVALID;
  if (abOutcome(report) === 'regression') return EXIT_CODES.REGRESSION;
  if (abOutcome(report) === 'inconclusive') return EXIT_CODES.INCONCLUSIVE;
  if (capacity?.outcome === 'below') return EXIT_CODES.THRESHOLDS_FAILED;
  if (capacity?.outcome === 'undecided') return EXIT_CODES.INCONCLUSIVE;
  if (capacity?.outcome === 'generator') return EXIT_CODES.INVALID;
  const isRegression = comparison?.verdict === 'regression';
  if (isRegression && verdict.outcome !== 'failed') return EXIT_CODES.REGRESSION;
  switch (verdict.outcome) {
    case 'passed':
      return EXIT_CODES.OK;
    case 'failed':
      return EXIT_CODES.THRESHOLDS_FAILED;
    case 'inconclusive':
      return EXIT_CODES.INCONCLUSIVE;
  }
}
