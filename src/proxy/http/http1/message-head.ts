import type { HeaderField } from '../../../faults/index.ts';

/** The head of a message of HTTP/1.x, as it came. */
export interface MessageHead {
  /** Without its line break. */
  readonly startLine: string;
  readonly fields: readonly HeaderField[];
  /** All of it to the empty line, included. */
  readonly bytes: Uint8Array;
}

const LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/u;

/**
 * Returns the head that is in these bytes, which end with its empty line; undefined where it is none:
 * a line without a name, a folded one, a control character, a line break that is not CR LF.
 */
export function parseHead(bytes: Uint8Array): MessageHead | undefined {
  const [startLine = '', ...lines] = Buffer.from(bytes)
    .toString('latin1')
    .slice(0, -4)
    .split('\r\n');
  const fields: HeaderField[] = [];
  for (const line of lines) {
    const [, name, value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    fields.push([name, value]);
  }
  return { startLine, fields, bytes };
}

/** Returns a head's bytes. */
export function formatHead(startLine: string, fields: readonly HeaderField[]): Uint8Array {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${startLine}\r\n${lines.join('')}\r\n`, 'latin1');
}

/** What the first line of a request says. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  /** 0 for HTTP/1.0. */
  readonly minor: number;
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/u;
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)(?: |$)/u;

/** Returns the parts of a request's first line; undefined where it is none. */
export function parseRequestLine(line: string): RequestLine | undefined {
  const [, method, target, minor] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined) return undefined;
  return { method, target, minor: Number(minor) };
}

/** Returns the status that an answer's first line says; undefined where it says none. */
export function parseStatus(line: string): number | undefined {
  const status = Number(STATUS_LINE.exec(line)?.[1]);
  return Number.isNaN(status) ? undefined : status;
}

/** Returns the members of a header that is a list, in lower case; empty without it. */
export function listOf(fields: readonly HeaderField[], lowerName: string): readonly string[] {
  return fields
    .filter(([name]) => name.toLowerCase() === lowerName)
    .flatMap(([, value]) => value.split(','))
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== '');
}
