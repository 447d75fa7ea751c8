/**
 * Urls of Unix sockets, as nginx writes them: `unix:/run/app.sock`, and `unix:/run/app.sock:/v1`
 * where a path is asked for there. What is spoken over the socket is HTTP in the clear, to
 * `localhost`.
 */

const SCHEME = 'unix:';

/** What `http` urls call the other end of a Unix socket: it has no name of its own. */
const HOST = 'http://localhost';

/** Returns whether a text begins as the url of a Unix socket does. */
export function isUnixUrl(text: string): boolean {
  return text.startsWith(SCHEME);
}

/** Returns the path of the socket in its url; undefined where the url is another one. */
export function socketPathOf(url: string): string | undefined {
  return isUnixUrl(url) ? unixParts(url).socketPath : undefined;
}

/**
 * Returns the url that requests to a target are made by: its own, or that of `localhost` with the
 * path behind a Unix socket's; null where it is none.
 */
export function requestUrlOf(url: string): URL | null {
  return URL.parse(isUnixUrl(url) ? HOST + unixParts(url).path : url);
}

/** Returns the url of a Unix socket in its two parts; the path is '' for none. */
export function unixParts(url: string): { readonly socketPath: string; readonly path: string } {
  const rest = url.slice(SCHEME.length);
  const colon = rest.indexOf(':/');
  if (colon < 0) return { socketPath: rest, path: '' };
  return { socketPath: rest.slice(0, colon), path: rest.slice(colon + 1) };
}
