import type { Ns } from '../../core/index.ts';
import type { TargetAddress } from '../http/index.ts';
import { grpcTimeout } from './grpc-timeout.ts';
import { ACCEPTED_ENCODINGS, type MessageEncoding } from './message-encoding.ts';

export interface CallFieldsOptions {
  /** `/shop.Orders/Create`. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly address: TargetAddress;
  /** Sent as grpc-timeout; undefined for none. */
  readonly deadlineNs: Ns | undefined;
  /** Of the messages that are sent; absent for messages as they are. */
  readonly encoding?: MessageEncoding | undefined;
}

/**
 * Returns the fields that open a call, but for those of its trace.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
 */
export function callFields(
  options: CallFieldsOptions,
): readonly (readonly [name: string, value: string])[] {
  const { path, headers, address, deadlineNs, encoding } = options;
  const hasAgent = headers.some(([name]) => name === 'user-agent');
  return [
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
    ...headers.map(([name, value]) => [name, oneLine(value)] as const),
  ];
}

/** Metadata is ASCII that can be printed; what was filled in may be more. */
function oneLine(value: string): string {
  return value.replaceAll(/[^\u0020-\u007e]/gu, ' ').trim();
}
