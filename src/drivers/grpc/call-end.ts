import {
  GRPC_STATUSES,
  type GrpcStatus,
  NO_STATUS,
  type Ns,
  NS_PER_MS,
  OK,
  type OutcomeCode,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../../core/index.ts';
import { statusMessage } from './status-message.ts';

/** What is known of a call when its stream has ended. */
export interface EndedCall {
  readonly httpStatus: number;
  /** Of the head; undefined where it has none. */
  readonly contentType: string | undefined;
  /** The text of grpc-status; undefined where it did not come. */
  readonly grpcStatus: string | undefined;
  /** The text of grpc-message, as it came; '' where it did not. */
  readonly grpcMessage: string;
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
  /** Whether the deadline that the server was sent has passed, or nearly (see `earlyNs`). */
  readonly isPastDeadline: boolean;
}

/** How a call ended; `status` as a call carries it. */
export interface CallEnd {
  readonly outcome: OutcomeCode;
  readonly status: number;
  readonly error: string;
}

/** What most servers say, and all that they may. */
const PLAIN_TYPE = 'application/grpc';
const GRPC_TYPE = /^application\/grpc(?:[+;]|$)/u;
const UNKNOWN = GRPC_STATUSES.indexOf('UNKNOWN');
/** By these a server says that it gave a call up; a call that we have not cancelled, that is. */
const GIVEN_UP: ReadonlySet<number> = new Set(
  (['DEADLINE_EXCEEDED', 'CANCELLED'] as const).map((name) => GRPC_STATUSES.indexOf(name)),
);
/** By these a proxy of HTTP says the same. */
const GIVEN_UP_HTTP: ReadonlySet<number> = new Set([408, 504]);

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

/** A timer of whole milliseconds, begun by a clock that is read once in a turn, may be so early. */
const EARLY_NS: Ns = 5 * NS_PER_MS;
/** Who passes a timeout on in three digits leaves out less than this share of it. */
const EARLY_SHARE = 0.01;
/** Of a deadline that is not much longer than those. */
const EARLY_SHARE_MAX = 0.25;

/**
 * Returns how long before a deadline a server may end a call because of it. The server's clock
 * begins after ours, and what we send is rounded up: one that measures exactly is never early.
 */
export function earlyNs(deadlineNs: Ns): Ns {
  return Math.min(EARLY_NS + EARLY_SHARE * deadlineNs, EARLY_SHARE_MAX * deadlineNs);
}

/**
 * Returns whether a stream that ended without an answer, for the reason that `error` names, may
 * have been given up at its deadline. A server that refuses streams, or sends them elsewhere, has
 * not begun them; one that breaks the protocol has no deadline in mind.
 */
export function mayBeGivenUp(error: string): boolean {
  return (
    (error.startsWith('reset: ') && error !== 'reset: REFUSED_STREAM') ||
    error === 'ECONNRESET' ||
    error === 'closed mid-response'
  );
}

/**
 * Returns how a call ended whose stream did. Who answers with a status of HTTP and without one of
 * gRPC is no server of gRPC, a proxy say: its status is translated. What is no answer of gRPC
 * though HTTP finds it good is of transport.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
 */
export function callEnd(call: EndedCall, rules: EndRules): CallEnd {
  const { httpStatus, contentType, grpcStatus } = call;
  const isGrpc = contentType === PLAIN_TYPE || GRPC_TYPE.test(contentType ?? '');
  if (httpStatus !== 200 && grpcStatus === undefined) {
    const code = GRPC_STATUSES.indexOf(OF_HTTP[httpStatus] ?? 'UNKNOWN');
    if (rules.isPastDeadline && GIVEN_UP_HTTP.has(httpStatus)) return givenUp(code);
    const end = ended(code, rules);
    return end.error === '' ? end : { ...end, error: `${end.error} (http ${httpStatus})` };
  }
  if (httpStatus === 200 && !isGrpc) return broken('not application/grpc');
  if (grpcStatus === undefined) {
    return rules.isPastDeadline ? givenUp(NO_STATUS) : broken('no grpc-status');
  }
  const code = grpcStatus === '0' ? 0 : codeOf(grpcStatus);
  if (code !== 0) {
    return withMessage(ended(code < GRPC_STATUSES.length ? code : UNKNOWN, rules), call);
  }
  if (!call.isWhole) return broken('message cut short');
  if (!rules.streamsIn && call.messages !== 1) {
    return broken(call.messages === 0 ? 'no message' : 'more than one message');
  }
  return ended(code, rules);
}

function codeOf(grpcStatus: string): number {
  return /^\d{1,2}$/u.test(grpcStatus) ? Number(grpcStatus) : UNKNOWN;
}

function ended(code: number, { okCodes, isPastDeadline }: EndRules): CallEnd {
  if (okCodes[code] === 1) return { outcome: OK, status: code, error: '' };
  // At the bound that we gave it: the same as if we had been the first. Earlier it is the bound of
  // somebody behind the server, and a failure of its own.
  if (isPastDeadline && GIVEN_UP.has(code)) return givenUp(code);
  return { outcome: STATUS, status: code, error: `grpc ${GRPC_STATUSES[code] ?? ''}` };
}

function withMessage(end: CallEnd, { grpcMessage }: EndedCall): CallEnd {
  if (end.error === '' || grpcMessage === '') return end;
  const message = statusMessage(grpcMessage);
  return message === '' ? end : { ...end, error: `${end.error}: ${message}` };
}

function givenUp(status: number): CallEnd {
  return { outcome: TIMEOUT, status, error: '' };
}

function broken(error: string): CallEnd {
  return { outcome: TRANSPORT, status: NO_STATUS, error };
}
