import { at, entriesAt, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { commentLines, edgeTitle, msText, readTimeSpan, timeSpanText } from './stack-units.ts';

/** The validators refuse a shorter one than twice the timeout of an attempt. */
const SAMPLING_PER_ATTEMPT = 2;
/** The default. */
const SAMPLING_PRESET_NS = 30e9;

const CANNOT = [
  'Sections for AddStandardResilienceHandler().Configure(section), one for each client. MaxRetryAttempts counts those beyond the first attempt and is at least 1.',
  'Where Retry is missing the standard handler would make 3 retries: build such a pipeline with AddResilienceHandler and AddTimeout, without AddRetry.',
  'Waits have Polly’s own jitter around Delay, with MaxDelay as the end. There is no retry budget, and the connect timeout is SocketsHttpHandler.ConnectTimeout.',
];

/** Sections of appsettings.json; MaxRetryAttempts counts retries. */
export const POLLY: Stack = { name: 'polly', title: 'Polly', write, read };

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
  return [
    edgeTitle(edge),
    ...evidence,
    `ConnectTimeout ${msText(policy.connectTimeoutNs)}`,
    ...(policy.retryOn === 'connect'
      ? [
          'Retry.ShouldHandle must let failed connects through alone (HttpRequestError.ConnectionError): configuration cannot say that, so it has no Retry',
        ]
      : []),
  ];
}

function sectionOf({ policy, breaker }: ExportedEdge): object {
  const { attempts, retryOn, backoff, attemptTimeoutNs, totalTimeoutNs } = policy;
  const shortestNs = SAMPLING_PER_ATTEMPT * attemptTimeoutNs;
  const samplingNs = Math.max(breaker?.windowNs ?? SAMPLING_PRESET_NS, shortestNs);
  return {
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

function read(text: string): readonly StackPolicy[] {
  const json = text.replaceAll(/^\s*\/\/.*$/gmu, '');
  return entriesAt(JSON.parse(json)).map(([key, section]) => {
    const attemptTimeoutNs = readTimeSpan(textOf(at(section, 'AttemptTimeout', 'Timeout')));
    const totalTimeoutNs = readTimeSpan(textOf(at(section, 'TotalRequestTimeout', 'Timeout')));
    const retries = at(section, 'Retry', 'MaxRetryAttempts');
    return {
      key,
      attempts: 1 + Number(retries ?? 0),
      retryOn: retries === undefined ? 'nothing' : 'transient',
      ...(attemptTimeoutNs !== undefined && { attemptTimeoutNs }),
      ...(totalTimeoutNs !== undefined && { totalTimeoutNs }),
    };
  });
}
