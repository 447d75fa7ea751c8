import type { RenderedRequest } from '../../flow/index.ts';
import type { HttpCallSpec } from '../../scenario/index.ts';
import {
  formatTraceparent,
  SAMPLED_FLAG,
  TRACEPARENT_SPAN_ID_OFFSET,
  TRACEPARENT_TRACE_ID_OFFSET,
} from '../../trace/index.ts';
import { requestPrefix, type TargetAddress, dialLines } from './target-address.ts';

/** Written by the driver itself: what frames the message, and the trace context of each call. */
export const OWN_HEADERS: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'traceparent',
]);

/** The text that the ids of each call overwrite. */
export const BLANK_TRACEPARENT = formatTraceparent({
  traceId: 'f'.repeat(32),
  spanId: 'f'.repeat(16),
  flags: SAMPLED_FLAG,
});

const METHODS_WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const NOT_IN_PATH = /[^\u0021-\u007e]/gu;
const NOT_IN_VALUE = /[\r\n\0]/gu;

/** Returns the bytes of a step's requests, those of a path, headers and a body. */
export class RequestText {
  /**
   * Where ids are to be written into a message, from the end of its first line on; -1 for nowhere.
   */
  readonly #traceIdAfterLine: number;
  readonly #method: string;
  readonly #prefix: string;
  /** What follows the first line and is the same in every message, each line with its end. */
  readonly #fixedLines: string;
  /** `name: ` of each header of the step; undefined for one that is the driver's own. */
  readonly #names: readonly (string | undefined)[];

  constructor(call: HttpCallSpec, address: TargetAddress, traced: boolean) {
    const { method, request } = call;
    const { headers } = request;
    const names = headers.map(([name]) => name.toLowerCase());
    const ownLines = [
      ...(traced ? [`traceparent: ${BLANK_TRACEPARENT}`] : []),
      ...(names.includes('host') ? [] : [`host: ${address.authority}`]),
      ...(names.includes('user-agent') ? [] : ['user-agent: callgauge']),
      ...(names.includes('accept') ? [] : ['accept: */*']),
      ...dialLines(address),
    ];
    this.#method = method;
    this.#prefix = requestPrefix(address);
    this.#fixedLines = ownLines.map((line) => `${line}\r\n`).join('');
    this.#names = headers.map(lineOf);
    this.#traceIdAfterLine = traced ? 'traceparent: '.length + TRACEPARENT_TRACE_ID_OFFSET : -1;
  }

  /** Returns the first line with its end, CR LF. */
  firstLine(path: string, method = this.#method): string {
    return `${method} ${escapedPath(this.#prefix + path)} HTTP/1.1\r\n`;
  }

  /**
   * Returns the offset of the trace id in a message that begins with a line; -1 where there is
   * none.
   */
  traceIdOffset(firstLine: string): number {
    return this.#traceIdAfterLine < 0 ? -1 : firstLine.length + this.#traceIdAfterLine;
  }

  /**
   * Returns what follows the first line, up to the body; `headers` are those of the step, filled
   * in.
   */
  restOfHead(headers: RenderedRequest['headers'], bodyBytes: number, method?: string): string {
    let text = this.#fixedLines;
    for (let i = 0; i < headers.length; i++) {
      const value = headers[i]?.[1];
      // Behind those of the step stand what a call adds, its cookies say.
      const name =
        method === undefined && i < this.#names.length ? this.#names[i] : lineOf(headers[i]);
      if (name !== undefined && value !== undefined) {
        text += `${name}${value.replaceAll(NOT_IN_VALUE, ' ')}\r\n`;
      }
    }
    const hasLength = bodyBytes > 0 || METHODS_WITH_BODY.has(method ?? this.#method);
    return hasLength ? `${text}content-length: ${bodyBytes}\r\n\r\n` : `${text}\r\n`;
  }
}

/** Returns the beginning of a header's line; undefined for one that is the driver's own. */
function lineOf([name = '']: readonly [name: string, value: string] | readonly [] = []) {
  return OWN_HEADERS.has(name.toLowerCase()) ? undefined : `${name}: `;
}

/** The offset of the span id from that of the trace id. */
export const SPAN_ID_AFTER_TRACE_ID = TRACEPARENT_SPAN_ID_OFFSET - TRACEPARENT_TRACE_ID_OFFSET;

/** Returns a path with what may not stand in a request written as %XX. */
export function escapedPath(path: string): string {
  return path.replaceAll(NOT_IN_PATH, (character) => encodeURIComponent(character));
}
