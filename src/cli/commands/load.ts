import { readFileSync } from 'node:fs';
import type { Command } from 'commander';

import { errorText, HarnessError } from '../../core/index.ts';
import { ONE_SHOT_STEP, oneShotText, parseScenario, type Scenario } from '../../scenario/index.ts';
import { carryOut, withCarryOutOptions, type CarryOutOptions } from '../run/carry-out.ts';
import type { Terminal } from '../terminal.ts';

/** The options of `load` that make its scenario, as they were typed. */
export interface LoadOptions {
  readonly rate?: string;
  readonly poisson?: true;
  readonly duration: string;
  readonly connections: string;
  readonly http2?: true;
  readonly streams?: string;
  readonly method?: string;
  readonly header: readonly string[];
  readonly body?: string;
  readonly timeout: string;
  readonly warmUp: string;
  readonly threshold: readonly string[];
  readonly expect?: string;
}

const EXAMPLES = `
Examples:
  callgauge load http://127.0.0.1:8080/ -R 1000 -d 30s --threshold "p(99) < 300ms"
  callgauge load https://127.0.0.1:8443/ --http2 -c 4 --streams 25
  callgauge load http://127.0.0.1:8080/orders -c 64 -H "authorization: Bearer \${env.TOKEN}" -b @order.json

Without -R the load is closed: each connection waits for its answer before it asks again, so
that queueing in the target cannot show. Measure response times with -R.
A threshold is on the request's response where it names nothing else: "service p(99) < 50ms",
"errors rate < 0.1%", "dropped count == 0".`;

/** Adds `callgauge load URL`. */
export function addLoad(program: Command, terminal: Terminal): void {
  withCarryOutOptions(program.command('load'))
    .description('repeat one request at a rate, or as fast as its connections allow, and report')
    .argument('<url>', 'what is called, http:// or https://')
    .option('-R, --rate <rate>', 'requests per second, 1000 or 600/m; without it a closed load')
    .option('--poisson', 'with -R: space requests at random, as independent callers do')
    .option('-d, --duration <time>', 'how long it is measured', '10s')
    .option('-c, --connections <n>', 'most connections; without -R the users, one on each', '50')
    .option('--http2', 'speak HTTP/2: by ALPN to https://, from the first byte to http://')
    .option('--streams <n>', 'with --http2: calls at once on each connection')
    .option('-m, --method <method>', 'the HTTP method (default: GET, with a body POST)')
    .option('-H, --header <name: value>', 'a header; may be given again', collect, [])
    .option('-b, --body <text>', 'the body, or @file to read it from a file')
    .option('--timeout <time>', 'bound of one request from its sending', '10s')
    .option('--warm-up <time>', 'load before it that is not measured; 0s for none', '1s')
    .option('--threshold <condition>', 'what must hold; may be given again', collect, [])
    .option('--expect <status>', 'statuses that count as ok: 2xx, or 200,404 (default: 200 to 399)')
    .addHelpText('after', EXAMPLES)
    .action(async (url: string, options: LoadOptions & CarryOutOptions) => {
      process.exitCode = await carryOut(loadScenario(url, options), options, terminal);
    });
}

/**
 * Returns the scenario that the command line asks for, by way of a scenario file's text, so that the
 * stored run holds one that `callgauge run` takes.
 * @throws USAGE_INVALID which names the argument or option
 */
export function loadScenario(url: string, options: LoadOptions): Scenario {
  const { rate, poisson, body } = options;
  if (poisson && rate === undefined) {
    throw usageError('--poisson needs a rate, got none', 'Add -R 1000, say.');
  }
  if (options.streams !== undefined && !options.http2) {
    throw usageError('--streams needs HTTP/2, got none', 'Add --http2.');
  }
  const process = poisson ? 'poisson' : 'constant';
  const text = oneShotText({
    url: requestUrl(url),
    method: options.method?.toUpperCase() ?? (body === undefined ? 'GET' : 'POST'),
    headers: headersOf(options.header),
    body: body === undefined ? '' : bodyOf(body),
    timeout: options.timeout,
    status: options.expect?.split(',').map((status) => numberOr(status.trim())),
    connections: numberOr(options.connections),
    ...(options.http2 && {
      http2: { streams: options.streams === undefined ? undefined : numberOr(options.streams) },
    }),
    arrivals: rate === undefined ? undefined : { process, rate: rateText(rate) },
    duration: options.duration,
    warmUp: /^0+[a-zµ]*$/u.test(options.warmUp.trim()) ? undefined : options.warmUp,
    thresholds: options.threshold.map(wholeThreshold),
  });
  try {
    return parseScenario(text, FILE);
  } catch (error) {
    throw inTermsOfOptions(error, options);
  }
}

/** What stands in the place of the file's name. */
const FILE = 'callgauge load';

/** Which option a value of the file was made of, by the beginning of its path. */
const OPTIONS: readonly (readonly [path: RegExp, option: string])[] = [
  [/^load.*\.arrivals/u, '-R'],
  [/^load.*\.users|^targets\.target\.connections/u, '-c'],
  [/^targets\.target\.streams/u, '--streams'],
  [/\.http\.method/u, '-m'],
  [/\.http\.headers/u, '-H'],
  [/\.http\.body/u, '-b'],
  [/\.http/u, 'URL'],
  [/^targets/u, 'URL'],
  [/\.timeout/u, '--timeout'],
  [/\.check/u, '--expect'],
  [/^thresholds/u, '--threshold'],
];

/** Says of which option a problem of the file is; nobody sees that file. */
function inTermsOfOptions(error: unknown, { warmUp }: LoadOptions): unknown {
  if (!(error instanceof HarnessError) || error.code !== 'SCENARIO_INVALID') return error;
  const hasWarmUp = error.message.includes(JSON.stringify(warmUp));
  const lines = error.message.split('\n').map((line) =>
    line
      .replace(/^users /u, 'connections ')
      .replace(/ \((?:([^()]*), )?callgauge load:\d+:\d+\)$/u, (_, path: string = '') => {
        const known = OPTIONS.find(([pattern]) => pattern.test(path))?.[1];
        const time = path === 'load[0].for' && hasWarmUp ? '--warm-up' : '-d';
        return ` (${known ?? time})`;
      }),
  );
  // The warm-up repeats the load: what is wrong with it is wrong twice.
  const message = [...new Set(lines)].join('\n');
  const hints = error.hint.split('\n').map((line) => line.replace(/^line \d+: /u, ''));
  return usageError(message, [...new Set(hints)].join('\n'));
}

function requestUrl(text: string): URL {
  const hint = 'Write http://127.0.0.1:8080/path, say.';
  if (!/^https?:\/\//u.test(text) || !URL.canParse(text)) {
    throw usageError(`URL must be a URL with http:// or https://, got ${text}`, hint);
  }
  const url = new URL(text);
  if (url.username === '' && url.password === '') return url;
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

function bodyOf(text: string): string {
  if (!text.startsWith('@')) return text;
  try {
    return readFileSync(text.slice(1), 'utf8');
  } catch (error) {
    throw usageError(
      `-b cannot read ${text.slice(1)}: ${errorText(error)}`,
      'Name a file behind the @.',
    );
  }
}

/** `p(99) < 300ms` becomes `request.response p(99) < 300ms`; `errors rate < 1%` likewise. */
function wholeThreshold(text: string): string {
  const condition = text.trim();
  if (/^(?:response|service|errors|timeouts)\b/u.test(condition)) {
    return `${ONE_SHOT_STEP}.${condition}`;
  }
  if (/^(?:avg|min|max|med|p\s*\()/u.test(condition)) {
    return `${ONE_SHOT_STEP}.response ${condition}`;
  }
  return condition;
}

/** A whole number as such; any other text as it is, for the scenario's own rules to refuse. */
function numberOr(text: string): number | string {
  return /^\d+$/u.test(text) ? Number(text) : text;
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}

function usageError(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
