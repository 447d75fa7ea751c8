import type { IncomingMessage } from 'node:http';
import { webRefusal, type ServedAt } from '../core/index.ts';
import { OTLP_TYPES, type OtlpType } from './otlp-answer.ts';
import { otherSignal, Refusal, type OtherSignal } from './refusal.ts';
import { shown } from './export-notes.ts';

const TRACES_PATH = '/v1/traces';
/**
 * Returns the form in which a request's answer must be: its own, JSON where it has none of OTLP's.
 */
export function answerType(request: IncomingMessage): OtlpType {
  return contentType(request) ?? 'application/json';
}

/**
 * Returns the form of a trace export, from its headers alone.
 *
 * @throws Refusal 403, 404, 405 or 415 where the request is not one.
 */
export function checkRequest(request: IncomingMessage, servedAt: ServedAt): OtlpType {
  const refusal = webRefusal(request, servedAt);
  if (refusal !== undefined) throw new Refusal('web', refusal);
  const path = pathOf(request.url ?? '');
  const signal = /^\/v1\/(metrics|logs)$/u.exec(path)?.[1];
  if (signal !== undefined) throw otherSignal(signal as OtherSignal);
  if (path !== TRACES_PATH) {
    const message = `nothing is at ${shown(path)}; traces go to ${TRACES_PATH}`;
    throw new Refusal('path', message);
  }
  if (request.method !== 'POST') {
    throw new Refusal('method', `${TRACES_PATH} takes POST, got ${request.method ?? 'no method'}`);
  }
  const type = contentType(request);
  if (type === undefined) {
    const got = request.headers['content-type'] ?? 'none';
    throw new Refusal('type', `content-type must be ${OTLP_TYPES.join(' or ')}, got ${got}`);
  }
  return type;
}

/** Returns the path without what joining an endpoint and a path may leave: `//v1/traces/`. */
function pathOf(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return `/${path
    .split('/')
    .filter((part) => part !== '')
    .join('/')}`;
}

function contentType(request: IncomingMessage): OtlpType | undefined {
  const essence = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  return OTLP_TYPES.find((type) => type === essence);
}
