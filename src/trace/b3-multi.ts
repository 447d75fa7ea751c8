import { RUN_ID, SPAN_ID, TRACE_ID_TAIL, type TraceFormat } from './trace-format.ts';
import { traceIdsFrom } from './trace-id.ts';

const TRACE_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/iu;

/**
 * B3 of Zipkin in a header for each field. X-B3-ParentSpanId is not sent: a call has no parent.
 *
 * @see https://github.com/openzipkin/b3-propagation#multiple-headers
 */
export const b3Multi: TraceFormat = {
  headers: [
    { name: 'x-b3-traceid', value: [RUN_ID, TRACE_ID_TAIL] },
    { name: 'x-b3-spanid', value: [SPAN_ID] },
    { name: 'x-b3-sampled', value: ['1'] },
  ],
  readIds: (header) => {
    const traceId = TRACE_ID.exec(header('x-b3-traceid') ?? '')?.[0] ?? '';
    return traceIdsFrom(traceId, header('x-b3-spanid') ?? '');
  },
};
