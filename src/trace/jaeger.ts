import { RUN_ID, SPAN_ID, TRACE_ID_TAIL, type TraceFormat } from './trace-format.ts';
import { traceIdsFrom } from './trace-id.ts';

/** Ids without their leading zeros; colons may be percent-encoded. */
const IDS =
  /^([0-9a-f]{1,32})(?::|%3a)([0-9a-f]{1,16})(?::|%3a)[0-9a-f]{1,16}(?::|%3a)[0-9a-f]{1,2}$/iu;

/**
 * Jaeger's own: `TRACE:SPAN:PARENT:FLAGS`, where the parent is deprecated and 0, and bit 0 of the
 * flags is "sampled".
 *
 * @see https://www.jaegertracing.io/docs/1.76/architecture/apis/#tracespan-identity
 */
export const jaeger: TraceFormat = {
  headers: [{ name: 'uber-trace-id', value: [RUN_ID, TRACE_ID_TAIL, ':', SPAN_ID, ':0:1'] }],
  readIds: (header) => {
    const [, traceId = '', spanId = ''] = IDS.exec(header('uber-trace-id') ?? '') ?? [];
    return traceIdsFrom(traceId, spanId);
  },
};
