import { NS_PER_MS, NS_PER_SEC } from '../../core/index.ts';
import type { CallPolicy, RetryOn } from '../call-policy.ts';
import type { Breaker, RateLimit } from '../protection.ts';
import { concurrentOf, sharedBreaker } from './protection-lines.ts';
import { itemsUnder, type CallScope } from './file-parts.ts';
import { entriesAt, at, listAt, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, pathPrefix, readNs, secondsText } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

/** How many times another host is looked for in place of one that was tried; see previous_hosts. */
const OTHER_HOST_TRIES = 5;
/** As many may wait at once, however few calls there are; Envoy's own default. */
const MIN_RETRY_CONCURRENCY = 3;

const LOCAL_LIMIT = 'envoy.filters.http.local_ratelimit';
const FILLS_PER_SEC = 10;

const CANNOT = [
  'Requests of other operations need a route of their own behind these.',
  'per_try_timeout begins when a connection exists and ends with the headers of the answer: the wait for a connection is bounded by connect_timeout, all of it by timeout.',
  'Bodies over 1 MiB are not sent again. POST is retried like GET: routes of methods that are not idempotent retry failed connects alone.',
  'Hedges begin when per_try_timeout is over, which then cuts nothing off, and after a back-off besides: of hedged routes the timeout of an attempt is that of the call.',
  'outlier_detection takes out a host that fails, for longer each time; without the panic threshold of 0 a host that is alone would get all the same. A rate limit wants the filter envoy.filters.http.local_ratelimit before the router.',
  'max_requests counts all callers of this Envoy together, for HTTP/2. For HTTP/1.1 max_connections does, and as many more wait for one: a connection is waited for while it opens, so that none may wait would refuse all.',
  'retry_budget counts retries under way, those that wait too, of requests under way; it replaces max_retries, whose default of 3 would cap all callers together.',
];

/** Routes and clusters; num_retries counts those beyond the first attempt. */
export const ENVOY: Stack = {
  name: 'envoy',
  title: 'Envoy',
  reads: 'routes and clusters, of a whole configuration or a part',
  ...{ write, read },
};

/** Returns which failures a route sends again. A try that timed out is a reset, never a 504. */
export function envoyRetryOn(retryOn: RetryOn, isGrpc: boolean): string {
  const connect = ['connect-failure', 'refused-stream'];
  if (retryOn === 'connect') return connect.join(',');
  return [...connect, 'reset', 'retriable-status-codes', ...(isGrpc ? ['unavailable'] : [])].join(
    ',',
  );
}

const TRANSIENT = [
  ...['reset', '5xx', 'gateway-error', 'retriable-status-codes', 'retriable-4xx'],
  'retriable-headers',
];

/** Returns which failures are sent again; gRPC's statuses by themselves are those of no HTTP. */
export function readRetryOn(text: string): RetryOn {
  if (text === '') return 'nothing';
  const names = text.split(',').map((name) => name.trim());
  // Istio takes codes among the names.
  const isTransient = names.some((name) => TRANSIENT.includes(name) || /^\d{3}$/u.test(name));
  return isTransient ? 'transient' : 'connect';
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

function routeOf({ key, callee, request, policy, protection }: ExportedEdge) {
  const { totalTimeoutNs, retryOn } = policy;
  const hedge = retryOn === 'transient' ? protection?.hedge : undefined;
  const { rateLimit } = protection ?? {};
  return {
    name: key,
    match: matchOf(request),
    route: {
      cluster: callee,
      timeout: secondsText(totalTimeoutNs),
      ...(retryOn !== 'nothing' && {
        retry_policy: {
          ...retryPolicyOf(policy, request.rpcService !== ''),
          ...(hedge && { per_try_timeout: secondsText(hedge.delayNs) }),
        },
      }),
      ...(hedge && { hedge_policy: { hedge_on_per_try_timeout: true } }),
    },
    ...(rateLimit && { typed_per_filter_config: localLimitOf(key, rateLimit) }),
  };
}

/** Tokens by tenths of a second, so that a limit is no burst once a second. */
function localLimitOf(key: string, { perSec, burst }: RateLimit): object {
  const all = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
  return {
    [LOCAL_LIMIT]: {
      '@type':
        'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
      stat_prefix: key,
      token_bucket: {
        max_tokens: Math.max(1, burst),
        tokens_per_fill: Math.max(1, Math.round(perSec / FILLS_PER_SEC)),
        fill_interval: secondsText(
          (Math.max(1, Math.round(perSec / FILLS_PER_SEC)) / perSec) * NS_PER_SEC,
        ),
      },
      filter_enabled: all,
      filter_enforced: all,
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
  const concurrent = concurrentOf(edges);
  const breaker = sharedBreaker(edges);
  return {
    name: callee,
    connect_timeout: secondsText(connectNs),
    circuit_breakers: {
      thresholds: [
        {
          ...(concurrent !== undefined && {
            max_connections: concurrent,
            max_requests: concurrent,
            max_pending_requests: concurrent,
          }),
          retry_budget: {
            budget_percent: { value: Math.round(ratio * 100) },
            min_retry_concurrency: MIN_RETRY_CONCURRENCY,
          },
        },
      ],
    },
    ...(breaker && {
      outlier_detection: outlierOf(breaker),
      common_lb_config: { healthy_panic_threshold: { value: 0 } },
    }),
  };
}

/** By the share of failed calls alone, of one host too: that is off unless it is enforced. */
function outlierOf({ windowCalls, failureRatio, windowNs, sleepNs }: Breaker): object {
  return {
    interval: secondsText(windowNs),
    base_ejection_time: secondsText(sleepNs),
    max_ejection_percent: 100,
    failure_percentage_threshold: Math.round(failureRatio * 100),
    failure_percentage_request_volume: windowCalls,
    failure_percentage_minimum_hosts: 1,
    enforcing_failure_percentage: 100,
    enforcing_consecutive_5xx: 0,
    enforcing_success_rate: 0,
  };
}

function read(text: string): readonly StackPolicy[] {
  const clusters = new Map(
    itemsUnder(text, 'clusters').map(({ value }) => [
      textOf(at(value, 'name')),
      readCluster(value),
    ]),
  );
  const domains = new Map(
    itemsUnder(text, 'virtual_hosts').flatMap(({ value }) =>
      listAt(value, 'routes').map((route) => [JSON.stringify(route), listAt(value, 'domains')]),
    ),
  );
  return itemsUnder(text, 'routes')
    .filter(({ value }) => at(value, 'route') !== undefined)
    .map(({ value, line }) => {
      const names = (domains.get(JSON.stringify(value)) ?? []).map(textOf);
      const cluster = textOf(at(value, 'route', 'cluster'));
      const scope = scopeOf(at(value, 'match'), [cluster, ...names.filter((one) => one !== '*')]);
      return { ...readRoute(value, clusters), scope, line };
    });
}

function scopeOf(match: unknown, callees: readonly string[]): CallScope {
  const path = at(match, 'path');
  const prefix = at(match, 'prefix') ?? at(match, 'path_separated_prefix');
  const header = listAt(match, 'headers').find((one) => at(one, 'name') === ':method');
  const method = at(header, 'string_match', 'exact') ?? at(header, 'exact_match');
  return {
    callees,
    ...(typeof method === 'string' && { httpMethod: method }),
    ...(typeof path === 'string' && { path }),
    ...(typeof prefix === 'string' && { pathPrefix: prefix }),
  };
}

/** What Envoy does where a file says nothing. */
const ROUTE_TIMEOUT_NS = 15 * NS_PER_SEC;
const CONNECT_TIMEOUT_NS = 5 * NS_PER_SEC;
const BASE_INTERVAL_NS = 25 * NS_PER_MS;
const CONCURRENT = 1_024;

type ClusterPart = Pick<
  StackPolicy,
  | 'connectTimeoutNs'
  | 'concurrent'
  | 'breakerRatio'
  | 'breakerInARow'
  | 'breakerSleepNs'
  | 'defaults'
>;

function readCluster(cluster: unknown): ClusterPart {
  const ownConnectNs = readNs(at(cluster, 'connect_timeout'));
  const ownConcurrent = at(cluster, 'circuit_breakers', 'thresholds', 0, 'max_requests');
  const defaults = [
    ...(ownConnectNs === undefined ? (['connectTimeoutNs'] as const) : []),
    ...(ownConcurrent === undefined ? (['concurrent'] as const) : []),
  ];
  const outlier = at(cluster, 'outlier_detection');
  const threshold = at(outlier, 'failure_percentage_threshold');
  const inARow = readInARow(outlier);
  const breakerSleepNs = readNs(at(outlier, 'base_ejection_time'));
  return {
    connectTimeoutNs: ownConnectNs ?? CONNECT_TIMEOUT_NS,
    concurrent: Number(ownConcurrent ?? CONCURRENT),
    defaults,
    ...(threshold !== undefined && { breakerRatio: Number(threshold) / 100 }),
    ...(inARow !== undefined && { breakerInARow: inARow }),
    ...(breakerSleepNs !== undefined && { breakerSleepNs }),
  };
}

/** Five where it is not said, unless they are not enforced. */
function readInARow(outlier: unknown): number | undefined {
  if (outlier === undefined || at(outlier, 'enforcing_consecutive_5xx') === 0) return undefined;
  return Number(at(outlier, 'consecutive_5xx') ?? 5);
}

function readRoute(route: unknown, clusters: ReadonlyMap<string, ClusterPart>): StackPolicy {
  const retry = at(route, 'route', 'retry_policy');
  const cluster = clusters.get(textOf(at(route, 'route', 'cluster')));
  const ownTotalNs = readNs(at(route, 'route', 'timeout'));
  const totalTimeoutNs = ownTotalNs ?? ROUTE_TIMEOUT_NS;
  const isRetried = entriesAt(retry).length > 0;
  // Without tries of its own a call has the whole time.
  const attemptTimeoutNs = readNs(at(retry, 'per_try_timeout')) ?? totalTimeoutNs;
  const ownWaitNs = readNs(at(retry, 'retry_back_off', 'base_interval'));
  const firstWaitNs = ownWaitNs ?? (isRetried ? BASE_INTERVAL_NS : undefined);
  const defaults: readonly (keyof StackPolicy)[] = [
    ...(cluster?.defaults ?? []),
    ...(ownTotalNs === undefined ? (['totalTimeoutNs'] as const) : []),
    ...(isRetried && ownWaitNs === undefined ? (['firstWaitNs'] as const) : []),
    ...(isRetried && at(retry, 'num_retries') === undefined ? (['attempts'] as const) : []),
  ];
  const isHedged = at(route, 'route', 'hedge_policy', 'hedge_on_per_try_timeout') === true;
  const bucket = at(route, 'typed_per_filter_config', LOCAL_LIMIT, 'token_bucket');
  const fillNs = readNs(at(bucket, 'fill_interval'));
  const tokens = Number(at(bucket, 'tokens_per_fill') ?? 1);
  const isLimited = bucket !== undefined && fillNs !== undefined;
  return {
    key: textOf(at(route, 'name')),
    attempts: 1 + (isRetried ? Number(at(retry, 'num_retries') ?? 1) : 0),
    retryOn: readRetryOn(textOf(at(retry, 'retry_on'))),
    totalTimeoutNs,
    ...(isHedged
      ? { hedgeDelayNs: attemptTimeoutNs, attemptTimeoutNs: totalTimeoutNs }
      : { attemptTimeoutNs }),
    ...(firstWaitNs !== undefined && { firstWaitNs }),
    ...(isLimited && { limitPerSec: Math.round((tokens / fillNs) * NS_PER_SEC) }),
    ...cluster,
    defaults,
  };
}
