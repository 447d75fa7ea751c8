/** The HTTP statuses with which a request is refused, and the `google.rpc.Code` of each. */
const RPC_CODES = {
  400: 3, // INVALID_ARGUMENT
  403: 7, // PERMISSION_DENIED
  404: 12, // UNIMPLEMENTED
  405: 12,
  413: 8, // RESOURCE_EXHAUSTED
  415: 3,
  503: 14, // UNAVAILABLE
} as const;

export const REFUSAL_STATUSES: readonly number[] = Object.keys(RPC_CODES).map(Number);

export type RefusalStatus = keyof typeof RPC_CODES;

/**
 * Why a request is not taken. It ends as the answer to the client that sent it, never as an error
 * of callgauge. 503 alone invites the client to send the same again.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: RefusalStatus;

  constructor(status: RefusalStatus, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
  }

  get rpcCode(): number {
    return RPC_CODES[this.status];
  }
}
