import { STATUS_CODES } from 'node:http';
import type { LocalAnswer } from '../local-answer.ts';
import { hasNoBody } from './body-framing.ts';
import { formatHead } from './message-head.ts';

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
