import type { OutgoingHttpHeaders } from 'node:http2';
import { editHeaders, type HeaderEdit, type HeaderField } from '../../../toxics/index.ts';

/** Headers as sessions of HTTP/2 give them: name, value, name, value, in the order they came. */
export type RawHeaders = readonly string[];

/** Headers about one connection alone, which HTTP/2 does not know. */
const OF_CONNECTIONS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Returns raw headers as fields, those with a colon in front included. */
export function fieldsOf(raw: RawHeaders): readonly HeaderField[] {
  const fields: HeaderField[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) fields.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return fields;
}

/**
 * Returns raw headers as fields, with `host`, by which requests are matched in any version of HTTP.
 */
export function fieldsWithHost(raw: RawHeaders): readonly HeaderField[] {
  const authority = valueOf(raw, ':authority');
  const fields = fieldsOf(raw);
  return authority === undefined ? fields : [...fields, ['host', authority]];
}

/**
 * Returns raw headers after some edits: names in lower case, and only those that HTTP/2 knows.
 * Without edits they stay as they came.
 */
export function edited(raw: RawHeaders, edits: readonly HeaderEdit[]): RawHeaders {
  if (edits.length === 0) return raw;
  return editHeaders(fieldsOf(raw), edits)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name, value]) => isKnown(name, value))
    .flat();
}

/** Of `te` HTTP/2 knows one value. */
function isKnown(name: string, value: string): boolean {
  if (name === 'te') return value.toLowerCase() === 'trailers';
  return !OF_CONNECTIONS.has(name);
}

/** Returns fields by their names, several of one name as a list: for what takes no raw headers. */
export function headersOf(raw: RawHeaders): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of fieldsOf(raw)) {
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else headers[name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return headers;
}

/** Returns the first value of a name, in lower case; undefined if absent. */
export function valueOf(raw: RawHeaders, lowerName: string): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i] === lowerName) return raw[i + 1];
  return undefined;
}
