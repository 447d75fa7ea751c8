import { NS_PER_MS } from '../../core/index.ts';
import type { Breaker } from '../protection.ts';
import type { Stack, StackExport, StackPolicy } from './stack.ts';
import { commentLines, edgeTitle, msText, wholeMs } from './stack-units.ts';

const TIMEOUT = 'execution.isolation.thread.timeoutInMilliseconds';

const CANNOT = [
  'Hystrix makes no retries: a command is one attempt of what its run() does, and the timeout is of all of that. Where the client below retries, put the total there.',
  'Its breaker is on at 50% of 20 requests with a sleep window of 5 s unless told otherwise. It tries one call when half open.',
];

/** Properties; a command is one attempt. */
export const HYSTRIX: Stack = { name: 'hystrix', title: 'Hystrix', write, read };

function write({ edges, about }: StackExport): string {
  const lines = edges.flatMap(({ key, policy, breaker, evidence, ...edge }) => [
    '',
    ...commentLines(
      [
        edgeTitle(edge),
        ...evidence,
        ...(policy.attempts > 1
          ? [
              `${policy.attempts} attempts are the client’s: then ${msText(policy.totalTimeoutNs)} in place of the timeout below`,
            ]
          : []),
        `connect ${msText(policy.connectTimeoutNs)}: of the client`,
      ],
      '#',
    ),
    `hystrix.command.${key}.${TIMEOUT}=${wholeMs(policy.attemptTimeoutNs)}`,
    ...(breaker === undefined ? [] : breakerLines(key, breaker)),
  ]);
  return [...commentLines([...about, ...CANNOT], '#'), ...lines, ''].join('\n');
}

/** The window has ten buckets of whole ms. */
function breakerLines(
  key: string,
  { windowCalls, failureRatio, windowNs, sleepNs }: Breaker,
): readonly string[] {
  const named = `hystrix.command.${key}`;
  return [
    `${named}.circuitBreaker.requestVolumeThreshold=${windowCalls}`,
    `${named}.circuitBreaker.errorThresholdPercentage=${Math.round(failureRatio * 100)}`,
    `${named}.circuitBreaker.sleepWindowInMilliseconds=${wholeMs(sleepNs)}`,
    `${named}.metrics.rollingStats.timeInMilliseconds=${Math.ceil(wholeMs(windowNs) / 10) * 10}`,
  ];
}

function read(text: string): readonly StackPolicy[] {
  const commands = text.matchAll(
    /^hystrix\.command\.([^.\n]+)\.execution\.isolation\.thread\.timeoutInMilliseconds=(\d+)$/gmu,
  );
  return [...commands].map(([, key = '', timeoutMs]) => ({
    key,
    attemptTimeoutNs: Number(timeoutMs) * NS_PER_MS,
  }));
}
