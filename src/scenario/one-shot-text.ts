import { stringify } from 'yaml';
import { isUnixUrl } from '../core/index.ts';

/**
 * One request, repeated: what `callgauge load` is asked for, spelt as a scenario file spells it.
 */
export interface OneShot {
  /** Of the target: scheme and host, or a Unix socket. */
  readonly url: string;
  /** With the query. */
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** '' for none; of bytes that are no text, the path of their file. */
  readonly body: string | { readonly file: string };
  readonly timeout: string;
  /** The statuses that count as ok; undefined for the file's own default. */
  readonly status: readonly (string | number)[] | undefined;
  readonly connections: number | string;
  /** Over HTTP/2, and with so many calls at once on each connection; undefined for the default. */
  readonly http2?: { readonly streams: number | string | undefined };
  /** Undefined for a closed load: a user for each connection, or for each of its streams. */
  readonly arrivals:
    | { readonly process: 'constant' | 'poisson'; readonly rate: string }
    | undefined;
  readonly duration: string;
  /** Of a closed load: after how many it is over; undefined for no bound but the time. */
  readonly iterations: number | undefined;
  /** Whom https connections trust; undefined for the system's authorities. */
  readonly tls: { readonly verify: false } | { readonly ca: string } | undefined;
  /** Undefined for none. */
  readonly warmUp: string | undefined;
  /** Whole conditions; those on the request name {@link ONE_SHOT_STEP}. */
  readonly thresholds: readonly string[];
}

/** The name of the only step. */
export const ONE_SHOT_STEP = 'request';

const NAME_CHARACTERS_MAX = 100;

/**
 * Returns the scenario file that repeats one request. It is not checked: parseScenario does that.
 */
export function oneShotText(shot: OneShot): string {
  const { url, path, method, headers, body, timeout, status, connections, thresholds } = shot;
  const http = {
    method,
    path: plain(path),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(body === '' ? {} : { body: typeof body === 'string' ? plain(body) : body }),
  };
  const step = {
    step: ONE_SHOT_STEP,
    target: 'target',
    timeout,
    http,
    ...(status === undefined ? {} : { check: { status } }),
  };
  const { streams } = shot.http2 ?? {};
  const users =
    typeof connections === 'number' && typeof streams === 'number'
      ? connections * streams
      : connections;
  const load = shot.arrivals === undefined ? { users } : { arrivals: shot.arrivals };
  const protocol = {
    ...(shot.http2 && { protocol: 'http2' }),
    ...(streams !== undefined && { streams }),
    ...(shot.tls && { tls: shot.tls }),
  };
  const iterations = shot.iterations === undefined ? {} : { iterations: shot.iterations };
  const warmUp = { phase: 'warm-up', ...load, for: shot.warmUp, measure: false };
  const file = {
    // The query is left out: it may hold what is no name, or a secret.
    name: `${method} ${url}${isUnixUrl(url) ? ':' : ''}${path.split('?', 1)[0]}`.slice(
      0,
      NAME_CHARACTERS_MAX,
    ),
    targets: { target: { url, connections, ...protocol } },
    flows: { flow: [step] },
    load: [
      ...(shot.warmUp === undefined ? [] : [warmUp]),
      { phase: 'steady', ...load, ...iterations, for: shot.duration },
    ],
    ...(thresholds.length === 0 ? {} : { thresholds }),
  };
  return stringify(file, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** Returns a text in which no reference is meant. */
function plain(text: string): string {
  return text.replaceAll('${', () => '$${');
}
