import { NS_PER_MS, NS_PER_SEC } from '../../core/index.ts';
import type { RetryOn } from '../call-policy.ts';
import type { Breaker, RateLimit } from '../protection.ts';
import { Defaults, numberOf, policyInUse } from './in-use.ts';
import { unsaidLines } from './protection-lines.ts';
import { springNs, SpringSettings } from './spring-settings.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, msText, wholeMs } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

/** Waits are drawn from half to one and a half of what they say. */
const JITTER = 0.5;
/** What a retry waits, and how long a rate limiter's period is, where nothing is said. */
const WAIT_NS = 500 * NS_PER_MS;
const PERIOD_NS = 500;

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
export const RESILIENCE4J: Stack = {
  name: 'resilience4j',
  title: 'resilience4j',
  reads: 'application.yml or .properties with resilience4j instances, called after callees',
  ...{ write, read },
};

function write({ edges, about }: StackExport): string {
  const retries = edges.map((edge) => [edge.key, retryOf(edge)] as const);
  const limits = edges.map(({ key, policy }) => [
    key,
    { timeoutDuration: msText(policy.attemptTimeoutNs), cancelRunningFuture: true },
  ]);
  const breakers = edges.flatMap(({ key, protection, policy }) =>
    protection?.breaker ? [[key, breakerOf(protection.breaker, policy)]] : [],
  );
  const bulkheads = edges.flatMap(({ key, protection }) =>
    protection
      ? [[key, { maxConcurrentCalls: protection.bulkhead.concurrent, maxWaitDuration: '0ms' }]]
      : [],
  );
  const limiters = edges.flatMap(({ key, protection }) =>
    protection?.rateLimit ? [[key, limiterOf(protection.rateLimit)]] : [],
  );
  const content = {
    resilience4j: {
      timelimiter: { instances: Object.fromEntries(limits) as object },
      retry: { instances: Object.fromEntries(retries) as object },
      ...(breakers.length > 0 && {
        circuitbreaker: { instances: Object.fromEntries(breakers) as object },
      }),
      ...(bulkheads.length > 0 && {
        bulkhead: { instances: Object.fromEntries(bulkheads) as object },
      }),
      ...(limiters.length > 0 && {
        ratelimiter: { instances: Object.fromEntries(limiters) as object },
      }),
    },
  };
  const comments = edges.map((edge) => ({
    path: ['resilience4j', 'timelimiter', 'instances', edge.key],
    lines: [
      edgeTitle(edge),
      ...edge.evidence,
      `connect ${msText(edge.policy.connectTimeoutNs)}, all of the call ${msText(edge.policy.totalTimeoutNs)}: set them in the client`,
      ...unsaidLines(edge, 'resilience4j', ['hedge']),
    ],
  }));
  return yamlText(content, { head: [...about, ...CANNOT], comments });
}

/** A period gives as many calls as its limit, at once too: there is no burst beside it. */
function limiterOf({ perSec, burst }: RateLimit): object {
  return {
    limitForPeriod: Math.max(1, burst),
    limitRefreshPeriod: msText((Math.max(1, burst) / perSec) * NS_PER_SEC),
    timeoutDuration: '0ms',
  };
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

/** What bears on a call, and is not compared. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  retry: ['retryOnResultPredicate', 'retryExceptionPredicate', 'failAfterMaxAttempts'],
  circuitbreaker: ['slidingWindowType', 'slidingWindowSize', 'minimumNumberOfCalls'],
  bulkhead: ['maxWaitDuration'],
  ratelimiter: ['timeoutDuration'],
};

/** An instance is of the callee that it is called after. */
function read(text: string): readonly StackPolicy[] {
  const settings = new SpringSettings(text);
  const lines = new Map<string, number>();
  for (const { name: module } of settings.names('resilience4j')) {
    for (const place of INSTANCES) {
      for (const { name, line } of settings.names('resilience4j', module, place)) {
        lines.set(name, Math.min(line, lines.get(name) ?? line));
      }
    }
  }
  return [...lines].map(([name, line]) => readInstance(new Instance(settings, name), line));
}

const INSTANCES = ['instances', 'backends'] as const;

/** What a file says of one instance, itself or by a config that it is based on. */
class Instance {
  readonly name: string;
  readonly #settings: SpringSettings;

  constructor(settings: SpringSettings, name: string) {
    this.#settings = settings;
    this.name = name;
  }

  get profiles(): readonly string[] {
    return this.#settings.profiles.map((name) => `profile ${name}, which is not read`);
  }

  has(module: string): boolean {
    return this.#own(module).some((path) => this.#settings.names(...path).length > 0);
  }

  value(module: string, key: string): string | undefined {
    return this.#paths(module)
      .map((path) => this.#settings.value(...path, key))
      .find((value) => value !== undefined);
  }

  list(module: string, key: string): readonly string[] {
    const lists = this.#paths(module).map((path) => this.#settings.list(...path, key));
    return lists.find((list) => list.length > 0) ?? [];
  }

  #own(module: string): readonly (readonly string[])[] {
    return INSTANCES.map((place) => ['resilience4j', module, place, this.name]);
  }

  #paths(module: string): readonly (readonly string[])[] {
    const own = this.#own(module);
    const base = own.map((path) => this.#settings.value(...path, 'baseConfig')).find(Boolean);
    return [...own, ['resilience4j', module, 'configs', base ?? 'default']];
  }
}

/** Of modules without this instance nothing is known: code may make one of its own. */
function readInstance(instance: Instance, line: number): StackPolicy {
  const { name } = instance;
  const defaults = new Defaults();
  const beside = Object.entries(BESIDE).flatMap(([module, keys]) =>
    keys.flatMap((key) => {
      const value = instance.has(module) ? instance.value(module, key) : undefined;
      return value === undefined ? [] : [`${module}.${key} ${value}`];
    }),
  );
  return policyInUse({
    ...{ key: name, line, scope: { callees: [name] } },
    ...readRetry(instance, defaults),
    ...(instance.has('timelimiter') && {
      attemptTimeoutNs: defaults.or(
        'attemptTimeoutNs',
        springNs(instance.value('timelimiter', 'timeoutDuration')),
        NS_PER_SEC,
      ),
    }),
    ...readProtection(instance, defaults),
    ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
    beside: [...beside, ...instance.profiles],
  });
}

function readRetry(instance: Instance, defaults: Defaults): Partial<StackPolicy> {
  if (!instance.has('retry')) return {};
  const own = numberOf(instance.value('retry', 'maxAttempts'));
  const attempts = defaults.or('attempts', own, 3);
  const retryOn = attempts <= 1 ? 'nothing' : retryOnOf(instance.list('retry', 'retryExceptions'));
  if (attempts <= 1) return { attempts, retryOn };
  const waitNs = springNs(instance.value('retry', 'waitDuration'));
  const isDrawn = instance.value('retry', 'enableRandomizedWait') === 'true';
  const factor = numberOf(instance.value('retry', 'randomizedWaitFactor')) ?? JITTER;
  const longestNs = defaults.or('firstWaitNs', waitNs, WAIT_NS) * (isDrawn ? 1 + factor : 1);
  return { attempts, retryOn, firstWaitNs: wholeMs(longestNs) * NS_PER_MS };
}

/** By default any exception is followed by another attempt. */
function retryOnOf(exceptions: readonly string[]): RetryOn {
  const isConnect = exceptions.every((name) =>
    /(?:Connect|ConnectTimeout|UnknownHost|NoRouteToHost)Exception$/u.test(name),
  );
  return exceptions.length > 0 && isConnect ? 'connect' : 'transient';
}

function readProtection(instance: Instance, defaults: Defaults): Partial<StackPolicy> {
  const number = (module: string, key: string) => numberOf(instance.value(module, key));
  const periodNs = springNs(instance.value('ratelimiter', 'limitRefreshPeriod'));
  const limit = number('ratelimiter', 'limitForPeriod') ?? 50;
  const percent = number('circuitbreaker', 'failureRateThreshold');
  const sleepNs = springNs(instance.value('circuitbreaker', 'waitDurationInOpenState'));
  return {
    ...(instance.has('bulkhead') && {
      concurrent: defaults.or('concurrent', number('bulkhead', 'maxConcurrentCalls'), 25),
    }),
    ...(instance.has('ratelimiter') && {
      limitPerSec: Math.round(
        (limit / defaults.or('limitPerSec', periodNs, PERIOD_NS)) * NS_PER_SEC,
      ),
    }),
    ...(instance.has('circuitbreaker') && {
      breakerRatio: defaults.or('breakerRatio', percent, 50) / 100,
      breakerSleepNs: defaults.or('breakerSleepNs', sleepNs, 60 * NS_PER_SEC),
    }),
  };
}
