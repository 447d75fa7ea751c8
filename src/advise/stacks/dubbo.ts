import { NS_PER_MS } from '../../core/index.ts';
import { besideOf, Defaults, numberOf, policyInUse } from './in-use.ts';
import { unsaidLines } from './protection-lines.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { commentLines, edgeTitle, msText, wholeMs } from './stack-units.ts';
import { settingsOf, xmlElements } from './dubbo-xml.ts';

const CANNOT = [
  'retries counts those beyond the first attempt, each on another provider where there is one, at once: there is no backoff and no budget.',
  'timeout is of one attempt; enable-timeout-countdown hands what is left of it on to further calls, and nothing bounds a call with its attempts.',
  'actives are calls of a method under way at once in one consumer: further ones wait for the time of an attempt.',
  'failover repeats whatever failed but business exceptions: an operation of which nothing says that it may be repeated has failfast.',
];

/** Spring's XML; retries counts those beyond the first attempt. */
export const DUBBO: Stack = {
  name: 'dubbo',
  title: 'Dubbo',
  reads: 'Spring’s XML with dubbo:reference elements',
  ...{ write, read },
};

function write({ edges, about }: StackExport): string {
  const calls = edges.filter(({ request }) => request.rpcService !== '');
  const others = edges.filter((edge) => !calls.includes(edge));
  const left = others.map((edge) => `Left out, no RPC by its spans: ${edgeTitle(edge)}`);
  const references = [...Map.groupBy(calls, ({ request }) => request.rpcService)];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    comment([...about, ...CANNOT, ...left], ''),
    '<beans xmlns="http://www.springframework.org/schema/beans"',
    '       xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
    '       xmlns:dubbo="http://dubbo.apache.org/schema/dubbo"',
    '       xsi:schemaLocation="http://www.springframework.org/schema/beans',
    '         http://www.springframework.org/schema/beans/spring-beans.xsd',
    '         http://dubbo.apache.org/schema/dubbo http://dubbo.apache.org/schema/dubbo/dubbo.xsd">',
    ...references.flatMap(([service, own], i) => [
      `  <dubbo:reference id=${quoted(`${own[0]?.key ?? 'calls'}-${i + 1}`)} interface=${quoted(service)}>`,
      ...own.flatMap(methodLines),
      '  </dubbo:reference>',
    ]),
    '</beans>',
    '',
  ].join('\n');
}

function methodLines(edge: ExportedEdge): readonly string[] {
  const { policy, request } = edge;
  const retries = policy.retryOn === 'transient' ? policy.attempts - 1 : 0;
  const { bulkhead } = edge.protection ?? {};
  const actives = bulkhead === undefined ? '' : ` actives="${bulkhead.concurrent}"`;
  const lines = [
    `edge ${edge.key}: ${edgeTitle(edge)}`,
    ...edge.evidence,
    `connect ${msText(policy.connectTimeoutNs)}: of the protocol; all of the call ${msText(policy.totalTimeoutNs)}`,
    ...unsaidLines(edge, 'Dubbo', ['hedge', 'breaker', 'rate limit']),
    ...(policy.retryOn === 'connect'
      ? ['another after a failed connect alone cannot be said']
      : []),
  ];
  return [
    comment(lines, '    '),
    `    <dubbo:method name=${quoted(request.rpcMethod)} timeout="${wholeMs(policy.attemptTimeoutNs)}" retries="${retries}"${actives}>`,
    `      <dubbo:parameter key="cluster" value="${retries > 0 ? 'failover' : 'failfast'}"/>`,
    '    </dubbo:method>',
  ];
}

/** Two dashes would end a comment of XML. */
function comment(lines: readonly string[], indent: string): string {
  const own = commentLines(lines, '').map((line) => line.replaceAll('--', '- -'));
  return [`${indent}<!--`, ...own.map((line) => `${indent} ${line}`), `${indent}-->`].join('\n');
}

function quoted(text: string): string {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
  return `"${escaped}"`;
}

/** What Dubbo does where a file says nothing. */
const TIMEOUT_MS = 1_000;
const RETRIES = 2;
/** Clusters that make one attempt, whatever retries says. */
const ONCE = ['failfast', 'failsafe', 'failback', 'broadcast'];
const BESIDE = ['cluster', 'loadbalance', 'executes', 'connections', 'check', 'async'];

/** What an element says, and what it lies in, of which the innermost counts. */
interface Scope {
  readonly attributes: ReadonlyMap<string, string>;
  readonly around: readonly ReadonlyMap<string, string>[];
}

/** A part for each method that a reference has settings for, then one for the rest of it. */
function read(text: string): readonly StackPolicy[] {
  const elements = xmlElements(text);
  const consumers = elements.filter(({ name }) => name === 'consumer').map(settingsOf);
  const references = elements.filter(({ name }) => name === 'reference');
  return references.flatMap((reference) => {
    const own = settingsOf(reference);
    const service = own.get('interface') ?? '';
    const around = [own, ...consumers];
    const methods = reference.inner.filter(({ name }) => name === 'method');
    return [
      ...methods.map((method) => {
        const said = { attributes: settingsOf(method), around };
        const path = `/${service}/${method.attributes.get('name') ?? ''}`;
        return {
          ...readCall(said),
          ...{ key: method.edge, line: method.line, scope: { callees: ['*'], path } },
        };
      }),
      // An export has methods alone.
      ...(methods.some(({ edge }) => edge !== '')
        ? []
        : [
            {
              ...readCall({ attributes: settingsOf(reference), around: consumers }),
              ...{ key: own.get('id') ?? service, line: reference.line },
              scope: { callees: ['*'], pathPrefix: `/${service}/` },
            },
          ]),
    ];
  });
}

function readCall({ attributes, around }: Scope): StackPolicy {
  const defaults = new Defaults();
  const value = (name: string): string | undefined =>
    [attributes, ...around].map((one) => one.get(name)).find((one) => one !== undefined);
  const isOnce = ONCE.includes(value('cluster') ?? '');
  const retries = isOnce ? 0 : defaults.or('attempts', numberOf(value('retries')), RETRIES);
  const timeoutMs = defaults.or('attemptTimeoutNs', numberOf(value('timeout')), TIMEOUT_MS);
  const actives = numberOf(value('actives'));
  return policyInUse({
    key: '',
    attemptTimeoutNs: timeoutMs * NS_PER_MS,
    attempts: 1 + Math.max(0, retries),
    retryOn: retries > 0 ? 'transient' : 'nothing',
    // 0 is no bound.
    concurrent: actives === 0 ? undefined : actives,
    ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
    beside: besideOf(BESIDE, value),
  });
}
