import { requestUrlOf } from '../core/index.ts';

/** What a value is measured against that is to be a path of a target. */
export interface PathBase {
  /** Scheme, host and port; undefined where the target's url is not known yet. */
  readonly origin: string | undefined;
  /** The path of the target's url, which its driver puts in front of every path; '' for none. */
  readonly prefix: string;
}

/** Returns the base of the target with that url. */
export function pathBase(targetUrl: string): PathBase {
  const url = requestUrlOf(targetUrl);
  return { origin: url?.origin, prefix: url?.pathname.replace(/\/$/u, '') ?? '' };
}

/**
 * Returns why a value is no path of the target, `is ...`, without showing it; '' where it is one.
 */
export function pathProblem(value: unknown, { origin }: PathBase): string {
  const text = typeof value === 'string' ? value : '';
  if (ABSOLUTE.test(text)) {
    if (origin === undefined || URL.parse(text)?.origin === origin) return '';
    return `is neither a path nor an url of ${origin}`;
  }
  return /^\/(?!\/)/u.test(text) ? '' : 'is no path that begins with one /';
}

/**
 * Returns the path and query that a value without {@link pathProblem} stands for, as it goes into
 * the request of a step: without origin, fragment and the prefix of the target; '' for that prefix
 * itself.
 */
export function pathIn(value: unknown, { prefix }: PathBase): string {
  const text = typeof value === 'string' ? value : '';
  const url = ABSOLUTE.test(text) ? URL.parse(text) : null;
  const path = asPath(url === null ? text : url.pathname + url.search);
  const rest = path.slice(prefix.length);
  return path.startsWith(prefix) && /^(?:[/?]|$)/u.test(rest) ? rest : path;
}

/** Returns a path as it is, but for what may not stand in a request: that is percent-encoded. */
export function asPath(text: string): string {
  const [path = ''] = text.split('#', 1);
  const safe = NOT_IN_PATH.test(path)
    ? path
        .toWellFormed()
        .replaceAll(EVERY_NOT_IN_PATH, (character) => encodeURIComponent(character))
    : path;
  return safe.startsWith('/') ? safe : `/${safe}`;
}

const ABSOLUTE = /^https?:\/\//iu;
const NOT_IN_PATH = /[^\u0021-\u007e]/u;
const EVERY_NOT_IN_PATH = /[^\u0021-\u007e]/gu;
