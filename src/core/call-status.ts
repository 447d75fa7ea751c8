import type { Outcome } from './outcome.ts';

/**
 * The statuses of gRPC by their codes.
 * @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export const GRPC_STATUSES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;
export type GrpcStatus = (typeof GRPC_STATUSES)[number];

/** The status of a call to which none came: 0 is one of gRPC. */
export const NO_STATUS = -1;

/** How statuses are shown: by their names in a protocol, or as the numbers that they are. */
export interface StatusNames {
  /** Put before a name: `grpc UNAVAILABLE`. */
  readonly protocol: string;
  /** By number. */
  readonly names: readonly string[];
}

/** What is read of a call that failed. */
interface FailedCall {
  readonly outcome: Outcome;
  readonly status: number;
  readonly error: string;
}

/** Returns a status without its protocol: `503`, or `UNAVAILABLE`. */
export function statusName(status: number, known: StatusNames | undefined): string {
  return known?.names[status] ?? String(status);
}

/**
 * Returns why a call failed, as its reason is counted and its span is marked. Of a status it has
 * the target's own text, where the error brings it: `NOT_FOUND: no such order`.
 */
export function failureReason(
  { outcome, status, error }: FailedCall,
  known: StatusNames | undefined,
): string {
  if (outcome !== 'status') return error === '' ? outcome : error;
  const text = known?.names[status] ?? `status ${status}`;
  const shown = statusText(status, known);
  return error.startsWith(`${shown}: `) ? text + error.slice(shown.length) : text;
}

/** Returns a call's status for people: `503`, or `grpc UNAVAILABLE`. */
export function statusText(status: number, known: StatusNames | undefined): string {
  const name = known?.names[status];
  return known === undefined || name === undefined ? String(status) : `${known.protocol} ${name}`;
}
