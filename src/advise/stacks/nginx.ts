import { NS_PER_MS } from '../../core/index.ts';
import type { RateLimit } from '../protection.ts';
import { readNginx } from './nginx-in-use.ts';
import { unsaidLines } from './protection-lines.ts';
import type { ExportedEdge, Stack, StackExport } from './stack.ts';
import { commentLines, edgeTitle, msText, pathPrefix, wholeMs } from './stack-units.ts';

/** A shorter one acts as a bound of the whole answer, and cuts one in the middle, status 200. */
const READ_TIMEOUT_MIN_MS = 600;

const CANNOT = [
  'For the server block of the caller’s proxy. proxy_pass names an upstream of yours that lists every address: tries are capped by the servers that it lists.',
  'Give each of them max_fails=0, or a timeout takes it out for whole seconds: "server 10.0.0.1:80 max_fails=0;".',
  'proxy_next_upstream_tries counts all tries but those that end without an answer on a connection kept from before (keepalive): a GET goes on to the next one; 0 would be no bound. proxy_next_upstream_timeout begins no further try, but cuts none that runs. There is no backoff and no budget.',
  'The lines behind "http:" belong into the http block: limit_conn counts calls under way by what they name, and refuses further ones with 503.',
  'proxy_read_timeout is of each gap between bytes, and below 600 ms it is not to be relied on: it stands at 600 ms at least.',
];

/** Locations; tries count the first. */
export const NGINX: Stack = {
  name: 'nginx',
  title: 'nginx',
  reads: 'a part of an nginx.conf, or what nginx -T prints',
  ...{ write, read: readNginx },
};

function write({ edges, about }: StackExport): string {
  const zones = edges.flatMap(zoneLines);
  return [
    ...commentLines([...about, ...CANNOT], '#'),
    ...(zones.length > 0 ? ['#', ...zones.map((line) => `# http: ${line}`)] : []),
    ...edges.flatMap(locationLines),
    '',
  ].join('\n');
}

/** All calls of a location share one entry of its zone. */
function zoneLines({ key, protection }: ExportedEdge): readonly string[] {
  const { bulkhead, rateLimit } = protection ?? {};
  return [
    ...(bulkhead ? [`limit_conn_zone all zone=${key}-calls:1m;`] : []),
    ...(rateLimit
      ? [`limit_req_zone all zone=${key}-rate:1m rate=${wholeRate(rateLimit)}r/s;`]
      : []),
  ];
}

function limitLines({ key, protection }: ExportedEdge): readonly string[] {
  const { bulkhead, rateLimit } = protection ?? {};
  return [
    ...(bulkhead ? [`    limit_conn ${key}-calls ${bulkhead.concurrent};`] : []),
    ...(rateLimit
      ? [
          `    limit_req zone=${key}-rate burst=${Math.max(1, rateLimit.burst)} nodelay;`,
          '    limit_req_status 429;',
        ]
      : []),
  ];
}

function wholeRate({ perSec }: RateLimit): number {
  return Math.max(1, Math.round(perSec));
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
        ...unsaidLines(edge, 'a location of nginx', ['hedge', 'breaker']),
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
    ...limitLines(edge),
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

/** Returns what an attempt is cut off at where a policy wants less. */
export const NGINX_READ_TIMEOUT_MIN_NS = READ_TIMEOUT_MIN_MS * NS_PER_MS;
