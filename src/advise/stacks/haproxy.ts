import type { RetryOn } from '../call-policy.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { commentLines, edgeTitle, msText, pathPrefix, readNs } from './stack-units.ts';

const CANNOT = [
  'A backend for each operation: add its server lines, and the use_backend lines to the frontend. "option redispatch" lets the last retry go to another server.',
  'retries counts those beyond the first attempt. timeout server is of one attempt, from the request to its first byte and between bytes: a call may take all of them, and nothing bounds it with its attempts.',
  'Refused connects are tried again after 1 s or timeout connect, whichever is less; failed answers at once. There is no budget. Bodies that do not fit the buffer are not sent again.',
];

const TRANSIENT = 'conn-failure empty-response junk-response response-timeout 503';

/** Backends; retries counts those beyond the first attempt. */
export const HAPROXY: Stack = { name: 'haproxy', title: 'HAProxy', write, read };

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
      ],
      '#',
    ),
    `backend ${key}`,
    `    timeout connect ${msText(connectTimeoutNs)}`,
    `    timeout server ${msText(attemptTimeoutNs)}`,
    `    retries ${attempts - 1}`,
    `    retry-on ${retryOnText(retryOn)}`,
    ...(retryOn === 'nothing' ? [] : ['    option redispatch']),
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
  return [...text.matchAll(/^backend (\S+)\n((?: {4}.*\n?)*)/gmu)].map(
    ([, key = '', body = '']) => {
      const value = (name: string): string =>
        new RegExp(`^ {4}${name} (.*)$`, 'mu').exec(body)?.[1] ?? '';
      const connectTimeoutNs = readNs(value('timeout connect'));
      const attemptTimeoutNs = readNs(value('timeout server'));
      const conditions = value('retry-on');
      return {
        key,
        attempts: 1 + Number(value('retries')),
        retryOn: retryOnOf(conditions),
        ...(connectTimeoutNs !== undefined && { connectTimeoutNs }),
        ...(attemptTimeoutNs !== undefined && { attemptTimeoutNs }),
      };
    },
  );
}

function retryOnOf(conditions: string): RetryOn {
  if (conditions === 'none') return 'nothing';
  return conditions === 'conn-failure' ? 'connect' : 'transient';
}
