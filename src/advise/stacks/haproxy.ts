import type { Ns } from '../../core/index.ts';
import type { RetryOn } from '../call-policy.ts';
import { unsaidLines } from './protection-lines.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { commentLines, edgeTitle, msText, pathPrefix, readNs } from './stack-units.ts';

const CANNOT = [
  'A backend for each operation: add its server lines, and the use_backend lines to the frontend. "option redispatch" lets the last retry go to another server.',
  'retries counts those beyond the first attempt. timeout server is of one attempt, from the request to its first byte and between bytes: a call may take all of them, and nothing bounds it with its attempts.',
  'default-server stands for the server lines behind it: maxconn is of each of them, and calls past it wait in the queue. A server that failed too often in a row is down until a check of its connection goes well.',
  'Refused connects are tried again after 1 s or timeout connect, whichever is less; failed answers at once. There is no budget. Bodies that do not fit the buffer are not sent again.',
];

/** Its own, after failed connects. */
const RETRIES = 3;
const TRANSIENT = 'conn-failure empty-response junk-response response-timeout 503';

/** Backends; retries counts those beyond the first attempt. */
export const HAPROXY: Stack = {
  name: 'haproxy',
  title: 'HAProxy',
  reads: 'a haproxy.cfg with backends that are called after callees',
  ...{ write, read },
};

function write({ edges, about }: StackExport): string {
  const uses = edges.map(useLine);
  return [
    ...commentLines([...about, ...CANNOT], '#'),
    '#',
    ...uses.map((line) => `# ${line}`),
    ...edges.flatMap(backendLines),
    '',
  ].join('\n');
}

function useLine({ key, request }: ExportedEdge): string {
  const { prefix, isWhole } = pathPrefix(
    request.rpcService === '' ? request.path : `/${request.rpcService}/${request.rpcMethod}`,
  );
  const path = prefix === '' ? '' : `{ ${isWhole ? 'path' : 'path_beg'} ${escaped(prefix)} }`;
  const method = request.httpMethod === '' ? '' : `{ method ${request.httpMethod} }`;
  const conditions = [path, method].filter((text) => text !== '').join(' ');
  return `use_backend ${key}${conditions === '' ? '' : ` if ${conditions}`}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\s\\#"'{}]/gu, String.raw`\$&`);
}

function backendLines(edge: ExportedEdge): readonly string[] {
  const { key, policy, evidence } = edge;
  const { connectTimeoutNs, attemptTimeoutNs, totalTimeoutNs, attempts, retryOn } = policy;
  return [
    '',
    ...commentLines(
      [
        edgeTitle(edge),
        ...evidence,
        `all of the call ${msText(totalTimeoutNs)}: HAProxy has no key for it`,
        ...unsaidLines(edge, 'HAProxy', ['hedge']),
      ],
      '#',
    ),
    `backend ${key}`,
    `    timeout connect ${msText(connectTimeoutNs)}`,
    `    timeout server ${msText(attemptTimeoutNs)}`,
    `    retries ${attempts - 1}`,
    `    retry-on ${retryOnText(retryOn)}`,
    ...(retryOn === 'nothing' ? [] : ['    option redispatch']),
    ...protectionLines(edge),
  ];
}

/** A window of a second has no burst beside it; refused are those past it, with 429. */
function protectionLines({ policy, protection }: ExportedEdge): readonly string[] {
  const { breaker, bulkhead, rateLimit } = protection ?? {};
  const server = [
    ...(bulkhead ? [`maxconn ${bulkhead.concurrent}`] : []),
    ...(breaker
      ? [
          `check inter ${msText(breaker.sleepNs)} rise 1 observe layer7 error-limit ${breaker.inARow} on-error mark-down`,
        ]
      : []),
  ];
  return [
    ...(rateLimit
      ? [
          '    stick-table type integer size 1 expire 10s store http_req_rate(1s)',
          '    http-request track-sc0 int(1)',
          `    http-request deny deny_status 429 if { sc0_http_req_rate gt ${Math.max(1, Math.round(rateLimit.perSec))} }`,
        ]
      : []),
    ...(bulkhead ? [`    timeout queue ${msText(policy.attemptTimeoutNs)}`] : []),
    ...(server.length > 0 ? [`    default-server ${server.join(' ')}`] : []),
  ];
}

function retryOnText(retryOn: RetryOn): string {
  switch (retryOn) {
    case 'nothing':
      return 'none';
    case 'connect':
      return 'conn-failure';
    case 'transient':
      return TRANSIENT;
  }
}

function read(text: string): readonly StackPolicy[] {
  // Sections before it that are called defaults stand in for what a backend does not say.
  const sections = [
    ...text.matchAll(/^(defaults|backend|listen)\b *(\S*).*\n((?:[ \t]+.*\n?|#.*\n?|\n)*)/gmu),
  ];
  return sections.flatMap(({ 1: kind, 2: key = '', 3: body = '', index }, i) => {
    if (kind === 'defaults') return [];
    const before = sections.slice(0, i).findLast(([, other]) => other === 'defaults')?.[3] ?? '';
    const own = (name: string, of: string): string | undefined =>
      new RegExp(`^[ \\t]+${name} +(.*?) *$`, 'mu').exec(of)?.[1];
    const value = (name: string): string => own(name, body) ?? own(name, before) ?? '';
    const connectTimeoutNs = haproxyNs(value('timeout connect'));
    const attemptTimeoutNs = haproxyNs(value('timeout server'));
    const conditions = value('retry-on');
    return {
      key,
      attempts: 1 + Number(value('retries') || RETRIES),
      retryOn: retryOnOf(conditions),
      ...(connectTimeoutNs !== undefined && { connectTimeoutNs }),
      ...(attemptTimeoutNs !== undefined && { attemptTimeoutNs }),
      ...readProtection(value),
      scope: { callees: [key] },
      line: text.slice(0, index).split('\n').length,
      ...(value('retries') === '' && { defaults: ['attempts'] as const }),
    };
  });
}

function readProtection(value: (name: string) => string): Omit<StackPolicy, 'key'> {
  // What one server says is taken for what all do.
  const server = `${value('default-server')} ${value('server')}`;
  const number = (name: string): number | undefined => {
    const text = new RegExp(`(?:^| )${name} (\\d+)`, 'u').exec(server)?.[1];
    return text === undefined ? undefined : Number(text);
  };
  const [concurrent, inARow] = [number('maxconn'), number('error-limit')];
  const breakerSleepNs = readNs(/(?:^| )inter (\S+)/u.exec(server)?.[1]);
  const limit = / gt (\d+) /u.exec(value('http-request deny'))?.[1];
  return {
    ...(concurrent !== undefined && { concurrent }),
    ...(inARow !== undefined && { breakerInARow: inARow }),
    ...(breakerSleepNs !== undefined && { breakerSleepNs }),
    ...(limit !== undefined && { limitPerSec: Number(limit) }),
  };
}

/** A number alone is of ms. */
function haproxyNs(text: string): Ns | undefined {
  return readNs(/^\d+$/u.test(text) ? Number(text) : text);
}

function retryOnOf(conditions: string): RetryOn {
  if (conditions === 'none') return 'nothing';
  return conditions === 'conn-failure' || conditions === '' ? 'connect' : 'transient';
}
