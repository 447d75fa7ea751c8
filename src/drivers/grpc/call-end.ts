import {
  GRPC_STATUS_BASE,
  GRPC_STATUSES,
  type GrpcStatus,
  OK,
  type OutcomeCode,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../../core/index.ts';

/** What is known of a call when its stream has ended. */
export interface EndedCall {
  readonly httpStatus: number;
  /** Of the head; undefined where it has none. */
  readonly contentType: string | undefined;
  /** The text of grpc-status; undefined where it did not come. */
  readonly grpcStatus: string | undefined;
  readonly messages: number;
  /** Whether the last message is whole. */
  readonly isWhole: boolean;
}

/** What the step makes of an end. */
export interface EndRules {
  /** Whether the server answers with any number of messages; else with one. */
  readonly streamsIn: boolean;
  /** 1 for every status that counts as ok, by its code. */
  readonly okCodes: Uint8Array;
  /** Whether the deadline that the server was sent has passed, or as good as. */
  readonly isPastDeadline: boolean;
}

/** How a call ended; `status` as a call carries it. */
export interface CallEnd {
  readonly outcome: OutcomeCode;
  readonly status: number;
  readonly error: string;
}

const UNKNOWN = GRPC_STATUSES.indexOf('UNKNOWN');
const DEADLINE_EXCEEDED = GRPC_STATUSES.indexOf('DEADLINE_EXCEEDED');

/** The statuses of gRPC that stand for those of HTTP; for any other it is UNKNOWN. */
const OF_HTTP: Readonly<Record<number, GrpcStatus>> = {
  400: 'INTERNAL',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  429: 'UNAVAILABLE',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
};

/**
 * Returns how a call ended whose stream did. Who answers with a status of HTTP and without one of gRPC
 * is no server of gRPC, a proxy say: its status is translated. What is no answer of gRPC though HTTP
 * finds it good is of transport.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
 */
export function callEnd(call: EndedCall, rules: EndRules): CallEnd {
  const { httpStatus, contentType, grpcStatus } = call;
  const isGrpc = /^application\/grpc(?:[+;]|$)/u.test(contentType ?? '');
  if (httpStatus !== 200 && grpcStatus === undefined) {
    const name = OF_HTTP[httpStatus] ?? 'UNKNOWN';
    const end = ended(GRPC_STATUSES.indexOf(name), rules);
    return end.error === '' ? end : { ...end, error: `${end.error} (http ${httpStatus})` };
  }
  if (httpStatus === 200 && !isGrpc) return broken('not application/grpc');
  if (grpcStatus === undefined) return broken('no grpc-status');
  const code = /^\d{1,2}$/u.test(grpcStatus) ? Number(grpcStatus) : UNKNOWN;
  if (code !== 0) return ended(code < GRPC_STATUSES.length ? code : UNKNOWN, rules);
  if (!call.isWhole) return broken('message cut short');
  if (!rules.streamsIn && call.messages !== 1) {
    return broken(call.messages === 0 ? 'no message' : 'more than one message');
  }
  return ended(code, rules);
}

function ended(code: number, { okCodes, isPastDeadline }: EndRules): CallEnd {
  const status = GRPC_STATUS_BASE + code;
  if (okCodes[code] === 1) return { outcome: OK, status, error: '' };
  // The server has given up at the bound that we gave it: the same as if we had been the first.
  // Earlier it is the bound of somebody behind the server, and a failure of its own.
  if (code === DEADLINE_EXCEEDED && isPastDeadline) return { outcome: TIMEOUT, status, error: '' };
  return { outcome: STATUS, status, error: `grpc ${GRPC_STATUSES[code] ?? ''}` };
}

function broken(error: string): CallEnd {
  return { outcome: TRANSPORT, status: 0, error };
}
