import { type Ms, requestUrlOf } from '../core/index.ts';
import { readSetCookie } from './set-cookie.ts';

/** Most cookies of a jar: what is set past that takes the place of the oldest. */
const COOKIES_MAX = 300;

/** Where a request goes, as far as its cookies care. */
export interface CookieOrigin {
  /** Name or address, in lower case. */
  readonly host: string;
  readonly isSecure: boolean;
}

/** Plain data: the setup's are sent to other threads. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** Whether it goes to its domain alone, and to none below. */
  readonly isHostOnly: boolean;
  readonly path: string;
  readonly isSecure: boolean;
  /** Null for none. */
  readonly expiresMs: Ms | null;
}

/**
 * The cookies of one iteration or user (RFC 6265). It has no list of public suffixes: a domain of
 * one label, `com` say, is refused, and `co.uk` is taken.
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.3
 */
export class CookieJar {
  /** The oldest first. */
  readonly #cookies: Cookie[];

  constructor(cookies: readonly Cookie[] = []) {
    this.#cookies = [...cookies];
  }

  get cookies(): readonly Cookie[] {
    return this.#cookies;
  }

  /** Takes what the fields of an answer set; `path` is that of its request. */
  keep(
    fields: readonly (readonly [name: string, value: string])[],
    { host }: CookieOrigin,
    path: string,
    nowMs: Ms,
  ): void {
    for (const [name, line] of fields) {
      if (name === 'set-cookie') this.#set(line, host, path, nowMs);
    }
  }

  /** Returns the cookie field of a request; '' where it has no cookies. */
  fieldFor({ host, isSecure }: CookieOrigin, path: string, nowMs: Ms): string {
    if (this.#cookies.length === 0) return '';
    const sent = this.#cookies.filter(
      (cookie) =>
        (cookie.isHostOnly ? cookie.domain === host : isWithin(host, cookie.domain)) &&
        isBelow(withoutQuery(path), cookie.path) &&
        (isSecure || !cookie.isSecure) &&
        (cookie.expiresMs === null || cookie.expiresMs > nowMs),
    );
    // Longer paths first, and of the same length the older: sorting keeps the order of the rest.
    sent.sort((a, b) => b.path.length - a.path.length);
    return sent.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  #set(line: string, host: string, requestPath: string, nowMs: Ms): void {
    const read = readSetCookie(line);
    if (read === undefined) return;
    const { name, value, domain, maxAgeSec, expiresMs, secure } = read;
    const isHostOnly = domain === '' || domain === host;
    if (!isHostOnly && (!isWithin(host, domain) || !domain.includes('.'))) return;
    const cookie: Cookie = {
      name,
      value,
      domain: isHostOnly ? host : domain,
      isHostOnly: domain === '',
      path: read.path === '' ? defaultPath(requestPath) : read.path,
      isSecure: secure,
      expiresMs: maxAgeSec === undefined ? (expiresMs ?? null) : nowMs + maxAgeSec * 1_000,
    };
    const at = this.#cookies.findIndex(
      (other) =>
        other.name === name && other.domain === cookie.domain && other.path === cookie.path,
    );
    if (cookie.expiresMs !== null && cookie.expiresMs <= nowMs) {
      if (at >= 0) this.#cookies.splice(at, 1);
    } else if (at >= 0) {
      this.#cookies[at] = cookie;
    } else {
      this.#cookies.push(cookie);
      if (this.#cookies.length > COOKIES_MAX) this.#cookies.shift();
    }
  }
}

/** Returns where the requests to a url go. */
export function cookieOrigin(url: string): CookieOrigin {
  const parsed = requestUrlOf(url);
  return { host: parsed?.hostname ?? '', isSecure: parsed?.protocol === 'https:' };
}

/** Addresses have no domains below them. */
function isWithin(host: string, domain: string): boolean {
  if (host === domain) return true;
  return host.endsWith(`.${domain}`) && !/^[\d.]+$|:/u.test(host);
}

function isBelow(path: string, of: string): boolean {
  if (!path.startsWith(of)) return false;
  return path.length === of.length || of.endsWith('/') || path[of.length] === '/';
}

function defaultPath(requestPath: string): string {
  const path = withoutQuery(requestPath);
  const end = path.lastIndexOf('/');
  return end <= 0 ? '/' : path.slice(0, end);
}

function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? '';
}
