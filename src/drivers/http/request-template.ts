import type { Ns } from '../../core/index.ts';
import type { StepSpec } from '../../scenario/index.ts';
import {
  type RunIds,
  SAMPLED_FLAG,
  TRACEPARENT_LENGTH,
  TRACEPARENT_SPAN_ID_OFFSET,
  TRACEPARENT_TRACE_ID_OFFSET,
} from '../../trace/index.ts';
import type { TargetAddress } from './target-address.ts';

/** Up to this size a body lies in one buffer with the head; past it all connections share one. */
const INLINE_BODY_BYTES_MAX = 16_384;

/** Written by the driver itself: what frames the message, and the trace context of each call. */
const OWN_HEADERS = ['content-length', 'transfer-encoding', 'connection', 'traceparent'];

/** A step's request, built once. A connection takes a copy of `head` and patches the ids into it. */
export interface RequestTemplate {
  /** The head, and behind it a body that is small. */
  readonly head: Buffer;
  /** A body that is not small; undefined for none. It is never written to. */
  readonly largeBody: Buffer | undefined;
  readonly bytesTotal: number;
  /** Where the trace and span id stand in `head`; -1 where the request carries none. */
  readonly traceIdOffset: number;
  readonly spanIdOffset: number;
  /** Whether the answer has no body whatever its head says. */
  readonly isHead: boolean;
  readonly timeoutNs: Ns;
  /** 1 for every status that counts as ok, by status. */
  readonly okStatuses: Uint8Array;
}

/**
 * Returns the request of a step. With `ids` it carries a traceparent header, in which the half of the
 * trace id that is the same for the whole run is written already.
 */
export function requestTemplate(
  step: StepSpec,
  address: TargetAddress,
  ids: RunIds | undefined,
): RequestTemplate {
  const body = Buffer.from(step.http.body, 'utf8');
  const lines = headLines(step, address, body.length);
  const start = Buffer.byteLength(lines[0] ?? '') + '\r\ntraceparent: '.length;
  const traced = ids !== undefined;
  if (traced) lines.splice(1, 0, `traceparent: ${blankTraceparent()}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'utf8');
  if (traced) ids.writeTraceId(0, head, start + TRACEPARENT_TRACE_ID_OFFSET);
  const isLarge = body.length > INLINE_BODY_BYTES_MAX;
  return {
    head: isLarge ? head : Buffer.concat([head, body]),
    largeBody: isLarge ? body : undefined,
    bytesTotal: head.length + body.length,
    traceIdOffset: traced ? start + TRACEPARENT_TRACE_ID_OFFSET : -1,
    spanIdOffset: traced ? start + TRACEPARENT_SPAN_ID_OFFSET : -1,
    isHead: step.http.method === 'HEAD',
    timeoutNs: step.timeoutNs,
    okStatuses: okTable(step),
  };
}

function headLines(step: StepSpec, address: TargetAddress, bodyLength: number): string[] {
  const { method, path, headers } = step.http;
  const given = headers.filter(([name]) => !OWN_HEADERS.includes(name.toLowerCase()));
  const has = (wanted: string): boolean => given.some(([name]) => name.toLowerCase() === wanted);
  const hasBody = bodyLength > 0 || ['POST', 'PUT', 'PATCH'].includes(method);
  return [
    `${method} ${escaped(address.basePath + path)} HTTP/1.1`,
    ...(has('host') ? [] : [`host: ${address.authority}`]),
    ...(has('user-agent') ? [] : ['user-agent: callgauge']),
    ...(has('accept') ? [] : ['accept: */*']),
    ...given.map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n\0]/gu, ' ')}`),
    ...(hasBody ? [`content-length: ${bodyLength}`] : []),
  ];
}

/** Returns a path with what may not stand in a request line written as %XX. */
function escaped(path: string): string {
  return path.replaceAll(/[^\u0021-\u007e]/gu, (character) => encodeURIComponent(character));
}

function blankTraceparent(): string {
  const flags = SAMPLED_FLAG.toString(16).padStart(2, '0');
  const ids = '0'.repeat(TRACEPARENT_LENGTH - '00-'.length - '-01'.length).split('');
  ids[TRACEPARENT_SPAN_ID_OFFSET - '00-'.length - 1] = '-';
  return `00-${ids.join('')}-${flags}`;
}

function okTable(step: StepSpec): Uint8Array {
  const table = new Uint8Array(1_000);
  for (const { from, to } of step.okStatuses) table.fill(1, from, to + 1);
  return table;
}
