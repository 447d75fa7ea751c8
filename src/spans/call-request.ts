import { roleOf } from './call-role.ts';
import type { SpanForest } from './span-forest.ts';
import { firstAttribute } from './table-attributes.ts';

/** What the spans of one operation say of the requests that they were; '' for what they do not. */
export interface CallRequest {
  readonly caller: string;
  /** The name of the caller's span. */
  readonly operation: string;
  /** `POST`, say; '' also where they are of several. */
  readonly httpMethod: string;
  /** `/api/charges`, say, without a query; '' also where they are of several. */
  readonly path: string;
  /** With its package: `shop.Stock`. */
  readonly rpcService: string;
  readonly rpcMethod: string;
}

const METHOD_KEYS = ['http.request.method', 'http.method'] as const;
const PATH_KEYS = ['url.template', 'http.route', 'url.path', 'http.target'] as const;
const URL_KEYS = ['url.full', 'http.url'] as const;

/** Returns what is known of the requests of every operation that a service calls. */
export function callRequests(forest: SpanForest): readonly CallRequest[] {
  const { names, services, operations, spanCount } = forest.table;
  const found = new Map<string, Seen>();
  for (let span = 0; span < spanCount; span++) {
    if (roleOf(forest, span) !== 'client') continue;
    const key = `${services[span]} ${operations[span]}`;
    const seen = found.get(key) ?? {
      caller: names[services[span] ?? 0] ?? '',
      operation: names[operations[span] ?? 0] ?? '',
      methods: new Set(),
      paths: new Set(),
      rpcs: new Set(),
    };
    found.set(key, seen);
    add(seen.methods, firstAttribute(forest.attribute, span, METHOD_KEYS));
    add(seen.paths, pathOf(forest, span));
    add(seen.rpcs, rpcOf(forest, span));
  }
  return [...found.values()].map(requestOf);
}

interface Seen {
  readonly caller: string;
  readonly operation: string;
  readonly methods: Set<string>;
  readonly paths: Set<string>;
  /** `package.Service/Method` */
  readonly rpcs: Set<string>;
}

/** More than one says no more than two. */
function add(seen: Set<string>, value: string | undefined): void {
  if (value !== undefined && value !== '' && seen.size < 2) seen.add(value);
}

function requestOf({ caller, operation, methods, paths, rpcs }: Seen): CallRequest {
  // Where no attribute says it, names by OpenTelemetry's conventions do: `POST /api/charges`.
  const named = /^([A-Z]{3,7})(?: (\/\S*))?$/u.exec(operation);
  const rpc = only(rpcs) || (methods.size === 0 && /^[\w.]+\/\w+$/u.test(operation) && operation);
  const [rpcService = '', rpcMethod = ''] = rpc ? rpc.replace(/^\//u, '').split('/') : [];
  return {
    caller,
    operation,
    httpMethod: rpc ? '' : only(methods) || (methods.size === 0 ? (named?.[1] ?? '') : ''),
    path: rpc ? '' : only(paths) || (paths.size === 0 ? (named?.[2] ?? '') : ''),
    rpcService,
    rpcMethod,
  };
}

function only(values: ReadonlySet<string>): string {
  const [value = ''] = values;
  return values.size === 1 ? value : '';
}

function pathOf(forest: SpanForest, span: number): string | undefined {
  const path = firstAttribute(forest.attribute, span, PATH_KEYS);
  const url = path ?? firstAttribute(forest.attribute, span, URL_KEYS);
  return url?.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/iu, '').replace(/[?#].*$/u, '');
}

/** The older conventions have the service beside the method, the newer have both in one. */
function rpcOf(forest: SpanForest, span: number): string | undefined {
  const method = forest.attribute(span, 'rpc.method');
  const service = forest.attribute(span, 'rpc.service');
  if (method === undefined) return undefined;
  return service === undefined || method.includes('/') ? method : `${service}/${method}`;
}
