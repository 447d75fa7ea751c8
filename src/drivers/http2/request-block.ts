import type { Ns } from '../../core/index.ts';
import type { RenderedRequest } from '../../flow/index.ts';
import type { HttpRequestSpec, StepSpec } from '../../scenario/index.ts';
import {
  SAMPLED_FLAG,
  TRACEPARENT_SPAN_ID_OFFSET,
  TRACEPARENT_TRACE_ID_OFFSET,
} from '../../trace/index.ts';
import type { TargetAddress } from '../http/index.ts';
import { headerBlock } from './header-block.ts';

/**
 * Written by the driver itself, or without a place in HTTP/2: what frames the message, what goes for
 * one connection only, and the trace context of each call.
 */
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'traceparent',
  'transfer-encoding',
  'upgrade',
]);

/** A step's request, built once. The ids of each call are written into `block` in place. */
export interface RequestBlock {
  readonly block: Buffer;
  /** Undefined for none. It is never written to. */
  readonly body: Buffer | undefined;
  /** Where the trace and span id stand in `block`; -1 where the request carries none. */
  readonly traceIdOffset: number;
  readonly spanIdOffset: number;
}

/** What stays the same whatever a call of the step sends. */
export interface StepRequest {
  readonly fixed: RequestBlock;
  /** Returns what a call sends whose texts were filled in. */
  readonly filledIn: (request: RenderedRequest) => RequestBlock;
  /** Whether the answer has no body whatever its head says. */
  readonly isHead: boolean;
  readonly timeoutNs: Ns;
  /** 1 for every status that counts as ok, by status. */
  readonly okStatuses: Uint8Array;
}

/** Returns the request of a step; `traced` if it is to carry a traceparent header. */
export function stepRequest(step: StepSpec, address: TargetAddress, traced: boolean): StepRequest {
  const { method } = step.http;
  const okStatuses = new Uint8Array(1_000);
  for (const { from, to } of step.okStatuses) okStatuses.fill(1, from, to + 1);
  return {
    fixed: requestBlock(step.http, method, address, traced),
    filledIn: (request) => requestBlock(request, method, address, traced),
    isHead: method === 'HEAD',
    timeoutNs: step.timeoutNs,
    okStatuses,
  };
}

function requestBlock(
  { path, headers, body }: Pick<HttpRequestSpec, 'path' | 'headers' | 'body'>,
  method: string,
  address: TargetAddress,
  traced: boolean,
): RequestBlock {
  const lowerCase = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  const given = lowerCase.filter(([name]) => !OWN_HEADERS.has(name));
  const has = (wanted: string): boolean => given.some(([name]) => name === wanted);
  const host = lowerCase.find(([name]) => name === 'host')?.[1];
  const bytes = body === '' ? undefined : Buffer.from(body, 'utf8');
  const hasLength = bytes !== undefined || ['POST', 'PUT', 'PATCH'].includes(method);
  const fields: (readonly [string, string])[] = [
    [':method', method],
    [':scheme', address.tls ? 'https' : 'http'],
    [':authority', host ?? address.authority],
    [':path', escaped(address.basePath + path)],
    ...(traced ? [['traceparent', BLANK_TRACEPARENT] as const] : []),
    ...(has('user-agent') ? [] : [['user-agent', 'callgauge'] as const]),
    ...(has('accept') ? [] : [['accept', '*/*'] as const]),
    ...given.map(([name, value]) => [name, value.replaceAll(/[\r\n\0]/gu, ' ').trim()] as const),
    ...(hasLength ? [['content-length', String(bytes?.length ?? 0)] as const] : []),
  ];
  const { bytes: block, valueOffsets } = headerBlock(fields, ['traceparent']);
  const offset = valueOffsets.get('traceparent');
  return {
    block,
    body: bytes,
    traceIdOffset: offset === undefined ? -1 : offset + TRACEPARENT_TRACE_ID_OFFSET,
    spanIdOffset: offset === undefined ? -1 : offset + TRACEPARENT_SPAN_ID_OFFSET,
  };
}

/** Returns a path with what may not stand in a request written as %XX. */
function escaped(path: string): string {
  return path.replaceAll(/[^\u0021-\u007e]/gu, (character) => encodeURIComponent(character));
}

const BLANK_TRACEPARENT = [
  '00',
  '0'.repeat(32),
  '0'.repeat(16),
  SAMPLED_FLAG.toString(16).padStart(2, '0'),
].join('-');
