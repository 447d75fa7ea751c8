import type { ReplayedRequest } from '../scenario/index.ts';
import { encodedBytes, encodedPath, type RequestProblem } from './recorded-path.ts';

/** A request line; its target may not hold a space, but is looked at to say so. */
const REQUEST_LINE = /^([A-Za-z]+) (.*?)(?: HTTP\/\d(?:\.\d)?)?$/su;
const PROTOCOL_AT_END = / HTTP\/\d(?:\.\d)?$/u;
/**
 * Of a request to a proxy or by HTTP/2, the path and query behind its origin; a fragment is never
 * asked for.
 */
const ABSOLUTE = /^https?:\/\/[^/?#]*([^#]*)/iu;
const METHOD = /^[A-Z]{1,20}$/u;
const SHOWN_MAX = 100;

/** How the characters of a target are to be taken. */
export type TargetText = 'bytes' | 'characters';

export const NO_REQUEST: RequestProblem = {
  problem: 'must say what it called, a path that begins with /',
  reason: 'without a path',
};

/**
 * Returns the request of a request line, `GET /a?b=1 HTTP/1.1`, whose escapes are undone.
 * @param wantsProtocol whether the log always writes the protocol: a line without one was cut off
 */
export function requestOfLine(
  line: string,
  as: TargetText,
  { wantsProtocol = false } = {},
): ReplayedRequest | RequestProblem {
  const [, method = '', target = ''] = REQUEST_LINE.exec(line) ?? [];
  if (wantsProtocol && target.startsWith('/') && !PROTOCOL_AT_END.test(line)) {
    return {
      problem: `must have a whole request, got one that was cut off: "${shown(line)}"`,
      reason: 'cut off',
    };
  }
  return method === '' ? noPath(line) : requestOf(method, target, as);
}

/**
 * Returns the request of a method and a target. What was asked of a proxy in full is asked by its
 * path; `*`, of a server as a whole, is no path.
 */
export function requestOf(
  method: string,
  target: string,
  as: TargetText,
): ReplayedRequest | RequestProblem {
  const absolute = ABSOLUTE.exec(target)?.[1];
  const path = absolute === undefined || absolute.startsWith('/') ? absolute : `/${absolute}`;
  const asked = path ?? target;
  const verb = method.toUpperCase();
  if (!asked.startsWith('/') || verb === 'CONNECT') return noPath(`${method} ${target}`);
  if (!METHOD.test(verb)) {
    return {
      problem: `must have an HTTP method, got "${shown(method)}"`,
      reason: 'with a method that is none',
    };
  }
  if (/[ \r\n\0]/u.test(asked)) {
    return {
      problem: `must have a path without a space or a line end, got "${shown(target)}"`,
      reason: 'with a space or a line end in the path',
    };
  }
  if (as === 'characters' && asked.includes('\u{FFFD}')) {
    return {
      problem: `must have a path in UTF-8, got "${shown(target)}"`,
      reason: 'with bytes in the path that the log lost',
    };
  }
  return { method: verb, path: as === 'bytes' ? encodedBytes(asked) : encodedPath(asked) };
}

/** Returns the problem of a request with escapes that cannot be undone. */
export function undecodable(request: string): RequestProblem {
  return {
    problem: `must have a request whose escapes can be undone, got "${shown(request)}"`,
    reason: 'with escapes that cannot be undone',
  };
}

function noPath(request: string): RequestProblem {
  const { problem, reason } = NO_REQUEST;
  return { problem: `${problem}; got "${shown(request)}"`, reason };
}

/** Returns a text of a line as a message shows it. */
export function shown(text: string): string {
  const one = text.replaceAll(/\p{Cc}/gu, '\u{FFFD}');
  return one.length > SHOWN_MAX ? `${one.slice(0, SHOWN_MAX)}...` : one;
}
