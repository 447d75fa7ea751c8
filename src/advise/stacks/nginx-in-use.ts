import { NS_PER_MS, NS_PER_SEC, type Ns } from '../../core/index.ts';
import type { RetryOn } from '../call-policy.ts';
import type { CallScope } from './file-parts.ts';
import { Defaults, numberOf, policyInUse } from './in-use.ts';
import { type Directive, nginxDirectives } from './nginx-syntax.ts';
import type { StackPolicy } from './stack.ts';

/** What nginx does where nothing is said. */
const TIMEOUT_NS = 60 * NS_PER_SEC;
const CONDITIONS = ['error', 'timeout'];
const BESIDE = ['send_timeout', 'request_buffering', 'cache'];

/** A block, and those that it lies in, the innermost first: what one does not say the next does. */
type Blocks = readonly (readonly Directive[])[];

interface Location {
  readonly args: readonly string[];
  readonly line: number;
  readonly edge: string;
  readonly blocks: Blocks;
}

/**
 * Returns what nginx does with the calls of each location that passes them on, the more exact
 * location first. One of a pattern does not say which paths it is for: it is of no edge.
 * @throws USAGE_INVALID for an include of what is not in the file
 */
export function readNginx(text: string): readonly StackPolicy[] {
  if (!/\b(?:proxy|grpc)_pass\s/u.test(text)) return [];
  const root = nginxDirectives(text);
  const http = root.flatMap(({ name, inner = [] }) => (name === 'http' ? inner : []));
  return locationsIn(root, [])
    .flatMap((location) => readLocation(location, [...root, ...http]))
    .toSorted((a, b) => exactness(b) - exactness(a));
}

function exactness({ scope }: StackPolicy): number {
  return scope?.path === undefined ? (scope?.pathPrefix?.length ?? 0) : Infinity;
}

function locationsIn(inner: readonly Directive[], around: Blocks): readonly Location[] {
  return inner.flatMap(({ name, args, inner: own, line, edge }) => {
    if (own === undefined) return [];
    const here = { args, line, edge, blocks: [own, inner, ...around] };
    return [...(name === 'location' ? [here] : []), ...locationsIn(own, [inner, ...around])];
  });
}

function readLocation(
  { args, line, edge, blocks }: Location,
  all: readonly Directive[],
): readonly StackPolicy[] {
  const pass = blocks[0]?.find(({ name }) => /^(?:proxy|grpc)_pass$/u.test(name));
  if (pass === undefined) return [];
  const proxy = pass.name.slice(0, -'_pass'.length);
  const said = (name: string): readonly string[] | undefined =>
    nearest(blocks, `${proxy}_${name}`)?.args;
  const time = (name: string): Ns | undefined => nginxNs(said(name));
  const [, host = '', uri = ''] = /^\w+:\/\/([^/]*)(.*)$/u.exec(pass.args[0] ?? '') ?? [];
  const upstream = all.find((one) => one.name === 'upstream' && one.args[0] === host);
  const servers = upstream?.inner?.filter(({ name }) => name === 'server');
  const defaults = new Defaults();
  const totalNs = time('next_upstream_timeout');
  const policy = policyInUse({
    ...{ key: edge, line },
    scope: {
      callees: [host, ...(servers ?? []).map((server) => server.args[0] ?? '')],
      ...pathsOf(args, uri),
    },
    ...readTries({ proxy, said, servers }, defaults),
    connectTimeoutNs: defaults.or('connectTimeoutNs', time('connect_timeout'), TIMEOUT_NS),
    attemptTimeoutNs: defaults.or('attemptTimeoutNs', time('read_timeout'), TIMEOUT_NS),
    // 0 is no bound.
    totalTimeoutNs: totalNs === 0 ? undefined : totalNs,
    ...readLimits(blocks, all),
    ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
  });
  const beside = [
    ...(policy.beside ?? []),
    ...BESIDE.flatMap((name) => {
      const value = said(name);
      return value === undefined ? [] : [`${proxy}_${name} ${value.join(' ')}`];
    }),
    ...limitNotes(blocks, all),
  ];
  return [{ ...policy, ...(beside.length > 0 && { beside }) }];
}

/** Tries are capped by the servers of an upstream, where the file lists them. */
function readTries(
  {
    proxy,
    said,
    servers,
  }: {
    readonly proxy: string;
    readonly said: (name: string) => readonly string[] | undefined;
    readonly servers: readonly Directive[] | undefined;
  },
  defaults: Defaults,
): Partial<StackPolicy> {
  const conditions = defaults.or('retryOn', said('next_upstream'), CONDITIONS);
  const again = retryOnOf(conditions);
  const tries = numberOf(said('next_upstream_tries')?.[0]);
  const most = Math.min(tries || Infinity, servers?.length ?? Infinity);
  const attempts = again === 'nothing' ? 1 : most;
  if (tries === undefined && attempts < Infinity) defaults.parts.push('attempts');
  const isRetried = attempts > 1;
  const text = `${proxy}_next_upstream ${conditions.join(' ')}`;
  return {
    ...(attempts < Infinity && { attempts }),
    retryOn: isRetried ? again : 'nothing',
    ...(isRetried && !conditions.includes('non_idempotent') && { retryOnUnsafe: 'connect' }),
    beside: [
      ...(attempts === Infinity ? ['as many tries as the upstream has servers'] : []),
      ...(isRetried && !conditions.includes('http_503') ? [`${text}: a 503 is passed on`] : []),
      ...(servers ?? []).flatMap(({ args: [server, ...options] }) => {
        const own = options.filter((option) => /^(?:max_fails|fail_timeout|backup)/u.test(option));
        return own.length === 0 ? [] : [`server ${server} ${own.join(' ')}`];
      }),
    ],
  };
}

function retryOnOf(conditions: readonly string[]): RetryOn {
  if (conditions.includes('off')) return 'nothing';
  // A connection that fails is an error like one that is lost.
  return conditions.length > 0 ? 'transient' : 'nothing';
}

/** What the callee sees of the paths of a location: a path behind its name stands in its place. */
function pathsOf(args: readonly string[], uri: string): Omit<CallScope, 'callees'> {
  const [first = '', second] = args;
  const path = second ?? first;
  if (first === '=') return { path: uri === '' ? path : uri };
  // Of no edge: no path begins so.
  if (first.startsWith('~') || first.startsWith('@')) return { pathPrefix: args.join(' ') };
  return { pathPrefix: uri === '' ? path : uri };
}

function nearest(blocks: Blocks, name: string): Directive | undefined {
  for (const block of blocks) {
    const found = block.find((one) => one.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A bound counts by what its zone names: of one key for all it is of the calls together. */
function zoneOf(all: readonly Directive[], kind: string, name: string): Directive | undefined {
  return all.find(
    (one) => one.name === kind && one.args.some((arg) => arg.startsWith(`zone=${name}:`)),
  );
}

function isOfAll(zone: Directive | undefined): boolean {
  const [key = ''] = zone?.args ?? [];
  return zone !== undefined && (!key.includes('$') || key === '$server_name');
}

function limitsOf(blocks: Blocks, all: readonly Directive[]) {
  const [calls, rate] = [nearest(blocks, 'limit_conn'), nearest(blocks, 'limit_req')];
  const rateName = rate?.args.find((arg) => arg.startsWith('zone='))?.slice('zone='.length) ?? '';
  return {
    calls: calls && { args: calls.args, zone: zoneOf(all, 'limit_conn_zone', calls.args[0] ?? '') },
    rate: rate && { args: rate.args, zone: zoneOf(all, 'limit_req_zone', rateName) },
  };
}

function readLimits(blocks: Blocks, all: readonly Directive[]): Partial<StackPolicy> {
  const { calls, rate } = limitsOf(blocks, all);
  const concurrent = isOfAll(calls?.zone) ? numberOf(calls?.args[1]) : undefined;
  const text = rate?.zone?.args.find((arg) => arg.startsWith('rate=')) ?? '';
  const [, count, unit] = /^rate=(\d+)r\/([sm])$/u.exec(text) ?? [];
  const isRated = isOfAll(rate?.zone) && count !== undefined;
  return {
    ...(concurrent !== undefined && { concurrent }),
    ...(isRated && { limitPerSec: Number(count) / (unit === 'm' ? 60 : 1) }),
  };
}

function limitNotes(blocks: Blocks, all: readonly Directive[]): readonly string[] {
  return Object.values(limitsOf(blocks, all)).flatMap((limit) => {
    if (limit === undefined || isOfAll(limit.zone)) return [];
    const zone = limit.zone?.args.join(' ') ?? 'a zone that the file has not';
    return [`a limit of ${limit.args.join(' ')}, by ${zone}`];
  });
}

const UNIT_NS: Readonly<Record<string, Ns>> = {
  ms: NS_PER_MS,
  s: NS_PER_SEC,
  m: 60 * NS_PER_SEC,
  h: 3_600 * NS_PER_SEC,
  d: 86_400 * NS_PER_SEC,
};

/** Returns ns of `500ms`, `1m 30s`, or a number of seconds; undefined for what is none. */
function nginxNs(args: readonly string[] | undefined): Ns | undefined {
  const text = args?.join('') ?? '';
  if (!/^(?:\d+(?:ms|[smhd])?)+$/u.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)(ms|[smhd])?/gu)];
  return parts.reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (UNIT_NS[unit] ?? 0),
    0,
  );
}
