import type { HeaderField } from '../../../toxics/index.ts';

/** The head of a message of HTTP/1.x, as it came. */
export interface MessageHead {
  /** Without its line break. */
  readonly startLine: string;
  readonly fields: readonly HeaderField[];
  /** All of it to the empty line, included. */
  readonly bytes: Uint8Array;
}

/** Each one class of characters: a head from outside cannot make them slow. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/u;

/**
 * Returns the head that is in these bytes, which end with its empty line; undefined where they are
 * invalid: a line without a name, a folded one, a control character, a line break that is not CR
 * LF.
 */
export function parseHead(bytes: Uint8Array): MessageHead | undefined {
  const [startLine = '', ...lines] = Buffer.from(bytes)
    .toString('latin1')
    .slice(0, -4)
    .split('\r\n');
  const fields: HeaderField[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    const value = withoutBlanks(line.slice(colon + 1));
    if (!NAME.test(name) || !VALUE.test(value)) return undefined;
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
const ANSWER_BEGINNING = Buffer.from('HTTP/1.', 'latin1');
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)(?: |$)/u;

/** Returns the parts of a request's first line; undefined where it is invalid. */
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

/**
 * Returns whether bytes that may go on can be the beginning of a request: of its method, that is.
 */
export function canBeginRequest(bytes: Uint8Array): boolean {
  return bytes.length === 0 || NAME.test(String.fromCharCode(bytes[0] ?? 0));
}

/** Returns whether bytes that may go on can be the beginning of an answer. */
export function canBeginAnswer(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, ANSWER_BEGINNING.length);
  return ANSWER_BEGINNING.subarray(0, length).equals(bytes.subarray(0, length));
}

/** Returns the members of a header that is a list, in lower case; empty without it. */
export function listOf(fields: readonly HeaderField[], lowerName: string): readonly string[] {
  return fields
    .filter(([name]) => name.toLowerCase() === lowerName)
    .flatMap(([, value]) => value.split(','))
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== '');
}

/** Returns a value without the blanks and tabs around it; other spaces belong to it. */
function withoutBlanks(value: string): string {
  let [from, to] = [0, value.length];
  while (from < to && isBlank(value.charCodeAt(from))) from += 1;
  while (from < to && isBlank(value.charCodeAt(to - 1))) to -= 1;
  return value.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
