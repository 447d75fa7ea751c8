import { parse } from 'yaml';
import { NS_PER_SEC, type Ns } from '../../core/index.ts';
import { type CallScope, itemsUnder } from './file-parts.ts';
import { besideOf, Defaults, numberOf, policyInUse } from './in-use.ts';
import { unsaidLines } from './protection-lines.ts';
import { at, listAt, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, msText, pathPrefix, readNs, wholeMs } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

const UNSAFE_METHODS = ['POST', 'LOCK', 'PATCH'];

const CANNOT = [
  'retries counts those beyond the first attempt; without it there are five. They follow errors and timeouts of the connection, of POST, LOCK and PATCH failed connects alone, and never a 503.',
  'read_timeout is of each gap between bytes of one attempt. Nothing bounds a call with its attempts, and there is no backoff and no budget.',
  'host is the name of the callee, or of an upstream with its targets: tries go to others of them.',
];

/** Declarative configuration, a service for each operation; retries counts no first attempt. */
export const KONG: Stack = {
  name: 'kong',
  title: 'Kong',
  reads: 'declarative configuration, as deck prints it: services with routes',
  ...{ write, read },
};

function write({ edges, about }: StackExport): string {
  const content = { _format_version: '3.0', services: edges.map(serviceOf) };
  const comments = edges.map((edge, i) => ({
    path: ['services', i],
    lines: [
      edgeTitle(edge),
      ...edge.evidence,
      `all of the call ${msText(edge.policy.totalTimeoutNs)}: Kong has no key for it`,
      ...passiveLines(edge),
      ...unsaidLines(edge, 'Kong', ['hedge', 'bulkhead']),
      ...(edge.policy.retryOn === 'connect' && retriesOf(edge) === 0
        ? ['another try after a failed connect alone cannot be said of a method that Kong repeats']
        : []),
    ],
  }));
  return yamlText(content, { head: [...about, ...CANNOT], comments });
}

/** An upstream without its targets would answer 503: it cannot be written here. */
function passiveLines({ callee, protection }: ExportedEdge): readonly string[] {
  const { breaker } = protection ?? {};
  if (breaker === undefined) return [];
  const n = breaker.inARow;
  return [
    `a breaker is of the upstream ${callee}: healthchecks.passive.unhealthy: { http_failures: ${n}, tcp_failures: ${n}, timeouts: ${n} }; it comes back by an active check alone, every ${msText(breaker.sleepNs)} say`,
  ];
}

function serviceOf(edge: ExportedEdge) {
  const { key, callee, request, policy } = edge;
  const { rateLimit } = edge.protection ?? {};
  const isGrpc = request.rpcService !== '';
  const { prefix } = pathPrefix(
    isGrpc ? `/${request.rpcService}/${request.rpcMethod}` : request.path,
  );
  return {
    name: key,
    protocol: isGrpc ? 'grpc' : 'http',
    host: callee,
    connect_timeout: wholeMs(policy.connectTimeoutNs),
    read_timeout: wholeMs(policy.attemptTimeoutNs),
    write_timeout: wholeMs(policy.attemptTimeoutNs),
    retries: retriesOf(edge),
    routes: [
      {
        name: key,
        ...(isGrpc && { protocols: ['grpc', 'grpcs'] }),
        paths: [prefix === '' ? '/' : prefix],
        ...(request.httpMethod !== '' && { methods: [request.httpMethod] }),
        strip_path: false,
      },
    ],
    ...(rateLimit && {
      plugins: [
        {
          name: 'rate-limiting',
          config: {
            second: Math.max(1, Math.round(rateLimit.perSec)),
            limit_by: 'service',
            policy: 'local',
          },
        },
      ],
    }),
  };
}

function retriesOf({ policy, request }: ExportedEdge): number {
  const isSafe = UNSAFE_METHODS.includes(request.httpMethod) || request.rpcService !== '';
  switch (policy.retryOn) {
    case 'nothing':
      return 0;
    case 'connect':
      return isSafe ? policy.attempts - 1 : 0;
    case 'transient':
      return policy.attempts - 1;
  }
}

const TIMEOUT_NS = 60 * NS_PER_SEC;
const BESIDE = ['write_timeout', 'tls_verify', 'enabled'] as const;

/** A part for each route of a service; one that has none is reached by none. */
function read(text: string): readonly StackPolicy[] {
  const services = itemsUnder(text, 'services');
  const root: unknown = parse(text, { logLevel: 'error' });
  const plugins = listAt(root, 'plugins');
  const apart = listAt(root, 'routes');
  return services.flatMap(({ value: service, line }) => {
    const name = textOf(at(service, 'name'));
    if (at(service, 'host') === undefined && at(service, 'url') === undefined) return [];
    const isOwn = (one: unknown): boolean =>
      name !== '' && [at(one, 'service'), at(one, 'service', 'name')].includes(name);
    const routes = [...listAt(service, 'routes'), ...apart.filter(isOwn)];
    const own = [...listAt(service, 'plugins'), ...plugins.filter(isOwn)];
    return (routes.length > 0 ? routes : [{}]).flatMap((route) => {
      const limit = [...listAt(route, 'plugins'), ...own].find(isRateLimit);
      const policy = readService(service, limit);
      return scopesOf(service, route).map((scope) => ({ ...policy, scope, line }));
    });
  });
}

function isRateLimit(plugin: unknown): boolean {
  return at(plugin, 'name') === 'rate-limiting' && at(plugin, 'enabled') !== false;
}

function readService(service: unknown, limit: unknown): StackPolicy {
  const defaults = new Defaults();
  const attempts = 1 + defaults.or('attempts', numberOf(at(service, 'retries')), 5);
  const time = (key: string): Ns | undefined => readNs(numberOf(at(service, key)));
  return policyInUse({
    key: textOf(at(service, 'name')),
    attempts,
    retryOn: attempts === 1 ? 'nothing' : 'transient',
    ...(attempts > 1 && { retryOnUnsafe: 'connect' }),
    connectTimeoutNs: defaults.or('connectTimeoutNs', time('connect_timeout'), TIMEOUT_NS),
    attemptTimeoutNs: defaults.or('attemptTimeoutNs', time('read_timeout'), TIMEOUT_NS),
    limitPerSec: perSecOf(at(limit, 'config')),
    ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
    beside: besideOf(BESIDE, (name) => at(service, name)),
  });
}

/** Of several periods the one that lets fewest through. */
function perSecOf(config: unknown): number | undefined {
  const seconds = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
  const rates = Object.entries(seconds).flatMap(([name, each]) => {
    const calls = numberOf(at(config, name));
    return calls === undefined ? [] : [calls / each];
  });
  return rates.length === 0 ? undefined : Math.min(...rates);
}

/** What of a path the callee sees: a route's is cut off unless it says otherwise. */
function scopesOf(service: unknown, route: unknown): readonly CallScope[] {
  const url = textOf(at(service, 'url'));
  const [, urlHost = '', urlPath = ''] = /^\w+:\/\/([^/]*)(\/.*)?$/u.exec(url) ?? [];
  const callees = [textOf(at(service, 'host')), urlHost, textOf(at(service, 'name'))];
  const base = (textOf(at(service, 'path')) || urlPath).replace(/\/$/u, '');
  const isCut = at(route, 'strip_path') !== false;
  const paths = listAt(route, 'paths').map(textOf);
  const methods = listAt(route, 'methods').map(textOf);
  // A tilde begins a pattern: which paths it is for is not looked at.
  const prefixes = paths.map((path) => (isCut || path.startsWith('~') ? base : `${base}${path}`));
  const named = callees.filter((name) => name !== '');
  return (prefixes.length > 0 ? prefixes : [base]).flatMap((prefix) =>
    (methods.length > 0 ? methods : [undefined]).map((httpMethod) => ({
      callees: named,
      pathPrefix: prefix,
      ...(httpMethod !== undefined && { httpMethod }),
    })),
  );
}
