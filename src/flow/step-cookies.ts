import { requestUrlOf } from '../core/index.ts';
import type { Answer } from './answer.ts';
import { cookieOrigin } from './cookie-jar.ts';
import type { RenderedRequest } from './rendered-request.ts';
import type { Scope } from './scope.ts';

/** The cookies of the calls to one target. */
export interface StepCookies {
  /** Returns a request with the cookies of the scope behind those that its headers have. */
  readonly added: (request: RenderedRequest, scope: Scope) => RenderedRequest;
  /** Takes what an answer sets; `path` is that of its request, without that of the target's url. */
  readonly keep: (answer: Answer | undefined, path: string, scope: Scope) => void;
}

/** Returns what keeps and sends the cookies of the calls to a target. */
export function stepCookies(targetUrl: string): StepCookies {
  const origin = cookieOrigin(targetUrl);
  const prefix = requestUrlOf(targetUrl)?.pathname.replace(/\/$/u, '') ?? '';
  return {
    added: (request, { jar, nowEpochMs }) => {
      const field = jar.fieldFor(origin, prefix + request.path, nowEpochMs);
      return field === '' ? request : { ...request, headers: withCookies(request.headers, field) };
    },
    keep: (answer, path, { jar, nowEpochMs }) => {
      if (answer !== undefined) jar.keep(answer.fields, origin, prefix + path, nowEpochMs);
    },
  };
}

/** A request has one cookie field. */
function withCookies(headers: RenderedRequest['headers'], field: string): typeof headers {
  const at = headers.findIndex(([name]) => name.toLowerCase() === 'cookie');
  if (at < 0) return [...headers, ['cookie', field]];
  return headers.map(([name, value], i) => [name, i === at ? `${value}; ${field}` : value]);
}
