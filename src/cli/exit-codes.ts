import type { ErrorCode } from '../core/index.ts';

/**
 * Every code that callgauge can end with; docs/reference/exit-codes.md lists the same. Numbers from
 * 99 to 107 follow k6 where it has the same meaning.
 */
export const EXIT_CODES = {
  OK: 0,
  /** A bug in callgauge. */
  BUG: 1,
  THRESHOLDS_FAILED: 99,
  INVALID_CONFIG: 104,
  /** Something the command needs is missing or broken: the store, a service, a file, room. */
  NOT_POSSIBLE: 110,
  /** The run went well and is reported, but the store does not have it, or not all of it. */
  NOT_STORED: 111,
  /** Worse than what it was compared with: the runs before it, a baseline, another run. */
  REGRESSION: 120,
  /** No threshold failed, and at least one could not be judged: the sample was too small. */
  INCONCLUSIVE: 121,
  /** The generator itself was the cause of what was measured. */
  INVALID: 122,
  INTERRUPTED: 130,
  TERMINATED: 143,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** Returns the code with which a command ends that met this operational error. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  switch (code) {
    case 'SCENARIO_UNREADABLE':
    case 'SCENARIO_INVALID':
    case 'SCENARIO_REFERENCE':
    case 'HOOKS_FAILED':
    case 'DESCRIPTION_UNREADABLE':
    case 'USAGE_INVALID':
    case 'PROXIES_INVALID':
      return EXIT_CODES.INVALID_CONFIG;
    case 'SAMPLE_TOO_SMALL':
      return EXIT_CODES.INCONCLUSIVE;
    case 'INTERRUPTED':
      return EXIT_CODES.INTERRUPTED;
    default:
      return EXIT_CODES.NOT_POSSIBLE;
  }
}
