import { invariant } from '../core/index.ts';

/** What a traceparent header carries. Ids are lower-case hex and never all-zero. */
export interface TraceContext {
  readonly traceId: string;
  /** The caller's span. */
  readonly spanId: string;
  /** 0 to 255; bit 0 is "sampled", bit 1 "the trace id is random". */
  readonly flags: number;
}

/**
 * The header's places, for patching ids into a request that was built once:
 *
 *   00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
 *   0  3                                36               53
 */
export const TRACEPARENT_LENGTH = 55;
export const TRACEPARENT_TRACE_ID_OFFSET = 3;
export const TRACEPARENT_SPAN_ID_OFFSET = 36;
export const SAMPLED_FLAG = 0x01;

const TRACEPARENT =
  /^([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/u;
const IDS = /^(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}$/u;

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

/** Returns the header of version 00 for a context. */
export function formatTraceparent(context: TraceContext): string {
  const { traceId, spanId, flags } = context;
  invariant(IDS.test(`${traceId}-${spanId}`), `no trace context: '${traceId}', '${spanId}'`);
  invariant(Number.isInteger(flags) && flags >= 0 && flags <= 255, `no trace flags: ${flags}`);
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}
