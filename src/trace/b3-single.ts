import { RUN_ID, SPAN_ID, TRACE_ID_TAIL, type TraceFormat } from './trace-format.ts';
import { traceIdsFrom } from './trace-id.ts';

const IDS = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-[01d](?:-[0-9a-f]{16})?)?$/iu;

/**
 * B3 of Zipkin in one header: `TRACE-SPAN-SAMPLED`. The span id of the caller's own parent, which
 * may follow, is not sent: a call has none.
 *
 * @see https://github.com/openzipkin/b3-propagation#single-header
 */
export const b3Single: TraceFormat = {
  headers: [{ name: 'b3', value: [RUN_ID, TRACE_ID_TAIL, '-', SPAN_ID, '-1'] }],
  readIds: (header) => {
    const [, traceId = '', spanId = ''] = IDS.exec(header('b3') ?? '') ?? [];
    return traceIdsFrom(traceId, spanId);
  },
};
