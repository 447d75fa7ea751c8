import { parse } from 'yaml';
import type { Ns } from '../../core/index.ts';
import type { CallPolicy, RetryOn } from '../call-policy.ts';
import { entriesAt, at, listAt, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, pathPrefix, readNs, secondsText } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

/** How many times another host is looked for in place of one that was tried; see previous_hosts. */
const OTHER_HOST_TRIES = 5;
/** As many may wait at once, however few calls there are; Envoy's own default. */
const MIN_RETRY_CONCURRENCY = 3;

const CANNOT = [
  'Requests of other operations need a route of their own behind these.',
  'per_try_timeout begins when a connection exists and ends with the headers of the answer: the wait for a connection is bounded by connect_timeout, all of it by timeout.',
  'Bodies over 1 MiB are not sent again. POST is retried like GET: routes of methods that are not idempotent retry failed connects alone.',
  'retry_budget counts retries under way, those that wait too, of requests under way; it replaces max_retries, whose default of 3 would cap all callers together.',
];

/** Routes and clusters; num_retries counts those beyond the first attempt. */
export const ENVOY: Stack = { name: 'envoy', title: 'Envoy', write, read };

/** Returns which failures a route sends again. A try that timed out is a reset, never a 504. */
export function envoyRetryOn(retryOn: RetryOn, isGrpc: boolean): string {
  const connect = ['connect-failure', 'refused-stream'];
  if (retryOn === 'connect') return connect.join(',');
  return [...connect, 'reset', 'retriable-status-codes', ...(isGrpc ? ['unavailable'] : [])].join(
    ',',
  );
}

/** Returns what {@link envoyRetryOn} was made from. */
export function readRetryOn(text: string): RetryOn {
  if (text === '') return 'nothing';
  return text.split(',').includes('reset') ? 'transient' : 'connect';
}

function write({ edges, about }: StackExport): string {
  const byCallee = [...Map.groupBy(edges, ({ callee }) => callee)];
  const routes = byCallee.map(([callee, own]) => ({
    name: callee,
    domains: [callee, `${callee}:*`],
    // The longer path is looked at first.
    routes: own.toSorted((a, b) => b.request.path.length - a.request.path.length).map(routeOf),
  }));
  const comments = routes.flatMap(({ routes: own }, host) =>
    own.map(({ name }, i) => ({
      path: ['virtual_hosts', host, 'routes', i],
      lines: evidenceOf(edges, name),
    })),
  );
  const clusters = byCallee.map(([callee, own]) => clusterOf(callee, own));
  return yamlText(
    { virtual_hosts: routes, clusters },
    {
      head: [
        ...about,
        'virtual_hosts go into a route_config, clusters get an endpoint: a load_assignment, or EDS.',
        ...CANNOT,
      ],
      comments,
    },
  );
}

function evidenceOf(edges: readonly ExportedEdge[], key: string): readonly string[] {
  const edge = edges.find((one) => one.key === key);
  return edge === undefined ? [] : [edgeTitle(edge), ...edge.evidence];
}

function routeOf({ key, callee, request, policy }: ExportedEdge) {
  const { totalTimeoutNs, retryOn } = policy;
  return {
    name: key,
    match: matchOf(request),
    route: {
      cluster: callee,
      timeout: secondsText(totalTimeoutNs),
      ...(retryOn !== 'nothing' && {
        retry_policy: retryPolicyOf(policy, request.rpcService !== ''),
      }),
    },
  };
}

function matchOf({ httpMethod, path, rpcService, rpcMethod }: ExportedEdge['request']): object {
  if (rpcService !== '') return { path: `/${rpcService}/${rpcMethod}`, grpc: {} };
  const { prefix, isWhole } = pathPrefix(path);
  const headers = [{ name: ':method', string_match: { exact: httpMethod } }];
  return {
    ...(isWhole && prefix !== '' ? { path: prefix } : { prefix: prefix === '' ? '/' : prefix }),
    ...(httpMethod !== '' && { headers }),
  };
}

function retryPolicyOf(
  { attempts, retryOn, attemptTimeoutNs, backoff }: CallPolicy,
  isGrpc: boolean,
) {
  return {
    retry_on: envoyRetryOn(retryOn, isGrpc),
    ...(retryOn === 'transient' && !isGrpc && { retriable_status_codes: [503] }),
    num_retries: attempts - 1,
    per_try_timeout: secondsText(attemptTimeoutNs),
    retry_back_off: {
      base_interval: secondsText(backoff.baseNs),
      max_interval: secondsText(backoff.capNs),
    },
    retry_host_predicate: [
      {
        name: 'envoy.retry_host_predicates.previous_hosts',
        typed_config: {
          '@type':
            'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
        },
      },
    ],
    host_selection_retry_max_attempts: OTHER_HOST_TRIES,
  };
}

/** Of several edges to one callee, as they share its connections: the longest and the largest. */
function clusterOf(callee: string, edges: readonly ExportedEdge[]) {
  const connectNs = Math.max(...edges.map(({ policy }) => policy.connectTimeoutNs));
  const ratio = Math.max(...edges.map(({ policy }) => policy.budget.ratio));
  return {
    name: callee,
    connect_timeout: secondsText(connectNs),
    circuit_breakers: {
      thresholds: [
        {
          retry_budget: {
            budget_percent: { value: Math.round(ratio * 100) },
            min_retry_concurrency: MIN_RETRY_CONCURRENCY,
          },
        },
      ],
    },
  };
}

function read(text: string): readonly StackPolicy[] {
  const file: unknown = parse(text);
  const connects = new Map(
    listAt(file, 'clusters').map((cluster) => [
      textOf(at(cluster, 'name')),
      readNs(at(cluster, 'connect_timeout')),
    ]),
  );
  return listAt(file, 'virtual_hosts').flatMap((host) =>
    listAt(host, 'routes').map((route) => readRoute(route, connects)),
  );
}

function readRoute(route: unknown, connects: ReadonlyMap<string, Ns | undefined>): StackPolicy {
  const retry = at(route, 'route', 'retry_policy');
  const connectTimeoutNs = connects.get(textOf(at(route, 'route', 'cluster')));
  const totalTimeoutNs = readNs(at(route, 'route', 'timeout'));
  // Without tries of its own a call has the whole time.
  const attemptTimeoutNs = readNs(at(retry, 'per_try_timeout')) ?? totalTimeoutNs;
  const firstWaitNs = readNs(at(retry, 'retry_back_off', 'base_interval'));
  return {
    key: textOf(at(route, 'name')),
    attempts: 1 + (entriesAt(retry).length === 0 ? 0 : Number(at(retry, 'num_retries') ?? 1)),
    retryOn: readRetryOn(textOf(at(retry, 'retry_on'))),
    ...(connectTimeoutNs !== undefined && { connectTimeoutNs }),
    ...(totalTimeoutNs !== undefined && { totalTimeoutNs }),
    ...(attemptTimeoutNs !== undefined && { attemptTimeoutNs }),
    ...(firstWaitNs !== undefined && { firstWaitNs }),
  };
}
