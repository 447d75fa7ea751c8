import { LineCounter, parseAllDocuments } from 'yaml';
import { NS_PER_SEC } from '../../core/index.ts';
import type { CallScope } from './file-parts.ts';
import { Defaults, numberOf, policyInUse } from './in-use.ts';
import { unsaidLines } from './protection-lines.ts';
import { at, entriesAt, listAt, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, msText, pathPrefix, readNs } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

const CANNOT = [
  'limit counts retries beyond the first attempt. retry.linkerd.io/timeout is of one attempt that another may follow, timeout.linkerd.io/request of all of the call.',
  'Retries follow answers by their status; that no connection came about is none. Bodies over 64 KiB are not sent again. There is no backoff and no budget.',
  'The connect timeout is of the proxy: config.linkerd.io/proxy-outbound-connect-timeout on the caller’s pods.',
];

/** A route for each operation; limit counts retries. */
export const LINKERD: Stack = {
  name: 'linkerd',
  title: 'Linkerd',
  reads: 'HTTPRoutes, GRPCRoutes and Services with annotations of linkerd.io',
  ...{ write, read },
};

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
    ...breakerLines(edge),
    ...unsaidLines(edge, 'a route of Linkerd', ['hedge', 'bulkhead', 'rate limit']),
    ...(retryOn === 'connect' ? ['another after a failed connect alone cannot be said: none'] : []),
  ];
  return yamlText(content, { head: [...head, ...lines], comments: [] });
}

/** Failure accrual is of the Service. */
function breakerLines({ callee, protection }: ExportedEdge): readonly string[] {
  const { breaker } = protection ?? {};
  if (breaker === undefined) return [];
  return [
    `a breaker is of the Service ${callee}, by annotations: balancer.linkerd.io/failure-accrual: consecutive, balancer.linkerd.io/failure-accrual-consecutive-max-failures: "${breaker.inARow}", balancer.linkerd.io/failure-accrual-consecutive-min-penalty: ${msText(breaker.sleepNs)}`,
  ];
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

const OWN = /^(?:retry|timeout|balancer)\.linkerd\.io\//u;
const ACCRUAL = 'balancer.linkerd.io/failure-accrual';
const COMPARED = [
  ...['retry.linkerd.io/http', 'retry.linkerd.io/grpc', 'retry.linkerd.io/limit'],
  ...['retry.linkerd.io/timeout', 'timeout.linkerd.io/request', 'timeout.linkerd.io/response'],
  ...[ACCRUAL, `${ACCRUAL}-consecutive-max-failures`, `${ACCRUAL}-consecutive-min-penalty`],
];

/** A part for each match of a route; what its Service says holds where the route says nothing. */
function read(text: string): readonly StackPolicy[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, logLevel: 'error' }).map((document) => ({
    content: document.toJS() as unknown,
    line: lineCounter.linePos(document.contents?.range?.[0] ?? 0).line,
  }));
  const services = new Map(
    documents
      .filter(({ content }) => at(content, 'kind') === 'Service')
      .map(({ content }) => [textOf(at(content, 'metadata', 'name')), annotationsOf(content)]),
  );
  const routes = documents.filter(({ content }) =>
    ['HTTPRoute', 'GRPCRoute'].includes(textOf(at(content, 'kind'))),
  );
  const routed = new Set<string>();
  const ofRoutes = routes.flatMap(({ content: route, line }) => {
    const callees = listAt(route, 'spec', 'parentRefs').map((one) => textOf(at(one, 'name')));
    const inherited = callees.flatMap((name) => [...(services.get(name) ?? [])]);
    const annotations = new Map([...inherited, ...annotationsOf(route)]);
    if (annotations.size === 0) return [];
    for (const name of callees) routed.add(name);
    const policy = readAnnotations(annotations);
    const key = textOf(at(route, 'metadata', 'name'));
    const matches = listAt(route, 'spec', 'rules').flatMap((rule) => listAt(rule, 'matches'));
    return (matches.length > 0 ? matches : [{}]).map((match) => ({
      ...policy,
      ...{ key, line, scope: { callees, ...scopeOf(match) } },
    }));
  });
  const alone = [...services].filter(([name, own]) => own.size > 0 && !routed.has(name));
  return [
    ...ofRoutes,
    ...alone.map(([name, own]) => ({
      ...readAnnotations(own),
      ...{ key: name, scope: { callees: [name] } },
    })),
  ];
}

function annotationsOf(resource: unknown): ReadonlyMap<string, string> {
  const all = entriesAt(resource, 'metadata', 'annotations');
  return new Map(
    all.filter(([name]) => OWN.test(name)).map(([name, value]) => [name, String(value)]),
  );
}

function scopeOf(match: unknown): Omit<CallScope, 'callees'> {
  const [service, method] = [at(match, 'method', 'service'), at(match, 'method', 'method')];
  if (typeof service === 'string') {
    return typeof method === 'string'
      ? { path: `/${service}/${method}` }
      : { pathPrefix: `/${service}/` };
  }
  const httpMethod = at(match, 'method');
  const path = textOf(at(match, 'path', 'value'));
  const type = at(match, 'path', 'type') ?? 'PathPrefix';
  return {
    ...(typeof httpMethod === 'string' && { httpMethod }),
    ...(type === 'Exact' && { path }),
    ...(type === 'PathPrefix' && { pathPrefix: path }),
  };
}

/** Without a condition nothing is sent again; the rest has no defaults but the limit. */
function readAnnotations(own: ReadonlyMap<string, string>): StackPolicy {
  const defaults = new Defaults();
  const isRetried = own.has('retry.linkerd.io/http') || own.has('retry.linkerd.io/grpc');
  const limit = numberOf(own.get('retry.linkerd.io/limit'));
  const isBroken = own.get(ACCRUAL) === 'consecutive';
  const inARow = numberOf(own.get(`${ACCRUAL}-consecutive-max-failures`));
  const penaltyNs = readNs(own.get(`${ACCRUAL}-consecutive-min-penalty`));
  return policyInUse({
    key: '',
    attempts: 1 + (isRetried ? defaults.or('attempts', limit, 1) : 0),
    retryOn: isRetried && limit !== 0 ? 'transient' : 'nothing',
    totalTimeoutNs: readNs(own.get('timeout.linkerd.io/request')),
    attemptTimeoutNs:
      readNs(own.get('retry.linkerd.io/timeout')) ?? readNs(own.get('timeout.linkerd.io/response')),
    ...(isBroken && {
      breakerInARow: defaults.or('breakerInARow', inARow, 7),
      breakerSleepNs: defaults.or('breakerSleepNs', penaltyNs, NS_PER_SEC),
    }),
    ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
    beside: [...own].filter(([name]) => !COMPARED.includes(name)).map((pair) => pair.join(' ')),
  });
}
