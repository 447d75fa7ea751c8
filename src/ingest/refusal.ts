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

/** OpenTelemetry JS drops a batch at once for 0 and 10, and tries for 8 s with 2 (findings/). */
export const RETRY_AFTER_SEC = 2;

export const REFUSAL_STATUSES: readonly number[] = Object.keys(RPC_CODES).map(Number);

export type RefusalStatus = keyof typeof RPC_CODES;

/** Why requests are refused, each counted by itself: its status, and what it is in a list. */
export const REFUSAL_REASONS = {
  protocol: { status: 400, text: 'no HTTP/1.1' },
  body: { status: 400, text: 'broken body' },
  message: { status: 400, text: 'no trace export' },
  web: { status: 403, text: 'from a web page, or under an unknown name' },
  metrics: { status: 404, text: 'metrics' },
  logs: { status: 404, text: 'logs' },
  path: { status: 404, text: 'wrong path' },
  method: { status: 405, text: 'wrong method' },
  size: { status: 413, text: 'too large' },
  items: { status: 413, text: 'too many items' },
  type: { status: 415, text: 'wrong content-type' },
  encoding: { status: 415, text: 'wrong content-encoding' },
  busy: { status: 503, text: 'too much under way' },
  store: { status: 503, text: 'store full or away' },
} as const satisfies Readonly<Record<string, { status: RefusalStatus; text: string }>>;

export type RefusalReason = keyof typeof REFUSAL_REASONS;

/**
 * Why a request is not taken. It ends as the answer to the client that sent it, never as an error
 * of callgauge. 503 alone invites the client to send the same again.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }

  get status(): RefusalStatus {
    return REFUSAL_REASONS[this.reason].status;
  }

  get rpcCode(): number {
    return RPC_CODES[this.status];
  }
}

/** The other signals, each with its service and the setting that keeps an SDK from sending it. */
export const OTHER_SIGNALS = {
  metrics: { service: 'MetricsService', setting: 'OTEL_METRICS_EXPORTER=none' },
  logs: { service: 'LogsService', setting: 'OTEL_LOGS_EXPORTER=none' },
} as const;
export type OtherSignal = keyof typeof OTHER_SIGNALS;

/** Returns why a request with another signal than traces is not taken. */
export function otherSignal(signal: OtherSignal): Refusal {
  const { setting } = OTHER_SIGNALS[signal];
  return new Refusal(signal, `only traces are taken here, not ${signal}; ${setting} stops them`);
}
