import { unixParts } from '../core/index.ts';
import { PROTOCOL_KINDS } from './protocols/index.ts';

/** With which a target's url may begin, whatever is spoken there. */
const SCHEMES = [...new Set(PROTOCOL_KINDS.flatMap(({ schemes }) => schemes))];

/** Of Unix sockets; a path stands behind it, no host. */
const UNIX = 'unix';
/** The most bytes that Linux takes for the path of a Unix socket, its closing NUL apart. */
const SOCKET_PATH_BYTES_MAX = 107;

/**
 * Returns what a target's URL must be, `must be ...`, where it is not; undefined where it is good.
 * `schemes` are those of its protocol, where that is known.
 */
export function targetUrlProblem(
  text: string,
  schemes: readonly string[] = SCHEMES,
): string | undefined {
  const scheme = schemes.find((one) => text.startsWith(beginOf(one)));
  if (scheme === undefined) {
    const begins = schemes.map(beginOf);
    const last = begins.at(-1) ?? '';
    return `must begin with ${[begins.slice(0, -1).join(', '), last].filter(Boolean).join(' or ')}`;
  }
  if (scheme === UNIX) return unixUrlProblem(text);
  if (!URL.canParse(text)) return 'must be a URL such as http://127.0.0.1:8080';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return 'must be a URL without user and password (send them in a header)';
  }
  if (url.search !== '' || url.hash !== '') {
    return "must be a URL without ? and # (they belong to a step's path)";
  }
  return undefined;
}

/**
 * Returns what is wrong with the url of an endpoint, given the ones before it, the url's first;
 * undefined where nothing is. What a reference stands for is not known before the run.
 */
export function endpointProblem(
  url: string,
  before: readonly string[],
): { readonly message: string; readonly hint: string } | undefined {
  const [first = ''] = before;
  const wanted = schemeOf(first);
  const scheme = schemeOf(url);
  if (wanted !== undefined && scheme !== undefined && scheme !== wanted) {
    const message = `must begin with ${wanted} as url does`;
    return { message, hint: 'Name what is reached otherwise under a target of its own.' };
  }
  if (before.some((other) => plainUrl(other) === plainUrl(url))) {
    const hint = 'Remove it; with balance: { by: weighted } an endpoint gets more.';
    return { message: 'must stand once among url and endpoints', hint };
  }
  return undefined;
}

/** Returns how a url begins; undefined where only the environment can tell. */
function schemeOf(url: string): string | undefined {
  if (/^\$\{(?:services|proxies)\.[\w-]+\.url\}/u.test(url)) return 'http://';
  return /^[a-z][\d+.a-z-]*:(?:\/\/)?/u.exec(url)?.[0];
}

function plainUrl(url: string): string {
  const plain = url.includes('${') ? url : (URL.parse(url)?.href ?? url);
  return plain.replace(/\/$/u, '');
}

function beginOf(scheme: string): string {
  return scheme === UNIX ? `${UNIX}:` : `${scheme}://`;
}

function unixUrlProblem(text: string): string | undefined {
  const { socketPath, path } = unixParts(text);
  if (!/^\/[^/\p{Cc}][^\p{Cc}]*(?<![:/])$/u.test(socketPath)) {
    return 'must be unix: and the absolute path of a socket, such as unix:/run/app.sock';
  }
  const bytes = Buffer.byteLength(socketPath);
  if (bytes > SOCKET_PATH_BYTES_MAX) {
    return `must name a socket by at most ${SOCKET_PATH_BYTES_MAX} bytes, and not by ${bytes}`;
  }
  return /[?#\p{Cc}\p{Z}]/u.test(path)
    ? "must be a URL without ?, # and spaces behind the socket (they belong to a step's path)"
    : undefined;
}
