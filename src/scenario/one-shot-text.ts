import { stringify } from 'yaml';

/** One request, repeated: what `callgauge load` is asked for, spelt as a scenario file spells it. */
export interface OneShot {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** '' for none. */
  readonly body: string;
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
  /** Undefined for none. */
  readonly warmUp: string | undefined;
  /** Whole conditions; those on the request name {@link ONE_SHOT_STEP}. */
  readonly thresholds: readonly string[];
}

/** The name of the only step. */
export const ONE_SHOT_STEP = 'request';

const NAME_CHARACTERS_MAX = 100;

/** Returns the scenario file that repeats one request. It is not checked: parseScenario does that. */
export function oneShotText(shot: OneShot): string {
  const { url, method, headers, body, timeout, status, connections, thresholds } = shot;
  const http = {
    method,
    path: plain(url.pathname + url.search),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(body === '' ? {} : { body: plain(body) }),
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
  };
  const warmUp = { phase: 'warm-up', ...load, for: shot.warmUp, measure: false };
  const file = {
    // The query is left out: it may hold what is no name, or a secret.
    name: `${method} ${url.origin}${url.pathname}`.slice(0, NAME_CHARACTERS_MAX),
    targets: { target: { url: url.origin, connections, ...protocol } },
    flows: { flow: [step] },
    load: [
      ...(shot.warmUp === undefined ? [] : [warmUp]),
      { phase: 'steady', ...load, for: shot.duration },
    ],
    ...(thresholds.length === 0 ? {} : { thresholds }),
  };
  return stringify(file, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** Returns a text in which no reference is meant. */
function plain(text: string): string {
  return text.replaceAll('${', () => '$${');
}
