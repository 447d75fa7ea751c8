import { NS_PER_SEC, type Ns } from '../../core/index.ts';
import { besideOf, Defaults, numberOf, policyInUse } from './in-use.ts';
import { plainJson } from './plain-json.ts';
import { unsaidLines } from './protection-lines.ts';
import { at, entriesAt, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { commentLines, edgeTitle, msText, readTimeSpan, timeSpanText } from './stack-units.ts';

/** The validators refuse a shorter one than twice the timeout of an attempt. */
const SAMPLING_PER_ATTEMPT = 2;
/** The default. */
const SAMPLING_PRESET_NS = 30e9;

const WITHOUT_RETRY =
  'Where Retry is missing the standard handler would make 3 retries: build such a pipeline with AddResilienceHandler and AddTimeout, without AddRetry.';

const CANNOT = [
  'Sections for AddStandardResilienceHandler().Configure(section), one for each client. MaxRetryAttempts counts those beyond the first attempt and is at least 1.',
  WITHOUT_RETRY,
  'Its RateLimiter counts calls under way at once: it is a bulkhead.',
  'Waits have Polly’s own jitter around Delay, with MaxDelay as the end. There is no retry budget, and the connect timeout is SocketsHttpHandler.ConnectTimeout.',
];

/** Sections of appsettings.json; MaxRetryAttempts counts retries. */
export const POLLY: Stack = {
  name: 'polly',
  title: 'Polly',
  reads: 'appsettings.json with sections of the standard handler, called after callees',
  ...{ write, read },
};

function write({ edges, about }: StackExport): string {
  const sections = edges.map(
    (edge) =>
      `${commentLines(linesOf(edge), '//').join('\n')}\n${JSON.stringify(edge.key)}: ${JSON.stringify(sectionOf(edge), null, 2)}`,
  );
  const body = sections.join(',\n').replaceAll(/^/gmu, '  ');
  const head = commentLines([...about, ...CANNOT], '//').join('\n');
  return `${head}\n{\n${body}\n}\n`;
}

function linesOf(edge: ExportedEdge): readonly string[] {
  const { policy, evidence } = edge;
  const { hedge } = edge.protection ?? {};
  return [
    edgeTitle(edge),
    ...evidence,
    `ConnectTimeout ${msText(policy.connectTimeoutNs)}`,
    ...unsaidLines(edge, 'the standard handler', ['rate limit']),
    ...(hedge
      ? [
          `a hedge wants AddStandardHedgingHandler in its place: Hedging.MaxHedgedAttempts 1, Hedging.Delay ${timeSpanText(hedge.delayNs)}; its section has CircuitBreaker and Timeout under Endpoint`,
        ]
      : []),
    ...(policy.retryOn === 'connect'
      ? [
          'Retry.ShouldHandle must let failed connects through alone (HttpRequestError.ConnectionError): configuration cannot say that, so it has no Retry',
        ]
      : []),
  ];
}

function sectionOf({ policy, protection }: ExportedEdge): object {
  const { breaker, bulkhead } = protection ?? {};
  const { attempts, retryOn, backoff, attemptTimeoutNs, totalTimeoutNs } = policy;
  const shortestNs = SAMPLING_PER_ATTEMPT * attemptTimeoutNs;
  const samplingNs = Math.max(breaker?.windowNs ?? SAMPLING_PRESET_NS, shortestNs);
  return {
    ...(bulkhead && {
      RateLimiter: {
        DefaultRateLimiterOptions: { PermitLimit: bulkhead.concurrent, QueueLimit: 0 },
      },
    }),
    TotalRequestTimeout: { Timeout: timeSpanText(totalTimeoutNs) },
    ...(retryOn === 'transient' && {
      Retry: {
        MaxRetryAttempts: attempts - 1,
        BackoffType: 'Exponential',
        UseJitter: true,
        Delay: timeSpanText(backoff.baseNs),
        MaxDelay: timeSpanText(backoff.capNs),
      },
    }),
    CircuitBreaker: {
      ...(breaker && {
        FailureRatio: breaker.failureRatio,
        MinimumThroughput: breaker.windowCalls,
        BreakDuration: timeSpanText(breaker.sleepNs),
      }),
      SamplingDuration: timeSpanText(samplingNs),
    },
    AttemptTimeout: { Timeout: timeSpanText(attemptTimeoutNs) },
  };
}

/** What the standard handler does where its section does not say. */
const TOTAL_NS = 30 * NS_PER_SEC;
const ATTEMPT_NS = 10 * NS_PER_SEC;
const DELAY_NS = 2 * NS_PER_SEC;
const BREAK_NS = 5 * NS_PER_SEC;
const PARTS = ['TotalRequestTimeout', 'AttemptTimeout', 'Retry', 'CircuitBreaker', 'RateLimiter'];
const BESIDE = [
  ...['Retry.BackoffType', 'Retry.UseJitter', 'Retry.MaxDelay', 'Retry.ShouldRetryAfterHeader'],
  ...['CircuitBreaker.MinimumThroughput', 'CircuitBreaker.SamplingDuration'],
  'RateLimiter.DefaultRateLimiterOptions.QueueLimit',
];

/** Sections however deep: one is of the callee that it, or what it lies in, is called after. */
function read(text: string): readonly StackPolicy[] {
  const isExported = text.includes(WITHOUT_RETRY.slice(0, 30));
  return sectionsOf(JSON.parse(plainJson(text)), []).map(({ path, section }) =>
    readSection(path, section, isExported),
  );
}

interface Section {
  readonly path: readonly string[];
  readonly section: unknown;
}

function sectionsOf(value: unknown, path: readonly string[]): readonly Section[] {
  const entries = entriesAt(value);
  if (entries.some(([name, part]) => PARTS.includes(name) && entriesAt(part).length > 0)) {
    return [{ path, section: value }];
  }
  return entries.flatMap(([name, part]) => sectionsOf(part, [...path, name]));
}

function readSection(path: readonly string[], section: unknown, isExported: boolean): StackPolicy {
  const defaults = new Defaults();
  const time = (...keys: readonly string[]): Ns | undefined =>
    readTimeSpan(textOf(at(section, ...keys)));
  const permits = at(section, 'RateLimiter', 'DefaultRateLimiterOptions', 'PermitLimit');
  const own = numberOf(at(section, 'Retry', 'MaxRetryAttempts'));
  const hasNone = isExported && at(section, 'Retry') === undefined;
  const retries = hasNone ? 0 : defaults.or('attempts', own, 3);
  const ratio = numberOf(at(section, 'CircuitBreaker', 'FailureRatio'));
  return policyInUse({
    key: path.join(':'),
    scope: { callees: path },
    attempts: 1 + retries,
    retryOn: retries === 0 ? 'nothing' : 'transient',
    ...(retries > 0 && {
      firstWaitNs: defaults.or('firstWaitNs', time('Retry', 'Delay'), DELAY_NS),
    }),
    attemptTimeoutNs: defaults.or(
      'attemptTimeoutNs',
      time('AttemptTimeout', 'Timeout'),
      ATTEMPT_NS,
    ),
    totalTimeoutNs: defaults.or('totalTimeoutNs', time('TotalRequestTimeout', 'Timeout'), TOTAL_NS),
    concurrent: defaults.or('concurrent', numberOf(permits), 1_000),
    breakerRatio: defaults.or('breakerRatio', ratio, 0.1),
    breakerSleepNs: defaults.or(
      'breakerSleepNs',
      time('CircuitBreaker', 'BreakDuration'),
      BREAK_NS,
    ),
    ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
    beside: besideOf(BESIDE, (name) => at(section, ...name.split('.'))),
  });
}
