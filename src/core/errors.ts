import type { FileProblem } from './file-problem.ts';

/**
 * The registry of operational errors: every code that callgauge can show, with what it means.
 * docs/reference/errors.md lists the same codes; a test holds the two together.
 */
export const ERROR_CODES = {
  SCENARIO_UNREADABLE: 'the scenario file cannot be read',
  SCENARIO_INVALID: 'the scenario file is not a valid scenario',
  HOOKS_FAILED: 'the module with hooks cannot be loaded, or lacks a function',
  SCENARIO_REFERENCE: 'a ${...} reference in the scenario has no value',
  DESCRIPTION_UNREADABLE: 'an OpenAPI description cannot be read',
  USAGE_INVALID: 'the command line is not understood',
  STORE_UNREACHABLE: 'the ClickHouse server does not answer',
  STORE_REFUSED: 'the ClickHouse server refused a statement',
  STORE_UNSUITABLE: 'a table that stands in the store is not as callgauge needs it',
  STORE_UNTRUSTED: 'the folder of the local store is another user’s, or was not made here',
  STORE_UNSUPPORTED: 'the local ClickHouse server does not run on this platform',
  STORE_START_FAILED: 'the local ClickHouse server did not start',
  STORE_OVERFLOW: 'the store is too slow or away, and the bounded buffer before it is full',
  MIGRATION_CHANGED: 'a migration that was applied has since been edited',
  RUN_NOT_FOUND: 'the store holds no such run',
  RUN_PLAN_UNREADABLE: 'the plan of a stored run is of a newer version, or damaged',
  RUN_UNSUITABLE: 'a stored run cannot be what it was named for',
  SAMPLE_TOO_SMALL: 'what was asked for takes more calls than there are',
  BASELINE_UNREADABLE: 'a file is no baseline that this version reads',
  TRACE_NOT_FOUND: 'the store holds no such trace',
  SERVICE_START_FAILED: 'a service of the scenario did not start',
  LISTEN_FAILED: 'an address cannot be listened on',
  TARGET_UNRESOLVED: 'a target has no usable address',
  SYSTEM_LIMIT: 'the system does not allow what a command needs: files, memory, room, access',
  INTERRUPTED: 'the user asked to stop before the run had begun',
  SETUP_FAILED: 'a step or hook of the setup failed, and the load was not begun',
  ENGINE_FAILED: 'the sending worker stopped before its work was done',
  PROXY_FAILED: 'the thread of the proxies stopped before the run ended',
  PROXY_NOT_FOUND: 'no proxy has this name',
  PROXY_EXISTS: 'a proxy has this name already',
  TOXIC_NOT_FOUND: 'the proxy has no toxic of this name',
  TOXIC_EXISTS: 'the proxy has a toxic of this name already',
  TOXIC_INVALID: 'a toxic cannot be what was asked for',
  PROXIES_UNREACHABLE: 'the admin API of proxies of another process does not answer',
  PROXIES_INVALID: 'a list of proxies cannot be used',
  PLAN_OWNED: 'the plan of the run needs what was to be changed',
  TLS_UNUSABLE: 'a certificate or key of a target cannot be used',
  REPLAY_UNREADABLE: 'a recorded list of arrivals cannot be read',
  SPANS_UNREADABLE: 'a file of spans cannot be read',
  GRPC_REFLECTION_FAILED: 'a gRPC target does not tell its schema',
  PROCESS_UNUSABLE: 'a process that a fault is for cannot be paused or killed',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface HarnessErrorOptions {
  /** What the user can do about it, one sentence. */
  readonly hint: string;
  readonly cause?: unknown;
  /** What the message lists, for who says it in other words; absent for none. */
  readonly problems?: readonly FileProblem[];
}

/**
 * An operational error: the world is not as callgauge needs it, and the user can mend that. The
 * message says what happened, the value seen, the value wanted and the location; the hint is the
 * fix.
 */
export class HarnessError extends Error {
  override readonly name = 'HarnessError';
  readonly code: ErrorCode;
  readonly hint: string;
  /** What is wrong with a file, in file order; empty for any other error. */
  readonly problems: readonly FileProblem[];

  constructor(code: ErrorCode, message: string, options: HarnessErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.problems = options.problems ?? [];
  }
}

/** Returns the text of anything that was thrown, for use inside a message. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * Returns the error of a run that the store does not hold; `purpose` says what it was wanted for
 * (`to replay`), '' where that is plain.
 */
export function runNotFound(runId: string, purpose = ''): HarnessError {
  const run = runId === 'latest' ? 'no run yet' : `no run ${runId}`;
  const message = `the store holds ${run}${purpose === '' ? '' : ` ${purpose}`}`;
  return new HarnessError('RUN_NOT_FOUND', message, {
    hint: 'callgauge runs lists what it holds.',
  });
}
