import { invariant, type Ns } from '../../core/index.ts';
import type { RenderedRequest } from '../../flow/index.ts';
import type { StepSpec } from '../../scenario/index.ts';
import type { TraceField } from '../../trace/index.ts';
import {
  escapedPath,
  isIdempotent,
  okTable,
  OWN_HEADERS,
  type TargetAddress,
} from '../http/index.ts';
import { type BlockEnd, blockEnd, TracedBlock } from './traced-block.ts';

/**
 * Beside {@link OWN_HEADERS}, without a place in HTTP/2: what goes for one connection only, and
 * host.
 */
const HTTP1_HEADERS = new Set(['host', 'keep-alive', 'proxy-connection', 'te', 'upgrade']);

/** A step's request, built once. */
export interface RequestBlock {
  readonly block: TracedBlock;
  /** Undefined for none. It is never written to. */
  readonly body: Uint8Array | undefined;
}

/** What stays the same whatever a call of the step sends. */
export interface StepRequest {
  readonly fixed: RequestBlock;
  /** Returns what a call sends whose texts were filled in. */
  readonly filledIn: (request: RenderedRequest) => RequestBlock;
  /** Whether the answer has no body whatever its head says, where the call brings no method. */
  readonly isHead: boolean;
  /** Whether sending it twice is as good as once. */
  readonly isIdempotent: boolean;
  readonly timeoutNs: Ns;
  /** 1 for every status that counts as ok, by status. */
  readonly okStatuses: Uint8Array;
}

/** Returns the request of a step, which carries the headers of `trace`. */
export function stepRequest(
  step: StepSpec,
  address: TargetAddress,
  trace: readonly TraceField[],
): StepRequest {
  const { call } = step;
  invariant(call.protocol === 'http', `step ${step.name} is one of HTTP`);
  const { method } = call;
  const traceNames = new Set(trace.map(({ name }) => name));
  const parts = { address, traceNames, end: blockEnd(trace) };
  return {
    fixed: requestBlock(call.request, method, parts),
    filledIn: (request) => requestBlock(request, request.method ?? method, parts),
    isHead: method === 'HEAD',
    isIdempotent: isIdempotent(method),
    timeoutNs: step.timeoutNs,
    okStatuses: okTable(step),
  };
}

/** What all blocks of a step have in common. */
interface BlockParts {
  readonly address: TargetAddress;
  readonly traceNames: ReadonlySet<string>;
  readonly end: BlockEnd;
}

function requestBlock(
  { path, headers, body, bytes: bodyBytes }: RenderedRequest,
  method: string,
  { address, traceNames, end }: BlockParts,
): RequestBlock {
  const lowerCase = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  const isOwn = (name: string): boolean =>
    OWN_HEADERS.has(name) || HTTP1_HEADERS.has(name) || traceNames.has(name);
  const given = lowerCase.filter(([name]) => !isOwn(name));
  const has = (wanted: string): boolean => given.some(([name]) => name === wanted);
  const host = lowerCase.find(([name]) => name === 'host')?.[1];
  const bytes = bodyBytes ?? (body === '' ? undefined : Buffer.from(body, 'utf8'));
  const hasLength = bytes !== undefined || ['POST', 'PUT', 'PATCH'].includes(method);
  const fields: (readonly [string, string])[] = [
    [':method', method],
    [':scheme', address.tls ? 'https' : 'http'],
    [':authority', host ?? address.authority],
    [':path', escapedPath(address.basePath + path)],
    ...(has('user-agent') ? [] : [['user-agent', 'callgauge'] as const]),
    ...(has('accept') ? [] : [['accept', '*/*'] as const]),
    ...given.map(([name, value]) => [name, value.replaceAll(/[\r\n\0]/gu, ' ').trim()] as const),
    ...(hasLength ? [['content-length', String(bytes?.length ?? 0)] as const] : []),
  ];
  return { block: new TracedBlock(fields, end), body: bytes };
}
