import { resolve } from 'node:path';

import {
  errorText,
  HarnessError,
  LOAD_FILE,
  NS_PER_SEC,
  parseRate,
  readAtMost,
  requestUrlOf,
  socketPathOf,
  type FileProblem,
} from '../../core/index.ts';
import {
  beginsWithTimeAggregate,
  deepFreeze,
  ONE_SHOT_STEP,
  oneShotText,
  parseScenario,
  type OneShot,
  type ScenarioWithFiles,
  withBodyFiles,
} from '../../scenario/index.ts';

/** The options of `load` that make its scenario, as they were typed. */
export interface LoadOptions {
  readonly rate?: string;
  readonly poisson?: true;
  readonly duration?: string;
  readonly requests?: string;
  readonly connections: string;
  readonly insecure?: true;
  readonly ca?: string;
  readonly http2?: true;
  readonly streams?: string;
  readonly method?: string;
  readonly header: readonly string[];
  readonly body?: string;
  readonly timeout: string;
  readonly warmUp?: string;
  readonly threshold: readonly string[];
  readonly expect?: string;
}

/**
 * Returns the scenario that the command line asks for, by way of a scenario file's text, so that
 * the stored run holds one that `callgauge run` takes.
 * @throws USAGE_INVALID which names the argument or option
 */
export function loadScenario(url: string, options: LoadOptions): ScenarioWithFiles {
  const { rate, poisson, body } = options;
  if (poisson && rate === undefined) {
    throw usageError('--poisson needs a rate, got none', 'Add -R 1000, say.');
  }
  if (options.streams !== undefined && !options.http2) {
    throw usageError('--streams needs HTTP/2, got none', 'Add --http2.');
  }
  const process = poisson ? 'poisson' : 'constant';
  const sent = body === undefined ? '' : bodyOf(body);
  const text = oneShotText({
    ...addressOf(url),
    method: options.method?.toUpperCase() ?? (body === undefined ? 'GET' : 'POST'),
    headers: headersOf(options.header),
    body: sent instanceof Uint8Array ? { file: body?.slice(1) ?? '' } : sent,
    timeout: options.timeout,
    status: options.expect?.split(',').map((status) => numberOr(status.trim())),
    connections: numberOr(options.connections),
    ...(options.http2 && {
      http2: { streams: options.streams === undefined ? undefined : numberOr(options.streams) },
    }),
    arrivals: rate === undefined ? undefined : { process, rate: rateText(rate) },
    tls: tlsOf(url, options),
    ...extentOf(options),
    thresholds: options.threshold.map(wholeThreshold),
  });
  try {
    const scenario = parseScenario(text, LOAD_FILE);
    const bodies = new Map(sent instanceof Uint8Array ? [[body?.slice(1) ?? '', sent]] : []);
    return deepFreeze({ ...withBodyFiles(scenario, bodies), files: [] });
  } catch (error) {
    throw inTermsOfOptions(error, options);
  }
}

/** Which option a value of the file was made of, by keys on the way to it; the first that fits. */
const OPTIONS: readonly (readonly [keys: readonly string[], option: string])[] = [
  [['load', 'arrivals'], '-R'],
  [['load', 'iterations'], '-n'],
  [['targets', 'tls'], '--ca'],
  [['load', 'users'], '-c'],
  [['targets', 'connections'], '-c'],
  [['targets', 'streams'], '--streams'],
  [['http', 'method'], '-m'],
  [['http', 'headers'], '-H'],
  [['http', 'body'], '-b'],
  [['http'], 'URL'],
  [['targets'], 'URL'],
  [['timeout'], '--timeout'],
  [['check'], '--expect'],
  [['thresholds'], '--threshold'],
];

/** What to write: the hints of the file speak of its keys. */
const HINTS: Readonly<Record<string, string>> = {
  '-R': 'Write -R 1000, a second, or -R 600/m.',
  '-c': 'Write -c 50, or fewer.',
  '-n': 'Write -n 1000.',
  '-d': 'Write -d 30s.',
  '-m': 'Write -m PUT.',
  '-H': "Write -H 'name: value'; ${env.NAME} stands for the environment, $${ for a plain ${.",
  '--streams': 'Write --streams 25.',
  '--timeout': 'Write --timeout 2s.',
  '--warm-up': 'Write --warm-up 1s, or 0s for none.',
  '--expect': 'Write --expect 2xx, or --expect 200,404.',
  '--threshold':
    "Write --threshold 'p99<300ms', 'service p(99) < 50ms', 'errors rate < 1%' or 'dropped count == 0'.",
};

/** How long it lasts where neither -d nor -n is given. */
const DURATION = '10s';
const WARM_UP = '1s';
/** The longest that the requests of -n may take where -d does not say. */
const REQUESTS_WITHIN = '1h';

/**
 * Returns how long is called, or how often: at an even rate n requests take n / rate, the users of
 * a closed load make n iterations. What is counted has no warm-up unless one is asked for.
 */
function extentOf(options: LoadOptions): Pick<OneShot, 'duration' | 'iterations' | 'warmUp'> {
  const { requests, rate, duration } = options;
  const asked = options.warmUp ?? (requests === undefined ? WARM_UP : '0s');
  const warmUp = isNoTime(asked) ? undefined : asked;
  if (requests === undefined) {
    return { duration: duration ?? DURATION, iterations: undefined, warmUp };
  }
  const count = /^\d{1,9}$/u.test(requests) ? Number(requests) : 0;
  if (count === 0) {
    throw usageError(
      `-n must be a whole number from 1 to 999999999, got ${requests}`,
      'Write -n 1000.',
    );
  }
  if (rate === undefined)
    return { duration: duration ?? REQUESTS_WITHIN, iterations: count, warmUp };
  if (options.poisson === true || duration !== undefined) {
    const other = duration === undefined ? '--poisson' : '-d';
    const hint = `Remove one: with -R, -n is the time that so many requests take at that rate.`;
    throw usageError(`with -R there may be one of -n and ${other}, got both`, hint);
  }
  const perSec = parseRate(rateText(rate));
  // What is wrong with a rate is said by the scenario's own rules.
  const ns = perSec === undefined || perSec <= 0 ? NS_PER_SEC : (count / perSec) * NS_PER_SEC;
  return { duration: `${Math.round(ns)}ns`, iterations: undefined, warmUp };
}

function tlsOf(url: string, { insecure, ca }: LoadOptions): OneShot['tls'] {
  if (insecure === undefined && ca === undefined) return undefined;
  const option = insecure ? '-k' : '--ca';
  if (!url.startsWith('https://')) {
    throw usageError(
      `${option} needs https://, got ${url}`,
      `Remove ${option}, or write https://.`,
    );
  }
  if (insecure && ca !== undefined) {
    throw usageError(
      'there may be one of -k and --ca, got both',
      'Keep --ca: it checks whom it calls.',
    );
  }
  if (ca === undefined) return { verify: false };
  const path = resolve(ca);
  const problem = problemOfAuthorities(path);
  if (problem === '') return { ca: path };
  throw usageError(`--ca ${problem}, got ${ca}`, 'Name the PEM file of the authority that signed.');
}

function problemOfAuthorities(path: string): string {
  try {
    const isPem = readAtMost(path, CERTIFICATES_BYTES_MAX).includes('-----BEGIN CERTIFICATE-----');
    return isPem ? '' : 'must be a PEM file with a certificate';
  } catch (error) {
    return `cannot be read (${errorText(error)})`;
  }
}

/** Returns the error with the option that each problem of the file is of: nobody sees that file. */
export function inTermsOfOptions(error: unknown, options: LoadOptions): unknown {
  if (!(error instanceof HarnessError) || error.problems.length === 0) return error;
  const hasWarmUp = extentOf(options).warmUp !== undefined;
  const lines = error.problems.map(({ message, path }) =>
    ofOption(asTyped(message, options), path, optionOf(path, hasWarmUp)),
  );
  // The warm-up repeats the load: what is wrong with it is wrong twice.
  const message = [...new Set(lines)].join('\n');
  const isOfFile = error.code !== 'SCENARIO_REFERENCE';
  const hints = error.problems.map(
    ({ path, hint }) => (isOfFile && HINTS[optionOf(path, hasWarmUp)]) || hint,
  );
  return usageError(message, [...new Set(hints)].join('\n'));
}

function optionOf(path: FileProblem['path'], hasWarmUp: boolean): string {
  const known = OPTIONS.find(([keys]) => keys.every((key) => path.includes(key)));
  if (known) return known[1];
  return hasWarmUp && path[0] === 'load' && path[1] === 0 ? '--warm-up' : '-d';
}

/** `for must be ...` of -d is `-d must be ...`; others name the option behind them. */
function ofOption(message: string, path: FileProblem['path'], option: string): string {
  const [, key = '', wanted] = /^(\w+)(?:\[\d+\])? (must .*)$/su.exec(message) ?? [];
  return path.includes(key) ? `${option} ${wanted}` : `${message} (${option})`;
}

/** The unit that a rate was given is taken off again. */
function asTyped(message: string, { rate }: LoadOptions): string {
  return rate === undefined ? message : message.replaceAll(`"${rateText(rate)}"`, `"${rate}"`);
}

function isNoTime(text: string): boolean {
  return /^0+[a-zµ]*$/u.test(text.trim());
}

function addressOf(text: string): Pick<OneShot, 'url' | 'path'> {
  const url = /^(?:https?:\/\/|unix:)/u.test(text) ? requestUrlOf(text) : null;
  if (url === null) {
    throw usageError(
      `URL must be a URL with http://, https:// or unix:, got ${text}`,
      'Write http://127.0.0.1:8080/path or unix:/run/app.sock:/path, say.',
    );
  }
  const socketPath = socketPathOf(text);
  const target = socketPath === undefined ? url.origin : `unix:${socketPath}`;
  const path = url.pathname + url.search;
  if (url.username === '' && url.password === '') return { url: target, path };
  throw usageError(
    'URL must be without user and password',
    'Send them in a header: -H "authorization: Basic ..."',
  );
}

function rateText(text: string): string {
  return text.includes('/') ? text : `${text}/s`;
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const match = /^([^:\s]+):\s*(\S.*?)\s*$/u.exec(line);
    const [name, value] = [match?.[1], match?.[2]];
    const hint = 'Write -H "accept: application/json".';
    if (name === undefined || value === undefined) {
      throw usageError(`-H must be "name: value", got "${line}"`, hint);
    }
    if (Object.hasOwn(headers, name)) throw usageError(`-H names ${name} twice`, 'Keep one.');
    headers[name] = value;
  }
  return headers;
}

const CERTIFICATES_BYTES_MAX = 2 ** 20;
const BODY_BYTES_MAX = 32 * 2 ** 20;

/** What a text of the scenario file would not hold as it is. */
const NOT_TEXT = /[^\P{Cc}\t\n\r]|[\u2028\u2029\ufeff]/u;

/** Returns the body: a text, or the bytes of a file where they are none. */
function bodyOf(text: string): string | Uint8Array {
  if (!text.startsWith('@')) return text;
  try {
    const bytes = readAtMost(text.slice(1), BODY_BYTES_MAX);
    const read = bytes.toString('utf8');
    const isText = !NOT_TEXT.test(read) && Buffer.from(read, 'utf8').equals(bytes);
    return isText ? read : Uint8Array.from(bytes);
  } catch (error) {
    throw usageError(
      `-b cannot read ${text.slice(1)}: ${errorText(error)}`,
      'Name a file behind the @.',
    );
  }
}

/**
 * Returns the whole condition of what is left out or written as other tools do: `p99<300ms` is
 * `request.response p(99)<300ms`, `error_rate<1%` is `request.errors rate<1%`.
 */
function wholeThreshold(text: string): string {
  const condition = text
    .trim()
    .replace(/^(response|service)?([\s_.]*)p(\d{1,2}(?:\.\d+)?)(?=\s*[<>=!])/iu, '$1$2p($3)')
    .replace(/^(error|timeout)s?[\s_.-]*(rate|count)(?=\s*[<>=!])/iu, '$1s $2')
    .replace(/^(response|service)[\s_.]+/u, '$1 ');
  if (/^(?:response|service|errors|timeouts)\b/u.test(condition)) {
    return `${ONE_SHOT_STEP}.${condition}`;
  }
  if (beginsWithTimeAggregate(condition)) {
    return `${ONE_SHOT_STEP}.response ${condition}`;
  }
  return condition;
}

/** A whole number as such; any other text as it is, for the scenario's own rules to refuse. */
function numberOr(text: string): number | string {
  return /^\d+$/u.test(text) ? Number(text) : text;
}

function usageError(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
