import {
  RUN_ID,
  SPAN_ID_DECIMAL,
  TRACE_ID_TAIL_DECIMAL,
  type TraceFormat,
} from './trace-format.ts';
import { traceIdsFrom } from './trace-id.ts';

const DECIMAL = /^[0-9]{1,20}$/u;
const UPPER_HALF = /(?:^|,)\s*_dd\.p\.tid=([0-9a-f]{16})\s*(?:,|$)/u;
const TWO_64 = 2n ** 64n;

/**
 * Datadog: 64 bits of each id as decimal numbers without leading zeros, which some tracers refuse.
 * The upper 64 bits of the trace id are a tag beside them; a tracer that does not know it joins
 * calls by the lower ones. Priority 1 is "kept by the sampler".
 *
 * @see https://docs.datadoghq.com/tracing/trace_collection/trace_context_propagation/
 */
export const datadog: TraceFormat = {
  headers: [
    { name: 'x-datadog-trace-id', value: [TRACE_ID_TAIL_DECIMAL] },
    { name: 'x-datadog-parent-id', value: [SPAN_ID_DECIMAL] },
    { name: 'x-datadog-sampling-priority', value: ['1'] },
    { name: 'x-datadog-tags', value: ['_dd.p.tid=', RUN_ID] },
  ],
  readIds: (header) => {
    const lower = hexDigits(header('x-datadog-trace-id') ?? '');
    if (lower === '') return undefined;
    const upper = UPPER_HALF.exec(header('x-datadog-tags') ?? '')?.[1] ?? '';
    return traceIdsFrom(upper + lower, hexDigits(header('x-datadog-parent-id') ?? ''));
  },
};

/** Returns 16 hex digits; '' where the text is no decimal number of 64 bits above 0. */
function hexDigits(decimal: string): string {
  if (!DECIMAL.test(decimal)) return '';
  const id = BigInt(decimal);
  return id === 0n || id >= TWO_64 ? '' : id.toString(16).padStart(16, '0');
}
