import { parseAllDocuments } from 'yaml';
import { envoyRetryOn, readRetryOn } from './envoy.ts';
import { itemsUnder, type CallScope } from './file-parts.ts';
import { concurrentOf, sharedBreaker, unsaidLines } from './protection-lines.ts';
import { at, listAt, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, pathPrefix, readNs, secondsText } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

/** What it does by itself, twice. */
const RETRY_ON = 'connect-failure,refused-stream,unavailable,cancelled';
const MIN_RETRY_CONCURRENCY = 3;
/** Without it, what no rule is for would be answered with 404. No key has a blank. */
const OTHERS = 'everything else';

const CANNOT = [
  'The longest wait between attempts is ten times backoff; Istio has no key for it. backoff wants Istio 1.26, retryBudget Istio 1.27 or newer.',
  'attempts counts retries beyond the first attempt. Without retries Istio would make two: attempts: 0 says none.',
];

/** A VirtualService and a DestinationRule for each callee; attempts counts retries. */
export const ISTIO: Stack = {
  name: 'istio',
  title: 'Istio',
  reads: 'VirtualServices and DestinationRules',
  ...{ write, read },
};

function write({ edges, about }: StackExport): string {
  const documents = [...Map.groupBy(edges, ({ callee }) => callee)].flatMap(([callee, own], i) => [
    virtualService(callee, own, i === 0 ? [...about, ...CANNOT] : []),
    destinationRule(callee, own),
  ]);
  return documents.join('---\n');
}

function virtualService(
  callee: string,
  edges: readonly ExportedEdge[],
  head: readonly string[],
): string {
  const sorted = edges.toSorted((a, b) => b.request.path.length - a.request.path.length);
  const rules = sorted.map((edge) => ruleOf(edge));
  const hasCatchAll = rules.some((rule) => !('match' in rule));
  const others = { name: OTHERS, route: [{ destination: { host: callee } }] };
  const content = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: `${nameOf(callee)}-calls` },
    spec: { hosts: [callee], http: [...rules, ...(hasCatchAll ? [] : [others])] },
  };
  const comments = sorted.map((edge, i) => ({
    path: ['spec', 'http', i],
    lines: [
      edgeTitle(edge),
      ...edge.evidence,
      ...unsaidLines(edge, 'Istio without an EnvoyFilter', ['hedge', 'rate limit']),
    ],
  }));
  return yamlText(content, { head: head.length > 0 ? head : [callee], comments });
}

function ruleOf({ key, callee, request, policy }: ExportedEdge) {
  const { httpMethod, path, rpcService, rpcMethod } = request;
  const isGrpc = rpcService !== '';
  const { prefix, isWhole } = pathPrefix(isGrpc ? `/${rpcService}/${rpcMethod}` : path);
  const uri = isWhole ? { exact: prefix } : { prefix };
  const match = {
    ...(prefix !== '' && { uri }),
    ...(httpMethod !== '' && { method: { exact: httpMethod } }),
  };
  const { attempts, retryOn, attemptTimeoutNs, totalTimeoutNs, backoff } = policy;
  return {
    name: key,
    ...(Object.keys(match).length > 0 && { match: [match] }),
    route: [{ destination: { host: callee } }],
    timeout: secondsText(totalTimeoutNs),
    retries:
      retryOn === 'nothing'
        ? { attempts: 0 }
        : {
            attempts: attempts - 1,
            perTryTimeout: secondsText(attemptTimeoutNs),
            // Istio takes codes among the names.
            retryOn: [
              envoyRetryOn(retryOn, isGrpc).replace(',retriable-status-codes', ''),
              ...(retryOn === 'transient' && !isGrpc ? ['503'] : []),
            ].join(','),
            backoff: secondsText(backoff.baseNs),
          },
  };
}

function destinationRule(callee: string, edges: readonly ExportedEdge[]): string {
  const connectNs = Math.max(...edges.map(({ policy }) => policy.connectTimeoutNs));
  const ratio = Math.max(...edges.map(({ policy }) => policy.budget.ratio));
  const concurrent = concurrentOf(edges);
  const breaker = sharedBreaker(edges);
  const content = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: `${nameOf(callee)}-connections` },
    spec: {
      host: callee,
      trafficPolicy: {
        connectionPool: {
          tcp: {
            connectTimeout: secondsText(connectNs),
            ...(concurrent !== undefined && { maxConnections: concurrent }),
          },
          ...(concurrent !== undefined && {
            http: { http2MaxRequests: concurrent, http1MaxPendingRequests: concurrent },
          }),
        },
        ...(breaker && {
          outlierDetection: {
            consecutive5xxErrors: breaker.inARow,
            interval: secondsText(breaker.windowNs),
            baseEjectionTime: secondsText(breaker.sleepNs),
            maxEjectionPercent: 100,
            minHealthPercent: 0,
          },
        }),
        retryBudget: {
          percent: Math.round(ratio * 100),
          minRetryConcurrency: MIN_RETRY_CONCURRENCY,
        },
      },
    },
  };
  const head = [
    `All calls to ${callee}: the longest connect timeout, the largest budget, the calls at once of all operations together.`,
    ...(breaker
      ? [
          'outlierDetection takes out a host after failures in a row: Istio knows no share of failures. A host that is alone is not taken out where the panic threshold says otherwise.',
        ]
      : []),
  ];
  return yamlText(content, { head, comments: [] });
}

/** A name of Kubernetes. */
function nameOf(callee: string): string {
  return (
    callee
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/gu, '-')
      .replaceAll(/^-+|-+$/gu, '') || 'callee'
  );
}

function read(text: string): readonly StackPolicy[] {
  const documents = parseAllDocuments(text, { logLevel: 'error' }).map((document): unknown =>
    document.toJS(),
  );
  const callees = new Map(
    documents
      .filter((one) => at(one, 'kind') === 'DestinationRule')
      .map((one) => [at(one, 'spec', 'host'), readDestination(at(one, 'spec', 'trafficPolicy'))]),
  );
  return itemsUnder(text, 'http')
    .filter(({ value }) => at(value, 'route') !== undefined)
    .flatMap(({ value: rule, line }) => {
      if (at(rule, 'name') === OTHERS) return [];
      const totalTimeoutNs = readNs(at(rule, 'timeout'));
      const attemptTimeoutNs = readNs(at(rule, 'retries', 'perTryTimeout')) ?? totalTimeoutNs;
      const firstWaitNs = readNs(at(rule, 'retries', 'backoff'));
      const attempts = 1 + Number(at(rule, 'retries', 'attempts') ?? 2);
      const policy: StackPolicy = {
        key: textOf(at(rule, 'name')),
        attempts,
        retryOn:
          attempts === 1
            ? 'nothing'
            : readRetryOn(textOf(at(rule, 'retries', 'retryOn') ?? RETRY_ON)),
        ...(at(rule, 'retries', 'attempts') === undefined && { defaults: ['attempts', 'retryOn'] }),
        ...callees.get(at(rule, 'route', 0, 'destination', 'host')),
        ...(totalTimeoutNs !== undefined && { totalTimeoutNs }),
        ...(attemptTimeoutNs !== undefined && { attemptTimeoutNs }),
        ...(firstWaitNs !== undefined && { firstWaitNs }),
      };
      const host = textOf(at(rule, 'route', 0, 'destination', 'host'));
      const matches = listAt(rule, 'match');
      const scopes =
        matches.length === 0 ? [{ callees: [host] }] : matches.map((match) => scopeOf(match, host));
      return scopes.map((scope) => ({ ...policy, scope, line }));
    });
}

function scopeOf(match: unknown, host: string): CallScope {
  const [method, path, beginning] = [
    at(match, 'method', 'exact'),
    at(match, 'uri', 'exact'),
    at(match, 'uri', 'prefix'),
  ];
  return {
    callees: [host],
    ...(typeof method === 'string' && { httpMethod: method }),
    ...(typeof path === 'string' && { path }),
    ...(typeof beginning === 'string' && { pathPrefix: beginning }),
  };
}

function readDestination(traffic: unknown): Omit<StackPolicy, 'key'> {
  const pool = at(traffic, 'connectionPool');
  const outlier = at(traffic, 'outlierDetection');
  const connectTimeoutNs = readNs(at(pool, 'tcp', 'connectTimeout'));
  const concurrent = at(pool, 'http', 'http2MaxRequests');
  const inARow = at(outlier, 'consecutive5xxErrors');
  const breakerSleepNs = readNs(at(outlier, 'baseEjectionTime'));
  return {
    ...(connectTimeoutNs !== undefined && { connectTimeoutNs }),
    ...(concurrent !== undefined && { concurrent: Number(concurrent) }),
    ...(inARow !== undefined && { breakerInARow: Number(inARow) }),
    ...(breakerSleepNs !== undefined && { breakerSleepNs }),
  };
}
