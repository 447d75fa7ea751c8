import { NS_PER_MS } from '../../core/index.ts';
import type { RetryOn } from '../call-policy.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { commentLines, edgeTitle, msText, pathPrefix, readNs, wholeMs } from './stack-units.ts';

/** A shorter one acts as a bound of the whole answer, and cuts one in the middle, status 200. */
const READ_TIMEOUT_MIN_MS = 600;

const CANNOT = [
  'For the server block of the caller’s proxy. proxy_pass names an upstream of yours that lists every address: tries are capped by the servers that it lists.',
  'Give each of them max_fails=0, or a timeout takes it out for whole seconds: "server 10.0.0.1:80 max_fails=0;".',
  'proxy_next_upstream_tries counts all tries; 0 would be no bound. proxy_next_upstream_timeout begins no further try, but cuts none that runs. There is no backoff and no budget.',
  'proxy_read_timeout is of each gap between bytes, and below 600 ms it is not to be relied on: it stands at 600 ms at least.',
];

/** Locations; tries count all. */
export const NGINX: Stack = { name: 'nginx', title: 'nginx', write, read };

function write({ edges, about }: StackExport): string {
  return [...commentLines([...about, ...CANNOT], '#'), ...edges.flatMap(locationLines), ''].join(
    '\n',
  );
}

function locationLines(edge: ExportedEdge): readonly string[] {
  const { key, callee, request, policy, evidence } = edge;
  const { connectTimeoutNs, attemptTimeoutNs, totalTimeoutNs, attempts } = policy;
  const { prefix, isWhole } = pathPrefix(
    request.rpcService === '' ? request.path : `/${request.rpcService}/${request.rpcMethod}`,
  );
  const match = isWhole && prefix !== '' ? `= ${quoted(prefix)}` : quoted(prefix || '/');
  const readMs = Math.max(READ_TIMEOUT_MIN_MS, wholeMs(attemptTimeoutNs));
  const isGrpc = request.rpcService !== '';
  const proxy = isGrpc ? 'grpc' : 'proxy';
  return [
    '',
    ...commentLines(
      [
        `edge ${key}: ${edgeTitle(edge)}`,
        ...evidence,
        ...(readMs > wholeMs(attemptTimeoutNs)
          ? [`nginx cuts off at ${readMs} ms in place of ${msText(attemptTimeoutNs)}`]
          : []),
        ...remarkOf(edge),
      ],
      '#',
    ),
    `location ${match} {`,
    `    ${proxy}_pass ${isGrpc ? 'grpc' : 'http'}://${upstreamOf(callee)};`,
    `    ${proxy}_connect_timeout ${msText(connectTimeoutNs)};`,
    `    ${proxy}_read_timeout ${readMs}ms;`,
    `    ${proxy}_next_upstream ${nextUpstreamOf(edge)};`,
    `    ${proxy}_next_upstream_tries ${nextUpstreamOf(edge) === 'off' ? 1 : attempts};`,
    `    ${proxy}_next_upstream_timeout ${msText(totalTimeoutNs)};`,
    '}',
  ];
}

/** Of POST, LOCK and PATCH nginx itself passes on failed connects alone. */
function nextUpstreamOf({ policy, request }: ExportedEdge): string {
  const isSafe =
    ['POST', 'LOCK', 'PATCH'].includes(request.httpMethod) || request.rpcService !== '';
  switch (policy.retryOn) {
    case 'nothing':
      return 'off';
    case 'connect':
      return isSafe ? 'error timeout' : 'off';
    case 'transient':
      return isSafe ? 'error timeout http_503 non_idempotent' : 'error timeout http_503';
  }
}

function remarkOf(edge: ExportedEdge): readonly string[] {
  const { policy, request } = edge;
  if (policy.retryOn === 'connect' && nextUpstreamOf(edge) === 'off') {
    return [
      'another try after a failed connect alone cannot be said of a method that nginx repeats',
    ];
  }
  return request.httpMethod === '' ? [] : [`for ${request.httpMethod}; a location has no method`];
}

function quoted(path: string): string {
  return /^[\w./~-]+$/u.test(path) ? path : `"${path.replaceAll(/["\\]/gu, String.raw`\$&`)}"`;
}

/** As the name of an upstream. */
function upstreamOf(callee: string): string {
  return callee.replaceAll(/[^\w.:-]/gu, '_');
}

function read(text: string): readonly StackPolicy[] {
  return [
    ...text.matchAll(/^# edge ([\w-]+): (?:(?!^# edge |^\})[^])*?^location [^{]*\{([^}]*)\}/gmu),
  ].map(([, key = '', body = '']) => {
    const value = (name: string): string =>
      new RegExp(`(?:proxy|grpc)_${name} ([^;]*);`, 'u').exec(body)?.[1] ?? '';
    const conditions = value('next_upstream');
    const times = ['connect_timeout', 'read_timeout', 'next_upstream_timeout'];
    const [connectTimeoutNs = 0, attemptTimeoutNs = 0, totalTimeoutNs = 0] = times.map((name) =>
      readNs(value(name)),
    );
    const retryOn = retryOnOf(conditions);
    return {
      key,
      attempts: retryOn === 'nothing' ? 1 : Number(value('next_upstream_tries')),
      retryOn,
      connectTimeoutNs,
      attemptTimeoutNs,
      totalTimeoutNs,
    };
  });
}

function retryOnOf(conditions: string): RetryOn {
  if (conditions === 'off') return 'nothing';
  return conditions.includes('http_503') ? 'transient' : 'connect';
}

/** Returns what an attempt is cut off at where a policy wants less. */
export const NGINX_READ_TIMEOUT_MIN_NS = READ_TIMEOUT_MIN_MS * NS_PER_MS;
