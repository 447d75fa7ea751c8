import { readFile } from 'node:fs/promises';

import { errorText, HarnessError } from '../core/index.ts';
import { ApiError, dialEndpoint, readProxyList, type WantedProxy } from '../proxy/index.ts';

/**
 * Returns the proxies that `--config` and `--proxy` ask for, those of the file first; their places are
 * `a.json, proxy 2 (pay)` and `--proxy pay`. All that can be told without listening is checked.
 * @throws USAGE_INVALID, PROXIES_INVALID
 */
export async function wantedProxies(options: {
  readonly config?: string;
  readonly proxy: readonly string[];
}): Promise<readonly WantedProxy[]> {
  const filed = options.config === undefined ? [] : await readConfig(options.config);
  const wanted = [...filed, ...options.proxy.flatMap(proxyOf)];
  const seen = new Map<string, string>();
  for (const { spec, place } of wanted) {
    const before = seen.get(spec.name);
    if (before !== undefined) throw namedTwice(spec.name, [before, place]);
    seen.set(spec.name, place);
    if (dialEndpoint(spec.upstream) === undefined) {
      const message = `upstream must be host:port or :port, got ${spec.upstream} (${place})`;
      throw new HarnessError('PROXIES_INVALID', message, {
        hint: 'Write where the proxy is to connect, 127.0.0.1:7103 say.',
      });
    }
  }
  return wanted;
}

/** Returns what is thrown where a proxy was refused; `place` is where it was asked for. */
export function notMade(
  { message, place: inner, isOfSystem }: ApiError,
  place: string,
): HarnessError {
  return new HarnessError(
    isOfSystem ? 'LISTEN_FAILED' : 'PROXIES_INVALID',
    `the proxies cannot be made: ${message} (${place || inner})`,
    { hint: HINTS.find(([cause]) => cause.test(message))?.[1] ?? HINT },
  );
}

const HINTS: readonly (readonly [cause: RegExp, hint: string])[] = [
  [/address already in use/u, 'Free the address, or write port 0 for any free port.'],
  [/cannot assign requested address/u, 'Write an address of this machine, 127.0.0.1 say.'],
  [/permission denied/u, 'Write a port that you may listen on, over 1023 as a rule.'],
  [/no such host/u, 'Write the number of an address of this machine, 127.0.0.1 say.'],
  [/^listen tcp/u, 'Write listen as host:port, with a port from 0 to 65535.'],
  [/descriptors/u, 'Raise the limit of open files: ulimit -n.'],
];
const HINT = 'docs/reference/proxy.md shows what such a list looks like.';

async function readConfig(file: string): Promise<readonly WantedProxy[]> {
  const wanted = readList(await contentOf(file), file);
  return wanted.map((proxy) => ({ ...proxy, place: `${file}, ${proxy.place}` }));
}

function readList(bytes: Buffer, origin: string): readonly WantedProxy[] {
  try {
    return readProxyList(bytes);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw notMade(error, [origin, error.place].filter((part) => part !== '').join(', '));
  }
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
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
    const place = `--proxy ${name}`;
    return readList(Buffer.from(JSON.stringify([input])), '--proxy').map((proxy) => ({
      ...proxy,
      place,
    }));
  }
  throw new HarnessError(
    'USAGE_INVALID',
    `--proxy must be name=listen,upstream or name=listen,upstream,http, got ${text}`,
    { hint: 'Write --proxy payment=127.0.0.1:7203,127.0.0.1:7103, say.' },
  );
}

function namedTwice(name: string, places: readonly [string, string]): HarnessError {
  const message = `two proxies are named ${name} (${places.join('; ')})`;
  return new HarnessError('USAGE_INVALID', message, { hint: 'Give each a name of its own.' });
}
