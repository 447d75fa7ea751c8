import { NS_PER_MS } from '../../core/index.ts';
import type { Breaker } from '../protection.ts';
import { besideOf, Defaults, numberOf, policyInUse } from './in-use.ts';
import { unsaidLines } from './protection-lines.ts';
import { SpringSettings } from './spring-settings.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { commentLines, edgeTitle, msText, wholeMs } from './stack-units.ts';

const TIMEOUT = 'execution.isolation.thread.timeoutInMilliseconds';

const CANNOT = [
  'Hystrix makes no retries: a command is one attempt of what its run() does, and the timeout is of all of that. Where the client below retries, put the total there.',
  'Its breaker is on at 50% of 20 requests with a sleep window of 5 s unless told otherwise. It tries one call when half open.',
];

/** Properties; a command is one attempt. */
export const HYSTRIX: Stack = {
  name: 'hystrix',
  title: 'Hystrix',
  reads: 'properties, or Spring’s YAML, with hystrix.command, called after callees',
  ...{ write, read },
};

function write({ edges, about }: StackExport): string {
  const lines = edges.flatMap((edge) => linesOf(edge));
  return [...commentLines([...about, ...CANNOT], '#'), ...lines, ''].join('\n');
}

function linesOf(edge: ExportedEdge): readonly string[] {
  const { key, policy, protection } = edge;
  const { breaker, bulkhead } = protection ?? {};
  return [
    '',
    ...commentLines(
      [
        edgeTitle(edge),
        ...edge.evidence,
        ...(policy.attempts > 1
          ? [
              `${policy.attempts} attempts are the client’s: then ${msText(policy.totalTimeoutNs)} in place of the timeout below`,
            ]
          : []),
        `connect ${msText(policy.connectTimeoutNs)}: of the client`,
        ...unsaidLines(edge, 'Hystrix', ['hedge', 'rate limit']),
      ],
      '#',
    ),
    `hystrix.command.${key}.${TIMEOUT}=${wholeMs(policy.attemptTimeoutNs)}`,
    ...(breaker === undefined ? [] : breakerLines(key, breaker)),
    ...(bulkhead === undefined
      ? []
      : [
          `hystrix.command.${key}.threadPoolKeyOverride=${key}`,
          `hystrix.threadpool.${key}.coreSize=${bulkhead.concurrent}`,
          `hystrix.threadpool.${key}.maxQueueSize=-1`,
        ]),
  ];
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

/** A command is of the callee of its name; `default` holds for what others leave out. */
function read(text: string): readonly StackPolicy[] {
  const settings = new SpringSettings(text);
  const isAll = (name: string): boolean => name === 'default';
  return settings
    .names('hystrix', 'command')
    .toSorted((a, b) => Number(isAll(a.name)) - Number(isAll(b.name)))
    .map(({ name, line }) => {
      const defaults = new Defaults();
      const value = (...key: readonly string[]): string | undefined =>
        settings.value('hystrix', 'command', name, ...key) ??
        settings.value('hystrix', 'command', 'default', ...key);
      const pool = value('threadPoolKeyOverride') ?? name;
      const coreSize =
        settings.value('hystrix', 'threadpool', pool, 'coreSize') ??
        settings.value('hystrix', 'threadpool', 'default', 'coreSize');
      const sleepMs = numberOf(value('circuitBreaker', 'sleepWindowInMilliseconds'));
      const percent = numberOf(value('circuitBreaker', 'errorThresholdPercentage'));
      const timeoutMs = numberOf(value(...TIMEOUT.split('.')));
      const isPool = value('execution', 'isolation', 'strategy')?.toUpperCase() !== 'SEMAPHORE';
      const permits = value('execution', 'isolation', 'semaphore', 'maxConcurrentRequests');
      const bounds = value('execution', 'timeout', 'enabled') !== 'false';
      const breaks = value('circuitBreaker', 'enabled') !== 'false';
      return policyInUse({
        ...{ key: name, line, scope: { callees: [isAll(name) ? '*' : name] } },
        ...(bounds && {
          attemptTimeoutNs: defaults.or('attemptTimeoutNs', timeoutMs, 1_000) * NS_PER_MS,
        }),
        concurrent: defaults.or('concurrent', numberOf(isPool ? coreSize : permits), 10),
        ...(breaks && {
          breakerRatio: defaults.or('breakerRatio', percent, 50) / 100,
          breakerSleepNs: defaults.or('breakerSleepNs', sleepMs, 5_000) * NS_PER_MS,
        }),
        ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
        beside: besideOf(BESIDE, (key) => value(...key.split('.'))),
      });
    });
}

const BESIDE = ['circuitBreaker.requestVolumeThreshold', 'execution.isolation.strategy'];
