import { NS_PER_MS } from '../../core/index.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { commentLines, edgeTitle, msText, wholeMs } from './stack-units.ts';

const CANNOT = [
  'retries counts those beyond the first attempt, each on another provider where there is one, at once: there is no backoff and no budget.',
  'timeout is of one attempt; enable-timeout-countdown hands what is left of it on to further calls, and nothing bounds a call with its attempts.',
  'failover repeats whatever failed but business exceptions: an operation of which nothing says that it may be repeated has failfast.',
];

/** Spring's XML; retries counts those beyond the first attempt. */
export const DUBBO: Stack = { name: 'dubbo', title: 'Dubbo', write, read };

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
  const lines = [
    `edge ${edge.key}: ${edgeTitle(edge)}`,
    ...edge.evidence,
    `connect ${msText(policy.connectTimeoutNs)}: of the protocol; all of the call ${msText(policy.totalTimeoutNs)}`,
    ...(policy.retryOn === 'connect'
      ? ['another after a failed connect alone cannot be said']
      : []),
  ];
  return [
    comment(lines, '    '),
    `    <dubbo:method name=${quoted(request.rpcMethod)} timeout="${wholeMs(policy.attemptTimeoutNs)}" retries="${retries}">`,
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

function read(text: string): readonly StackPolicy[] {
  const methods = text.matchAll(
    /<!--\s+edge ([\w-]+): (?:(?!-->)[^])*-->\s+<dubbo:method name="[^"]*" timeout="(\d+)" retries="(\d+)">/gu,
  );
  return [...methods].map(([, key = '', timeoutMs, retries]) => ({
    key,
    attemptTimeoutNs: Number(timeoutMs) * NS_PER_MS,
    attempts: 1 + Number(retries),
    retryOn: Number(retries) > 0 ? ('transient' as const) : ('nothing' as const),
  }));
}
