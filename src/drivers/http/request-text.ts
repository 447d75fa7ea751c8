import type { RenderedRequest } from '../../flow/index.ts';
import type { HttpCallSpec } from '../../scenario/index.ts';
import type { IdPlace, TraceField } from '../../trace/index.ts';
import { requestPrefix, type TargetAddress, dialLines } from './target-address.ts';

/** Written by the driver itself, as the trace context of each call is: what frames the message. */
export const OWN_HEADERS: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
]);

const METHODS_WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const NOT_IN_PATH = /[^\u0021-\u007e]/gu;
const NOT_IN_VALUE = /[\r\n\0]/gu;

/** Returns the bytes of a step's requests, those of a path, headers and a body. */
export class RequestText {
  /** Where ids are to be written into a message, from the end of its first line on. */
  readonly idPlaces: readonly IdPlace[];
  readonly #method: string;
  readonly #prefix: string;
  /** What follows the first line and is the same in every message, each line with its end. */
  readonly #fixedLines: string;
  /** `name: ` of each header of the step; undefined for one that is the driver's own. */
  readonly #names: readonly (string | undefined)[];
  readonly #traceNames: ReadonlySet<string>;

  constructor(call: HttpCallSpec, address: TargetAddress, trace: readonly TraceField[]) {
    const { method, request } = call;
    const { headers } = request;
    const names = headers.map(([name]) => name.toLowerCase());
    const ownLines = [
      ...trace.map(({ name, value }) => `${name}: ${value}`),
      ...(names.includes('host') ? [] : [`host: ${address.authority}`]),
      ...(names.includes('user-agent') ? [] : ['user-agent: callgauge']),
      ...(names.includes('accept') ? [] : ['accept: */*']),
      ...dialLines(address),
    ];
    this.#method = method;
    this.#prefix = requestPrefix(address);
    this.#fixedLines = ownLines.map((line) => `${line}\r\n`).join('');
    this.#traceNames = new Set(trace.map(({ name }) => name));
    this.#names = headers.map((header) => this.#lineOf(header));
    this.idPlaces = placesInLines(trace);
  }

  /** Returns the first line with its end, CR LF. */
  firstLine(path: string, method = this.#method): string {
    return `${method} ${escapedPath(this.#prefix + path)} HTTP/1.1\r\n`;
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
        method === undefined && i < this.#names.length ? this.#names[i] : this.#lineOf(headers[i]);
      if (name !== undefined && value !== undefined) {
        text += `${name}${value.replaceAll(NOT_IN_VALUE, ' ')}\r\n`;
      }
    }
    const hasLength = bodyBytes > 0 || METHODS_WITH_BODY.has(method ?? this.#method);
    return hasLength ? `${text}content-length: ${bodyBytes}\r\n\r\n` : `${text}\r\n`;
  }

  /** Returns the beginning of a header's line; undefined for one that is the driver's own. */
  #lineOf([name = '']: readonly [name: string, value: string] | readonly [] = []) {
    const lowerName = name.toLowerCase();
    return OWN_HEADERS.has(lowerName) || this.#traceNames.has(lowerName) ? undefined : `${name}: `;
  }
}

/** Returns the places in lines that begin at 0, each with its end, CR LF. */
function placesInLines(trace: readonly TraceField[]): readonly IdPlace[] {
  let lineAt = 0;
  return trace.flatMap(({ name, value, places }) => {
    const valueAt = lineAt + name.length + 2;
    lineAt = valueAt + value.length + 2;
    return places.map(({ part, offset }) => ({ part, offset: valueAt + offset }));
  });
}

/** Returns a path with what may not stand in a request written as %XX. */
export function escapedPath(path: string): string {
  return path.replaceAll(NOT_IN_PATH, (character) => encodeURIComponent(character));
}
