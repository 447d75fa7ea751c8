import { STATUS_CODES } from '../../../core/node-http.ts';
import type { HeaderField } from '../../../toxics/index.ts';
import type { LocalAnswer } from '../local-answer.ts';
import { formatHead, listOf } from './message-head.ts';

/** How long the body of a message is. */
export type BodyFraming =
  | { readonly by: 'nothing' }
  | { readonly by: 'length'; readonly bytes: number }
  | { readonly by: 'chunks' }
  /** It goes on until the connection ends. */
  | { readonly by: 'close' };

const NOTHING: BodyFraming = { by: 'nothing' };
const LENGTH = /^\d{1,15}$/u;

/**
 * Returns how long a request's body is; undefined where its head does not say it clearly: two
 * lengths, a length beside a transfer coding, a coding whose end cannot be seen.
 */
export function requestFraming(
  fields: readonly HeaderField[],
  minor: number,
): BodyFraming | undefined {
  const codings = listOf(fields, 'transfer-encoding');
  const lengths = listOf(fields, 'content-length');
  if (codings.length > 0) {
    const isClear = minor > 0 && lengths.length === 0 && endsWithChunked(codings);
    return isClear ? { by: 'chunks' } : undefined;
  }
  return lengths.length === 0 ? NOTHING : lengthOf(lengths);
}

/** Returns how long an answer's body is; undefined where its head does not say it clearly. */
export function answerFraming(
  fields: readonly HeaderField[],
  status: number,
  method: string,
): BodyFraming | undefined {
  if (hasNoBody(status, method)) return NOTHING;
  const codings = listOf(fields, 'transfer-encoding');
  if (codings.length > 0) return endsWithChunked(codings) ? { by: 'chunks' } : { by: 'close' };
  const lengths = listOf(fields, 'content-length');
  return lengths.length === 0 ? { by: 'close' } : lengthOf(lengths);
}

/** Returns whether an answer is without a body whatever its head says. */
export function hasNoBody(status: number, method: string): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 304;
}

function endsWithChunked(codings: readonly string[]): boolean {
  return codings.indexOf('chunked') === codings.length - 1;
}

function lengthOf(lengths: readonly string[]): BodyFraming | undefined {
  const [first = ''] = lengths;
  if (!LENGTH.test(first) || lengths.some((length) => length !== first)) return undefined;
  return { by: 'length', bytes: Number(first) };
}

/** Returns the bytes of an answer in HTTP/1.1; `isLast` announces that the connection closes. */
export function formatAnswer(answer: LocalAnswer, method: string, isLast: boolean): Uint8Array {
  const { status, fields, body } = answer;
  const bytes = Buffer.from(body, 'utf8');
  const all = fields.filter(([name]) => !FRAMING.has(name.toLowerCase()));
  if (status !== 204 && status !== 304) all.push(['Content-Length', String(bytes.length)]);
  if (isLast) all.push(['Connection', 'close']);
  const head = formatHead(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, all);
  return hasNoBody(status, method) ? head : Buffer.concat([head, bytes]);
}

/** Headers that say where the answer ends, which its body says here. */
const FRAMING = new Set(['content-length', 'transfer-encoding', 'connection']);
