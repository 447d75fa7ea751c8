import {
  RUN_RANDOM,
  RUN_SECONDS,
  SPAN_ID,
  TRACE_ID_TAIL,
  type TraceFormat,
} from './trace-format.ts';
import { traceIdsFrom } from './trace-id.ts';

/** Fields come in any order, and a load balancer sends `Root` alone. */
const ROOT = /(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})\s*(?:;|$)/iu;
const PARENT = /(?:^|;)\s*Parent=([0-9a-f]{16})\s*(?:;|$)/iu;

/**
 * AWS X-Ray: `Root=1-SECONDS-96 BITS;Parent=SPAN;Sampled=1`. X-Ray takes a trace only where those
 * seconds are of the last 30 days; our trace ids begin with the second in which the run started.
 *
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html
 */
export const xray: TraceFormat = {
  headers: [
    {
      name: 'x-amzn-trace-id',
      value: [
        ...['Root=1-', RUN_SECONDS, '-', RUN_RANDOM, TRACE_ID_TAIL],
        ...[';Parent=', SPAN_ID, ';Sampled=1'],
      ],
    },
  ],
  readIds: (header) => {
    const value = header('x-amzn-trace-id') ?? '';
    const [, seconds = '', random = ''] = ROOT.exec(value) ?? [];
    return traceIdsFrom(seconds + random, PARENT.exec(value)?.[1] ?? '');
  },
};
