import type { IncomingMessage } from 'node:http';
import { OTLP_TYPES, type OtlpType } from './otlp-answer.ts';
import { Refusal } from './refusal.ts';

const TRACES_PATH = '/v1/traces';
/** The other signals, each with the setting that keeps an SDK from sending it. */
const OTHER_SIGNALS: Readonly<Record<string, string>> = {
  '/v1/metrics': 'OTEL_METRICS_EXPORTER=none',
  '/v1/logs': 'OTEL_LOGS_EXPORTER=none',
};

/**
 * Returns the form in which a request's answer must be: its own, JSON where it has none of OTLP's.
 */
export function answerType(request: IncomingMessage): OtlpType {
  return contentType(request) ?? 'application/json';
}

/**
 * Returns the form of a trace export, from its headers alone.
 *
 * A page in a browser is no client: it sends `Origin` with every POST, and is refused for that,
 * so that no site a developer happens to visit can write into the store.
 *
 * @throws Refusal 403, 404, 405 or 415 where the request is not one.
 */
export function checkRequest(request: IncomingMessage): OtlpType {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const setting = OTHER_SIGNALS[path];
  if (setting !== undefined) {
    throw new Refusal(404, `only traces are taken here, not ${path}; ${setting} stops them`);
  }
  if (path !== TRACES_PATH) throw new Refusal(404, `nothing is here; traces go to ${TRACES_PATH}`);
  if (request.method !== 'POST') {
    throw new Refusal(405, `${TRACES_PATH} takes POST, got ${request.method ?? 'no method'}`);
  }
  if (request.headers.origin !== undefined) {
    throw new Refusal(403, `web pages are not let in, got one from ${request.headers.origin}`);
  }
  const type = contentType(request);
  if (type === undefined) {
    const got = request.headers['content-type'] ?? 'none';
    throw new Refusal(415, `content-type must be ${OTLP_TYPES.join(' or ')}, got ${got}`);
  }
  return type;
}

function contentType(request: IncomingMessage): OtlpType | undefined {
  const essence = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  return OTLP_TYPES.find((type) => type === essence);
}
