import { parseAllDocuments } from 'yaml';
import { at, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, msText, pathPrefix, readNs } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

const CANNOT = [
  'limit counts retries beyond the first attempt. retry.linkerd.io/timeout is of one attempt that another may follow, timeout.linkerd.io/request of all of the call.',
  'Retries follow answers by their status; that no connection came about is none. Bodies over 64 KiB are not sent again. There is no backoff and no budget.',
  'The connect timeout is of the proxy: config.linkerd.io/proxy-outbound-connect-timeout on the caller’s pods.',
];

/** A route for each operation; limit counts retries. */
export const LINKERD: Stack = { name: 'linkerd', title: 'Linkerd', write, read };

function write({ edges, about }: StackExport): string {
  const routes = edges.map((edge, i) => routeText(edge, i === 0 ? [...about, ...CANNOT] : []));
  const byCallee = [...Map.groupBy(edges, ({ callee }) => callee)];
  return [...routes, ...byCallee.flatMap(([callee, own]) => othersText(callee, own))].join('---\n');
}

function routeText(edge: ExportedEdge, head: readonly string[]): string {
  const { key, callee, request, policy } = edge;
  const isGrpc = request.rpcService !== '';
  const { attempts, retryOn, attemptTimeoutNs, totalTimeoutNs } = policy;
  const retries = {
    [`retry.linkerd.io/${isGrpc ? 'grpc' : 'http'}`]: isGrpc ? 'unavailable' : '503',
    'retry.linkerd.io/limit': String(attempts - 1),
    'retry.linkerd.io/timeout': msText(attemptTimeoutNs),
  };
  const content = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: isGrpc ? 'GRPCRoute' : 'HTTPRoute',
    metadata: {
      name: key,
      annotations: {
        ...(retryOn === 'transient' && retries),
        'timeout.linkerd.io/request': msText(totalTimeoutNs),
        ...(retryOn !== 'transient' && { 'timeout.linkerd.io/response': msText(attemptTimeoutNs) }),
      },
    },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: callee }],
      rules: [{ matches: [isGrpc ? grpcMatch(request) : httpMatch(request)] }],
    },
  };
  const lines = [
    edgeTitle(edge),
    ...edge.evidence,
    `proxy-outbound-connect-timeout ${msText(policy.connectTimeoutNs)}`,
    ...(retryOn === 'connect' ? ['another after a failed connect alone cannot be said: none'] : []),
  ];
  return yamlText(content, { head: [...head, ...lines], comments: [] });
}

/** Requests that no route of a service matches would be answered with 404. */
function othersText(callee: string, edges: readonly ExportedEdge[]): readonly string[] {
  const isCaught = edges.some(
    ({ request }) => request.rpcService === '' && request.path === '' && request.httpMethod === '',
  );
  if (isCaught) return [];
  const isGrpc = edges.every(({ request }) => request.rpcService !== '');
  const content = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: isGrpc ? 'GRPCRoute' : 'HTTPRoute',
    metadata: { name: `${edges[0]?.key ?? 'calls'}-others` },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: callee }],
      rules: isGrpc ? [{}] : [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }],
    },
  };
  const head = [`What else is called of ${callee}: without a route it would be answered with 404.`];
  return [yamlText(content, { head, comments: [] })];
}

function grpcMatch({ rpcService, rpcMethod }: ExportedEdge['request']): object {
  return { method: { service: rpcService, method: rpcMethod } };
}

function httpMatch({ httpMethod, path }: ExportedEdge['request']): object {
  const { prefix, isWhole } = pathPrefix(path);
  const isExact = isWhole && prefix !== '';
  return {
    path: { type: isExact ? 'Exact' : 'PathPrefix', value: prefix === '' ? '/' : prefix },
    ...(httpMethod !== '' && { method: httpMethod }),
  };
}

function read(text: string): readonly StackPolicy[] {
  return parseAllDocuments(text)
    .map((document): unknown => document.toJS())
    .filter((route) => at(route, 'metadata', 'annotations') !== undefined)
    .map((route) => {
      const annotation = (name: string): unknown => at(route, 'metadata', 'annotations', name);
      const limit = annotation('retry.linkerd.io/limit');
      const totalTimeoutNs = readNs(annotation('timeout.linkerd.io/request'));
      const attemptTimeoutNs =
        readNs(annotation('retry.linkerd.io/timeout')) ??
        readNs(annotation('timeout.linkerd.io/response'));
      return {
        key: textOf(at(route, 'metadata', 'name')),
        attempts: 1 + Number(limit ?? 0),
        retryOn: limit === undefined ? ('nothing' as const) : ('transient' as const),
        ...(totalTimeoutNs !== undefined && { totalTimeoutNs }),
        ...(attemptTimeoutNs !== undefined && { attemptTimeoutNs }),
      };
    });
}
