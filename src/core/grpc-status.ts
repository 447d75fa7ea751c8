/** The statuses of gRPC by their codes. @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
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

/**
 * What the status of a call is, over the code, where it is one of gRPC: no such number can be taken
 * for a status of HTTP, and OK (1000) not for none (0).
 */
export const GRPC_STATUS_BASE = 1_000;

/** Returns the status of a call for a status of gRPC. */
export function grpcCallStatus(status: GrpcStatus): number {
  return GRPC_STATUS_BASE + GRPC_STATUSES.indexOf(status);
}

/** Returns the gRPC status of a call's status; undefined where it is one of HTTP, or none. */
export function grpcStatusOf(callStatus: number): GrpcStatus | undefined {
  return GRPC_STATUSES[callStatus - GRPC_STATUS_BASE];
}

/** Returns a call's status for people: `503`, or `grpc UNAVAILABLE`. */
export function statusText(callStatus: number): string {
  const grpc = grpcStatusOf(callStatus);
  return grpc === undefined ? String(callStatus) : `grpc ${grpc}`;
}
