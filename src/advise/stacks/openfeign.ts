import { NS_PER_MS, NS_PER_SEC } from '../../core/index.ts';
import { besideOf, Defaults, policyInUse } from './in-use.ts';
import { unsaidLines } from './protection-lines.ts';
import { springNs, SpringSettings } from './spring-settings.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, wholeMs } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

const CONFIG = ['spring', 'cloud', 'openfeign', 'client', 'config'] as const;

const PARTS = ['hedge', 'breaker', 'bulkhead', 'rate limit'] as const;

const CANNOT = [
  'A client is of one callee: of several operations the longest timeouts stand. readTimeout bounds each wait for bytes, not the whole answer; nothing bounds a call with its attempts.',
  'Without a retryer a client makes one attempt; YAML cannot say how many a retryer makes. It is a bean: its last argument counts all attempts.',
  'feign.Retryer.Default repeats every method after a failed read, POST too, and never a plain 503: an ErrorDecoder must make a RetryableException of it.',
];

/** Spring Cloud's YAML, a client for each callee. */
export const OPENFEIGN: Stack = {
  name: 'openfeign',
  title: 'Spring Cloud OpenFeign',
  reads: 'application.yml or .properties with spring.cloud.openfeign.client.config',
  ...{ write, read },
};

function write({ edges, about }: StackExport): string {
  const byCallee = [...Map.groupBy(edges, ({ callee }) => callee)];
  const config = byCallee.map(([callee, own]) => [
    nameOf(callee),
    {
      connectTimeout: wholeMs(Math.max(...own.map(({ policy }) => policy.connectTimeoutNs))),
      readTimeout: wholeMs(Math.max(...own.map(({ policy }) => policy.attemptTimeoutNs))),
    },
  ]);
  const content = {
    spring: { cloud: { openfeign: { client: { config: Object.fromEntries(config) as object } } } },
  };
  const comments = byCallee.map(([callee, own]) => ({
    path: [...CONFIG, nameOf(callee)],
    lines: own.flatMap((edge) => [
      edgeTitle(edge),
      ...edge.evidence,
      retryerText(edge),
      ...unsaidLines(edge, 'OpenFeign without resilience4j', PARTS),
    ]),
  }));
  return yamlText(content, { head: [...about, ...CANNOT], comments });
}

/** Spring takes a name with other characters as it is only in brackets. */
function nameOf(callee: string): string {
  return /^[\w-]+$/u.test(callee) ? callee : `[${callee}]`;
}

function retryerText({ policy }: ExportedEdge): string {
  const { attempts, retryOn, backoff } = policy;
  switch (retryOn) {
    case 'nothing':
      return 'one attempt: no retryer';
    case 'connect':
      return `one attempt: no retryer, since it would repeat what was sent; ${attempts} attempts where no connection came about cannot be said`;
    case 'transient':
      return `${attempts} attempts: @Bean Retryer retryer() { return new Retryer.Default(${wholeMs(backoff.baseNs)}, ${wholeMs(backoff.capNs)}, ${attempts}); }`;
  }
}

/** Of Spring Cloud up to 2021, and since. */
const PLACES = [['feign', 'client', 'config'], CONFIG] as const;
const CONNECT_NS = 10 * NS_PER_SEC;
const READ_NS = 60 * NS_PER_SEC;
const BESIDE = ['followRedirects', 'errorDecoder', 'requestInterceptors', 'dismiss404'] as const;

/** Attempts are a bean's, unless a class of Feign's own is named. */
function read(text: string): readonly StackPolicy[] {
  const settings = new SpringSettings(text);
  const clients = PLACES.flatMap((place) =>
    settings.names(...place).map(({ name, line }) => ({ place, name, line })),
  );
  const isAll = (name: string): boolean => name === 'default';
  // What is said of all clients is of those that nothing else is said of.
  const sorted = clients.toSorted((a, b) => Number(isAll(a.name)) - Number(isAll(b.name)));
  return sorted.map(({ place, name, line }) => {
    const defaults = new Defaults();
    const value = (key: string): string | undefined =>
      settings.value(...place, name, key) ?? settings.value(...place, 'default', key);
    return policyInUse({
      ...{ key: name, line, scope: { callees: [isAll(name) ? '*' : name] } },
      connectTimeoutNs: defaults.or(
        'connectTimeoutNs',
        springNs(value('connectTimeout')),
        CONNECT_NS,
      ),
      attemptTimeoutNs: defaults.or('attemptTimeoutNs', springNs(value('readTimeout')), READ_NS),
      ...retryerOf(value('retryer')),
      ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
      beside: besideOf([...BESIDE, 'retryer'], value),
    });
  });
}

/** Any other is code. */
function retryerOf(name = ''): Partial<StackPolicy> {
  return /^feign\.Retryer[.$]Default$/u.test(name)
    ? { attempts: 5, retryOn: 'transient', firstWaitNs: 100 * NS_PER_MS }
    : {};
}
