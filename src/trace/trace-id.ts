const HEX_ID = /^(?!0+$)[0-9a-f]{1,32}$/u;

/** The ids that a request carries. */
export interface TraceIds {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Of the span that sent the request, 16 lower-case hex digits; '' where none is valid. */
  readonly spanId: string;
}

/**
 * Returns the 32 digits of a trace id that may be shorter, 64 bits say, or in upper case; undefined
 * where it is none.
 */
export function fullTraceId(digits: string): string | undefined {
  const lowerCase = digits.toLowerCase();
  return HEX_ID.test(lowerCase) ? lowerCase.padStart(32, '0') : undefined;
}

/**
 * Returns the ids of a request from their digits, which may be fewer or in upper case; undefined
 * without a valid trace id.
 */
export function traceIdsFrom(traceDigits: string, spanDigits: string): TraceIds | undefined {
  const traceId = fullTraceId(traceDigits);
  if (traceId === undefined) return undefined;
  const spanId = spanDigits.length > 16 ? '' : (fullTraceId(spanDigits)?.slice(16) ?? '');
  return { traceId, spanId };
}
