import { HarnessError } from '../core/index.ts';

/** Where a ClickHouse server is, and as whom to speak to it. */
export interface StoreAddress {
  /** `http://host:port` or `https://host:port`, without user, password and database. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** Certificates (PEM) that the server's must be signed by, in place of those of the system. */
  readonly ca?: Buffer;
}

/** The database of callgauge's tables where an address names none. */
export const DEFAULT_DATABASE = 'callgauge';

const HINT =
  'Write it as http://user:password@host:8123/database; user and database may be left out.';

/**
 * Returns the address of `http://user:password@host:8123/database`. Without a user it is `default`
 * with no password, without a database {@link DEFAULT_DATABASE}.
 * @throws HarnessError USAGE_INVALID where the text is no such URL. The message holds no password.
 */
export function parseStoreUrl(text: string): StoreAddress {
  if (!URL.canParse(text)) {
    throw new HarnessError('USAGE_INVALID', 'the store URL is not a URL', { hint: HINT });
  }
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new HarnessError(
      'USAGE_INVALID',
      `the store URL begins with ${url.protocol}// where http:// or https:// is wanted`,
      { hint: `${HINT} The port is that of ClickHouse's HTTP interface, not the native one.` },
    );
  }
  const database = decoded(url.pathname.replace(/^\//u, ''));
  if (database.includes('/') || url.search !== '' || url.hash !== '') {
    throw new HarnessError(
      'USAGE_INVALID',
      `the store URL has ${surplusOf(url)} after the host, where only a database may stand`,
      { hint: `${HINT} A / or @ in the password is written as %2F or %40.` },
    );
  }
  return {
    url: url.origin,
    username: decoded(url.username) || 'default',
    password: decoded(url.password),
    database: database || DEFAULT_DATABASE,
  };
}

/** Names the kind of what is too much, never the text: it may hold a password. */
function surplusOf(url: URL): string {
  if (url.search !== '') return 'a query';
  return url.hash === '' ? 'a path of several parts' : 'a fragment';
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw new HarnessError('USAGE_INVALID', 'the store URL has a % that no two hex digits follow', {
      hint: 'Write a % in a password as %25.',
      cause: error,
    });
  }
}
