import { parse } from 'yaml';
import type { RetryOn } from '../call-policy.ts';
import type { Breaker } from '../protection.ts';
import { at, entriesAt, listAt } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, msText, readNs, wholeMs } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

/** Waits are drawn from half to one and a half of what they say. */
const JITTER = 0.5;

const CONNECT_EXCEPTIONS = [
  'java.net.ConnectException',
  'java.net.http.HttpConnectTimeoutException',
];
const TRANSIENT_EXCEPTIONS = [
  'java.io.IOException',
  'java.util.concurrent.TimeoutException',
  'org.springframework.web.client.ResourceAccessException',
  'org.springframework.web.client.HttpServerErrorException$ServiceUnavailable',
];
const IGNORED = ['io.github.resilience4j.circuitbreaker.CallNotPermittedException'];

const CANNOT = [
  'timelimiter is within retry and bounds one attempt; nothing bounds the call with all of them: bound it where it is awaited. cancelRunningFuture does not stop a CompletableFuture.',
  'The connect timeout is the HTTP client’s. There is no retry budget. Exceptions are matched as they are thrown, without their causes, and must be on the class path: a client that wraps them needs its own.',
  'java.net.http.HttpClient itself sends a GET again after a reset, and dials again, which no maxAttempts counts: -Djdk.httpclient.redirects.retrylimit=1 (the limit of redirects too) and -Djdk.httpclient.disableRetryConnect=true.',
  'Without randomizedWaitFactor the cap of the waits would be dropped; a refusal of a breaker is retried unless it is ignored.',
];

/** Spring's YAML; maxAttempts counts all. */
export const RESILIENCE4J: Stack = { name: 'resilience4j', title: 'resilience4j', write, read };

function write({ edges, about }: StackExport): string {
  const retries = edges.map((edge) => [edge.key, retryOf(edge)] as const);
  const limits = edges.map(({ key, policy }) => [
    key,
    { timeoutDuration: msText(policy.attemptTimeoutNs), cancelRunningFuture: true },
  ]);
  const breakers = edges.flatMap(({ key, breaker, policy }) =>
    breaker === undefined ? [] : [[key, breakerOf(breaker, policy)]],
  );
  const content = {
    resilience4j: {
      timelimiter: { instances: Object.fromEntries(limits) as object },
      retry: { instances: Object.fromEntries(retries) as object },
      ...(breakers.length > 0 && {
        circuitbreaker: { instances: Object.fromEntries(breakers) as object },
      }),
    },
  };
  const comments = edges.map((edge) => ({
    path: ['resilience4j', 'timelimiter', 'instances', edge.key],
    lines: [
      edgeTitle(edge),
      ...edge.evidence,
      `connect ${msText(edge.policy.connectTimeoutNs)}, all of the call ${msText(edge.policy.totalTimeoutNs)}: set them in the client`,
    ],
  }));
  return yamlText(content, { head: [...about, ...CANNOT], comments });
}

function retryOf({ policy }: ExportedEdge): object {
  const { attempts, retryOn, backoff } = policy;
  if (retryOn === 'nothing') return { maxAttempts: 1 };
  return {
    maxAttempts: attempts,
    waitDuration: msText(backoff.baseNs / (1 + JITTER)),
    enableExponentialBackoff: true,
    exponentialBackoffMultiplier: 2,
    exponentialMaxWaitDuration: msText(backoff.capNs),
    enableRandomizedWait: true,
    randomizedWaitFactor: JITTER,
    retryExceptions: retryOn === 'connect' ? CONNECT_EXCEPTIONS : TRANSIENT_EXCEPTIONS,
    ignoreExceptions: IGNORED,
  };
}

/** It opens at the threshold. Slow are attempts that are cut off. */
function breakerOf(
  { windowCalls, failureRatio, sleepNs, probes }: Breaker,
  { attemptTimeoutNs }: ExportedEdge['policy'],
): object {
  const percent = Math.round(failureRatio * 100);
  return {
    slidingWindowType: 'COUNT_BASED',
    slidingWindowSize: windowCalls,
    minimumNumberOfCalls: windowCalls,
    failureRateThreshold: percent,
    slowCallRateThreshold: percent,
    slowCallDurationThreshold: msText(attemptTimeoutNs),
    waitDurationInOpenState: msText(sleepNs),
    permittedNumberOfCallsInHalfOpenState: probes,
  };
}

function read(text: string): readonly StackPolicy[] {
  const root = at(parse(text), 'resilience4j');
  return entriesAt(root, 'timelimiter', 'instances').map(([key, limit]) => {
    const retry = at(root, 'retry', 'instances', key);
    const attemptTimeoutNs = readNs(at(limit, 'timeoutDuration'));
    const waitNs = readNs(at(retry, 'waitDuration'));
    const factor = Number(at(retry, 'randomizedWaitFactor') ?? 0);
    const attempts = Number(at(retry, 'maxAttempts') ?? 3);
    return {
      key,
      attempts,
      retryOn: retryOnOf(attempts, listAt(retry, 'retryExceptions')),
      ...(attemptTimeoutNs !== undefined && { attemptTimeoutNs }),
      ...(waitNs !== undefined && { firstWaitNs: wholeMs(waitNs * (1 + factor)) * 1e6 }),
    };
  });
}

function retryOnOf(attempts: number, exceptions: readonly unknown[]): RetryOn {
  if (attempts <= 1) return 'nothing';
  return exceptions.includes('java.io.IOException') ? 'transient' : 'connect';
}
