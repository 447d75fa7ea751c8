import type { Ns } from '../../core/index.ts';
import { TRACEPARENT_SPAN_ID_OFFSET, TRACEPARENT_TRACE_ID_OFFSET } from '../../trace/index.ts';
import { BLANK_TRACEPARENT, type TargetAddress } from '../http/index.ts';
import { headerBlock } from '../http2/index.ts';
import { grpcTimeout } from './grpc-timeout.ts';
import { ACCEPTED_ENCODINGS, type MessageEncoding } from './message-encoding.ts';

/** The block of fields that opens a call. The ids of each call are written into it in place. */
export interface CallHead {
  readonly block: Buffer;
  /** The offsets of the trace and span id; -1 where it carries none. */
  readonly traceIdOffset: number;
  readonly spanIdOffset: number;
}

export interface CallHeadOptions {
  /** `/shop.Orders/Create`. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly address: TargetAddress;
  readonly traced: boolean;
  /** Sent as grpc-timeout; undefined for none. */
  readonly deadlineNs: Ns | undefined;
  /** Of the messages that are sent; absent for messages as they are. */
  readonly encoding?: MessageEncoding | undefined;
}

const TRACEPARENT = 'traceparent';

/**
 * Returns the head of calls.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
 */
export function callHead(options: CallHeadOptions): CallHead {
  const { path, headers, address, traced, deadlineNs, encoding } = options;
  const hasAgent = headers.some(([name]) => name === 'user-agent');
  const fields: (readonly [string, string])[] = [
    [':method', 'POST'],
    [':scheme', address.tls ? 'https' : 'http'],
    [':authority', address.authority],
    [':path', address.basePath + path],
    ['te', 'trailers'],
    ...(deadlineNs === undefined ? [] : [['grpc-timeout', grpcTimeout(deadlineNs)] as const]),
    ['content-type', 'application/grpc'],
    ...(encoding === undefined ? [] : [['grpc-encoding', encoding] as const]),
    ['grpc-accept-encoding', ACCEPTED_ENCODINGS],
    ...(hasAgent ? [] : [['user-agent', 'callgauge'] as const]),
    ...(traced ? [[TRACEPARENT, BLANK_TRACEPARENT] as const] : []),
    ...headers.map(([name, value]) => [name, oneLine(value)] as const),
  ];
  const { bytes: block, valueOffsets } = headerBlock(fields, [TRACEPARENT]);
  const offset = valueOffsets.get(TRACEPARENT);
  return {
    block,
    traceIdOffset: offset === undefined ? -1 : offset + TRACEPARENT_TRACE_ID_OFFSET,
    spanIdOffset: offset === undefined ? -1 : offset + TRACEPARENT_SPAN_ID_OFFSET,
  };
}

/** Metadata is ASCII that can be printed; what was filled in may be more. */
function oneLine(value: string): string {
  return value.replaceAll(/[^\u0020-\u007e]/gu, ' ').trim();
}
