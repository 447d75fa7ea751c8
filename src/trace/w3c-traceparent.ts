import { RUN_ID, SPAN_ID, TRACE_ID_TAIL, type TraceFormat } from './trace-format.ts';

/** What a traceparent header carries. Ids are lower-case hex and never all-zero. */
export interface TraceContext {
  /** 32 digits. */
  readonly traceId: string;
  /** The caller's span, 16 digits. */
  readonly spanId: string;
  /** 0 to 255; bit 0 is "sampled", bit 1 "the trace id is random". */
  readonly flags: number;
}

const TRACEPARENT =
  /^([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/u;

/**
 * W3C Trace Context: `00-TRACE-SPAN-FLAGS`. No tracestate is sent: it would say nothing.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export const w3c: TraceFormat = {
  headers: [{ name: 'traceparent', value: ['00-', RUN_ID, TRACE_ID_TAIL, '-', SPAN_ID, '-01'] }],
  readIds: (header) => parseTraceparent(header('traceparent') ?? ''),
};

/**
 * Returns the context of a `traceparent` header, undefined where it is not valid: upper case, an
 * all-zero id, version ff, or anything after the flags of version 00. Of a later version the
 * first four fields are taken and further ones, each behind a `-`, left alone.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceparent(header: string): TraceContext | undefined {
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}
