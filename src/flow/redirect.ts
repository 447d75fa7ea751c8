import { requestUrlOf, socketPathOf } from '../core/index.ts';
import type { StepSpec } from '../scenario/index.ts';
import type { Answer } from './answer.ts';
import type { RenderedRequest } from './rendered-request.ts';

/** Where a call may be sent on to. */
export interface RedirectTarget {
  readonly name: string;
  readonly url: string;
  readonly protocol?: string;
}

/** The next request of a call, and to which of the targets it goes. */
export interface Redirect {
  readonly request: RenderedRequest;
  readonly targetIndex: number;
}

/** Where an answer came from. */
export interface RedirectFrom {
  readonly status: number;
  readonly request: RenderedRequest;
  readonly targetIndex: number;
}

const STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const PROTOCOLS: ReadonlySet<string | undefined> = new Set([undefined, 'http1', 'http2']);
/** What says something of a body that is not sent on. */
const OF_BODY = /^content-/iu;
/** What is meant for one origin alone. */
const OF_ORIGIN: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** Returns whether an answer with a status may send a call on. */
export function isRedirect(status: number): boolean {
  return STATUSES.has(status);
}

/**
 * Returns where an answer sends its call on; undefined where it names no location, or, as a text,
 * why it is not followed. A POST that was answered by 301 or 302, and anything but GET and HEAD
 * by 303, goes on as a GET without its body.
 * @see https://fetch.spec.whatwg.org/#http-redirect-fetch
 */
export function redirectOf(
  { call }: StepSpec,
  answer: Answer | undefined,
  { status, request, targetIndex }: RedirectFrom,
  targets: readonly RedirectTarget[],
): Redirect | string | undefined {
  const location = answer?.field('location');
  const from = targets[targetIndex];
  if (location === undefined || from === undefined || call.protocol !== 'http') return undefined;
  const url = URL.parse(location, urlOf(from, request.path));
  if (url === null) return 'redirect: its location is no url';
  const next = targetOf(url, targets, targetIndex);
  if (next === undefined) return 'redirect: to what is no target that a step calls';
  const to = targets[next];
  const method = request.method ?? call.method;
  const turnsToGet =
    (method === 'POST' && (status === 301 || status === 302)) ||
    (status === 303 && method !== 'GET' && method !== 'HEAD');
  const isSameOrigin = originOf(to) === originOf(from);
  return {
    targetIndex: next,
    request: {
      path: url.pathname.slice(prefixOf(to).length) + url.search,
      method: turnsToGet ? 'GET' : method,
      headers: request.headers.flatMap(([name, value]) => {
        const lower = name.toLowerCase();
        if (turnsToGet && OF_BODY.test(lower)) return [];
        if (isSameOrigin) return [[name, value]];
        if (OF_ORIGIN.has(lower)) return [];
        return [[name, lower === 'host' ? url.host : value]];
      }),
      body: turnsToGet ? '' : request.body,
      ...(request.bytes && !turnsToGet && { bytes: request.bytes }),
    },
  };
}

/** Prefers the target that the call was sent to. */
function targetOf(
  url: URL,
  targets: readonly RedirectTarget[],
  current: number,
): number | undefined {
  // Behind every Unix socket is localhost: a location cannot name another socket.
  const socketPath = socketPathOf(targets[current]?.url ?? '');
  const fits = (target: RedirectTarget | undefined): boolean => {
    if (socketPathOf(target?.url ?? '') !== socketPath) return false;
    if (!PROTOCOLS.has(target?.protocol) || originOf(target) !== url.origin) return false;
    const rest = url.pathname.slice(prefixOf(target).length);
    return url.pathname.startsWith(prefixOf(target)) && rest.startsWith('/');
  };
  if (fits(targets[current])) return current;
  const index = targets.findIndex(fits);
  return index < 0 ? undefined : index;
}

function urlOf(target: RedirectTarget, path: string): string {
  return `${originOf(target)}${prefixOf(target)}${path}`;
}

function originOf(target: RedirectTarget | undefined): string {
  return requestUrlOf(target?.url ?? '')?.origin ?? '';
}

function prefixOf(target: RedirectTarget | undefined): string {
  return requestUrlOf(target?.url ?? '')?.pathname.replace(/\/$/u, '') ?? '';
}
