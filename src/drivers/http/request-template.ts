import { invariant, type Ns } from '../../core/index.ts';
import type { DriverCall } from '../../engine/index.ts';
import type { RenderedRequest } from '../../flow/index.ts';
import type { StepSpec } from '../../scenario/index.ts';
import type { IdPlace, TraceField } from '../../trace/index.ts';
import { RequestText } from './request-text.ts';
import type { TargetAddress } from './target-address.ts';

/** Up to this size a body lies in one buffer with the head; past it all connections share one. */
const INLINE_BODY_BYTES_MAX = 16_384;

/** A request as it goes on the wire. */
export interface Message {
  /** The head, and behind it a body that is small. */
  readonly head: Buffer;
  /** A body that is not small; undefined for none. It is never written to. */
  readonly largeBody: Buffer | undefined;
  readonly bytesTotal: number;
  /** Where the ids of a call go, counted from `idsFrom` in `head`; empty where it carries none. */
  readonly idPlaces: readonly IdPlace[];
  readonly idsFrom: number;
}

/**
 * A step's request, built once. A connection takes a copy of `head` and patches the ids into it; a
 * call that brings a request of its own is {@link rendered}.
 */
export interface RequestTemplate extends Message {
  /** Whether the answer has no body whatever its head says. */
  readonly isHead: boolean;
  /** Whether sending it twice is as good as once. */
  readonly isIdempotent: boolean;
  readonly timeoutNs: Ns;
  /** 1 for every status that counts as ok, by status. */
  readonly okStatuses: Uint8Array;
  /** Returns the message of one call, whose buffers are nobody else's. */
  rendered(request: RenderedRequest): Message;
}

/** Returns the request of a step, which carries the headers of `trace`. */
export function requestTemplate(
  step: StepSpec,
  address: TargetAddress,
  trace: readonly TraceField[],
): RequestTemplate {
  const { call } = step;
  invariant(call.protocol === 'http', `step ${step.name} is one of HTTP`);
  const text = new RequestText(call, address, trace);
  return {
    ...message(text, call.request),
    isHead: call.method === 'HEAD',
    isIdempotent: isIdempotent(call.method),
    timeoutNs: step.timeoutNs,
    okStatuses: okTable(step),
    rendered: (request) => message(text, request),
  };
}

function message(
  text: RequestText,
  { path, headers, body, bytes, method }: RenderedRequest,
): Message {
  const firstLine = text.firstLine(path, method);
  const bodyBytes = bytes?.length ?? (body === '' ? 0 : Buffer.byteLength(body));
  const headText = firstLine + text.restOfHead(headers, bodyBytes, method);
  const isLarge = bodyBytes > INLINE_BODY_BYTES_MAX;
  const head =
    bytes === undefined || isLarge
      ? Buffer.from(isLarge ? headText : headText + body, 'utf8')
      : Buffer.concat([Buffer.from(headText, 'utf8'), bytes]);
  return {
    head,
    largeBody: isLarge ? asBuffer(bytes ?? body) : undefined,
    bytesTotal: head.length + (isLarge ? bodyBytes : 0),
    idPlaces: text.idPlaces,
    idsFrom: firstLine.length,
  };
}

/** Returns the bytes of a body; those of one that has some are not copied. */
function asBuffer(body: Uint8Array | string): Buffer {
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** Returns whether the calls of a step may go to a target: its own, or one it is sent on to. */
export function isOfTarget({ target, call }: StepSpec, name: string): boolean {
  return target === name || (call.protocol === 'http' && call.redirects !== undefined);
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
]);

/** Returns whether a request that is made twice means what it means once. */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** Returns whether a call may be sent twice: by its own method, or its step's where it has none. */
export function isSafeTwice(
  { request }: DriverCall,
  step: Pick<RequestTemplate, 'isIdempotent'> | undefined,
): boolean {
  const method = request?.method;
  return method === undefined ? step?.isIdempotent === true : isIdempotent(method);
}

/** Returns a table that holds 1 for every status of a step that counts as ok, by status. */
export function okTable(step: Pick<StepSpec, 'okStatuses'>): Uint8Array {
  const table = new Uint8Array(1_000);
  for (const { from, to } of step.okStatuses) table.fill(1, from, to + 1);
  return table;
}
