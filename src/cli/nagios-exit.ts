import type { NagiosState } from '../report/ci/nagios-text.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

const NAGIOS_CODES: Readonly<Record<NagiosState, number>> = {
  OK: 0,
  WARNING: 1,
  CRITICAL: 2,
  UNKNOWN: 3,
};

/** Returns the state of a plug-in that stands for an exit code of callgauge. */
export function nagiosState(code: ExitCode): NagiosState {
  switch (code) {
    case EXIT_CODES.OK:
      return 'OK';
    case EXIT_CODES.INCONCLUSIVE:
    case EXIT_CODES.NOT_STORED:
      return 'WARNING';
    case EXIT_CODES.THRESHOLDS_FAILED:
    case EXIT_CODES.REGRESSION:
      return 'CRITICAL';
    default:
      return 'UNKNOWN';
  }
}

/** Has the process end with the code of a plug-in, whatever ends it but a signal. */
export function endAsPlugIn(process: Pick<NodeJS.Process, 'on' | 'exitCode'>): void {
  process.on('exit', (code) => {
    process.exitCode = NAGIOS_CODES[nagiosState(code as ExitCode)];
  });
}
