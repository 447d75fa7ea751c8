import type { HistoryVerdict } from '../compare/index.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** Returns the code that `gate --history` ends with. */
export function historyExitCode(verdict: HistoryVerdict): ExitCode {
  switch (verdict) {
    case 'regression':
      return EXIT_CODES.REGRESSION;
    case 'too-few':
      return EXIT_CODES.INCONCLUSIVE;
    case 'steady':
      return EXIT_CODES.OK;
  }
}
