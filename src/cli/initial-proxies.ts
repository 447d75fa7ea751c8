import { errorText, HarnessError, readAtMost } from '../core/index.ts';
import { ApiError, dialEndpoint, readProxyList, type WantedProxy } from '../proxy/index.ts';

/**
 * Returns the proxies that `--config` and `--proxy` ask for, those of the file first; their
 * locations are `a.json, proxy 2 (pay)` and `--proxy pay`. All that can be checked without
 * listening is checked.
 * @throws USAGE_INVALID, PROXIES_INVALID
 */
export function initialProxies(options: {
  readonly config?: string;
  readonly proxy: readonly string[];
}): readonly WantedProxy[] {
  const filed = options.config === undefined ? [] : readConfig(options.config);
  const wanted = [...filed, ...options.proxy.flatMap(proxyOf)];
  const seen = new Map<string, string>();
  for (const { spec, location } of wanted) {
    const before = seen.get(spec.name);
    if (before !== undefined) throw namedTwice(spec.name, [before, location]);
    seen.set(spec.name, location);
    if (dialEndpoint(spec.upstream) === undefined) {
      const message = `upstream must be host:port or :port, got ${spec.upstream} (${location})`;
      throw new HarnessError('PROXIES_INVALID', message, {
        hint: 'Write where the proxy is to connect, 127.0.0.1:7103 say.',
      });
    }
  }
  return wanted;
}

/** Returns what is thrown where a proxy was refused; `location` is where it was asked for. */
export function notMade(
  { message, location: inner, isOfSystem, hint }: ApiError,
  location: string,
): HarnessError {
  return new HarnessError(
    isOfSystem ? 'LISTEN_FAILED' : 'PROXIES_INVALID',
    `the proxies cannot be made: ${message} (${location || inner})`,
    { hint: hint || HINT },
  );
}

const LIST_BYTES_MAX = 16 * 2 ** 20;
const HINT = 'docs/reference/proxy.md shows what such a list looks like.';

function readConfig(file: string): readonly WantedProxy[] {
  const wanted = readList(contentOf(file), file);
  return wanted.map((proxy) => ({ ...proxy, location: `${file}, ${proxy.location}` }));
}

function readList(bytes: Buffer, origin: string): readonly WantedProxy[] {
  try {
    return readProxyList(bytes);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw notMade(error, [origin, error.location].filter((part) => part !== '').join(', '));
  }
}

function contentOf(file: string): Buffer {
  try {
    return readAtMost(file, LIST_BYTES_MAX);
  } catch (cause) {
    const message = `the list of proxies cannot be read: ${errorText(cause)} (--config)`;
    throw new HarnessError('PROXIES_INVALID', message, {
      hint: 'Name a JSON file that can be read.',
      cause,
    });
  }
}

function proxyOf(text: string): readonly WantedProxy[] {
  const match = /^([^=]+)=([^,]*),([^,]+)(,http)?$/u.exec(text);
  const [, name, listen, upstream, protocol] = match ?? [];
  if (name !== undefined && listen !== undefined && upstream !== undefined) {
    const input = { name, listen, upstream, protocol: protocol === undefined ? 'tcp' : 'http' };
    const location = `--proxy ${name}`;
    return readList(Buffer.from(JSON.stringify([input])), '--proxy').map((proxy) => ({
      ...proxy,
      location,
    }));
  }
  throw new HarnessError(
    'USAGE_INVALID',
    `--proxy must be name=listen,upstream or name=listen,upstream,http, got ${text}`,
    { hint: 'Write --proxy payment=127.0.0.1:7203,127.0.0.1:7103, say.' },
  );
}

function namedTwice(name: string, locations: readonly [string, string]): HarnessError {
  const message = `two proxies are named ${name} (${locations.join('; ')})`;
  return new HarnessError('USAGE_INVALID', message, { hint: 'Give each a name of its own.' });
}
