import type { ComparisonVerdict } from '../compare/index.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** Returns the code that `compare` ends with. */
export function compareExitCode(verdict: ComparisonVerdict): ExitCode {
  switch (verdict) {
    case 'invalid':
      return EXIT_CODES.INVALID;
    case 'regression':
      return EXIT_CODES.REGRESSION;
    case 'inconclusive':
      return EXIT_CODES.INCONCLUSIVE;
    case 'improvement':
    case 'pass':
      return EXIT_CODES.OK;
  }
}
