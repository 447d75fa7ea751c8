import {
  GRPC_STATUSES,
  NS_PER_SEC,
  OTHER_ERRORS,
  type Span,
  type TimeRange,
} from '../core/index.ts';
import type { EdgeAttempts, FailedAttempts } from './span-source.ts';

/** One attempt between two services, as the store's query `parts/attempts.sql` has it. */
export interface Attempt {
  readonly span: Span;
  readonly callee: string;
  /** Since the start of the run, whole seconds, towards 0. */
  readonly second: number;
  readonly failed: boolean;
  readonly cutOff: boolean;
}

/** Reasons of an edge that are counted apart. */
export const EDGE_REASONS_MAX = 20;

/** Given up by the caller: it would have taken this long at least. */
const GIVEN_UP = /time.?out|timed.?out|abort|cancel|deadline/iu;
/** CANCELLED and DEADLINE_EXCEEDED of gRPC, by number and name. */
const GIVEN_UP_CODES: ReadonlySet<string> = new Set(['1', '4', 'CANCELLED', 'DEADLINE_EXCEEDED']);
const DAY_NS = 86_400_000_000_000n;

/**
 * Returns the attempts between services whose spans began in one of the ranges: each client span of
 * a service, with the service whose server span is its child or shares its id; else with the one
 * that the same caller found under the same name or address.
 */
export function attemptsOf(
  spans: readonly Span[],
  startEpochNs: bigint,
  ranges: readonly TimeRange[],
): readonly Attempt[] {
  const recent = spans.filter((span) => span.startEpochNs >= startEpochNs - DAY_NS);
  const services = servicesByClient(recent);
  const seen = new Set<string>();
  const clients = recent.filter((span) => {
    const isAttempt =
      span.kind === 'Client' &&
      span.serviceName !== 'callgauge' &&
      span.durationNs >= 0n &&
      isWithin(Number(span.startEpochNs - startEpochNs), ranges);
    const id = `${idOf(span.traceId, span.spanId)} ${span.serviceName}`;
    if (!isAttempt || seen.has(id)) return false;
    seen.add(id);
    return true;
  });
  const found = clients.map((span) => {
    const service = services.get(idOf(span.traceId, span.spanId)) ?? '';
    const peer = peerOf(span);
    return { span, service, peer, at: JSON.stringify([span.serviceName, peer]) };
  });
  const atPeer = new Map<string, string>();
  for (const { service, at } of found) {
    if (service > (atPeer.get(at) ?? '')) atPeer.set(at, service);
  }
  return found.map(({ span, service, peer, at }) => {
    const failed = span.status === 'Error';
    const words = `${attribute(span, 'error.type')} ${span.statusMessage}`;
    return {
      span,
      callee: service || atPeer.get(at) || peer,
      second: Math.trunc(Number(span.startEpochNs - startEpochNs) / NS_PER_SEC),
      failed,
      cutOff: failed && (GIVEN_UP.test(words) || GIVEN_UP_CODES.has(rpcStatusOf(span))),
    };
  });
}

/** Returns the attempts by edge and second. */
export function edgesOf(attempts: readonly Attempt[]): readonly EdgeAttempts[] {
  return byKey(attempts, edgeKey).map((ofEdge) => {
    const { span, callee } = first(ofEdge);
    const seconds = Map.groupBy(ofEdge, ({ second }) => second);
    return {
      caller: span.serviceName,
      callee,
      operation: span.name,
      seconds: [...seconds]
        .toSorted(([a], [b]) => a - b)
        .map(([second, own]) => ({
          second,
          ok: durationsOf(own.filter(({ failed }) => !failed)),
          cutOff: durationsOf(own.filter(({ cutOff }) => cutOff)),
        })),
      failed: ofEdge.filter(({ failed, cutOff }) => failed && !cutOff).length,
    };
  });
}

/** Returns why attempts failed, by edge and reason, the most frequent first. */
export function failedOf(attempts: readonly Attempt[]): readonly FailedAttempts[] {
  const failed = attempts.filter((attempt) => attempt.failed);
  const counted = byKey(failed, edgeKey).flatMap((ofEdge) => {
    const reasons = byKey(ofEdge, ({ span }) => [reasonOf(span)]).toSorted(
      (a, b) => b.length - a.length,
    );
    const texts = Map.groupBy(
      reasons.map((own, place) => {
        const text = place < EDGE_REASONS_MAX ? reasonOf(first(own).span) : OTHER_ERRORS;
        return { text, own };
      }),
      ({ text }) => text,
    );
    return [...texts].map(([text, parts]) => {
      const own = parts.flatMap((part) => part.own).toSorted(byMoment);
      const { span, callee } = first(own);
      const ids = new Set([span.traceId, own.at(-1)?.span.traceId ?? '']);
      return {
        caller: span.serviceName,
        callee,
        operation: span.name,
        text,
        count: own.length,
        traceIds: [...ids],
      };
    });
  });
  const key = (f: FailedAttempts): readonly string[] => [f.caller, f.callee, f.operation, f.text];
  return counted.toSorted((a, b) => b.count - a.count || compareTexts(key(a), key(b)));
}

/** Returns the groups of items with equal keys, in the order of the keys. */
export function byKey<T>(
  items: readonly T[],
  keyOf: (item: T) => readonly string[],
): readonly (readonly T[])[] {
  const groups = Map.groupBy(items, (item) => JSON.stringify(keyOf(item)));
  return [...groups.values()].toSorted((a, b) => compareTexts(keyOf(first(a)), keyOf(first(b))));
}

/** Which client span a server span answers: its own, in Zipkin's manner, or its parent. */
function servicesByClient(spans: readonly Span[]): ReadonlyMap<string, string> {
  const clients = new Set(
    spans.filter(({ kind }) => kind === 'Client').map((s) => idOf(s.traceId, s.spanId)),
  );
  const services = new Map<string, string>();
  for (const { kind, traceId, spanId, parentSpanId, serviceName } of spans) {
    if (kind !== 'Server') continue;
    const own = idOf(traceId, spanId);
    const id = clients.has(own) ? own : idOf(traceId, parentSpanId);
    if (!clients.has(own) && parentSpanId === '') continue;
    const known = services.get(id);
    if (known === undefined || serviceName < known) services.set(id, serviceName);
  }
  return services;
}

/** Names of the service before names of hosts; each before the older names of the same. */
function peerOf(span: Span): string {
  const service = firstOf(span, ['server.service.name', 'service.peer.name', 'peer.service']);
  if (service !== '') return service;
  const host =
    firstOf(span, [
      'server.address',
      'net.peer.name',
      'network.peer.address',
      'net.sock.peer.addr',
      'net.peer.ip',
    ]) || 'unknown';
  const port = firstOf(span, [
    'server.port',
    'net.peer.port',
    'network.peer.port',
    'net.sock.peer.port',
  ]);
  return port === '' ? host : `${host}:${port}`;
}

/**
 * Codes stand before messages, in which ids and times make each one different; names of errors that
 * say nothing stand behind.
 */
function reasonOf(span: Span): string {
  const rpc = rpcStatusOf(span);
  const http = firstOf(span, ['http.response.status_code', 'http.status_code']);
  const type = attribute(span, 'error.type');
  if (rpc !== '' && rpc !== '0' && rpc !== 'OK') return grpcStatus(rpc);
  if (/^[1-5]\d\d$/u.test(type)) return `status ${type}`;
  if (!['', '_OTHER', 'Error', 'Exception'].includes(type)) return type;
  if (/^[45]\d\d$/u.test(http)) return `status ${http}`;
  const message = span.statusMessage.replaceAll(/^ +| +$/gu, '');
  if (message !== '')
    return Array.from(message.split('\n')[0] ?? '')
      .slice(0, 200)
      .join('');
  return type === '' ? 'no reason given' : type;
}

function rpcStatusOf(span: Span): string {
  return firstOf(span, ['rpc.response.status_code', 'rpc.grpc.status_code']);
}

function grpcStatus(code: string): string {
  const name = /^\d{1,9}$/u.test(code) ? GRPC_STATUSES[Number(code)] : undefined;
  return name === undefined || name === 'OK' ? code : name;
}

function edgeKey({ span, callee }: Attempt): readonly string[] {
  return [span.serviceName, callee, span.name];
}

function durationsOf(attempts: readonly Attempt[]): { valueNs: number[]; count: number[] } {
  const counts = new Map<number, number>();
  for (const { span } of attempts) {
    const valueNs = Number(span.durationNs);
    counts.set(valueNs, (counts.get(valueNs) ?? 0) + 1);
  }
  const entries = [...counts].toSorted(([a], [b]) => a - b);
  return { valueNs: entries.map(([value]) => value), count: entries.map(([, count]) => count) };
}

function byMoment({ span: a }: Attempt, { span: b }: Attempt): number {
  const order = compareTexts([a.spanId, a.traceId], [b.spanId, b.traceId]);
  if (a.startEpochNs !== b.startEpochNs) return a.startEpochNs < b.startEpochNs ? -1 : 1;
  return order;
}

function isWithin(atNs: number, ranges: readonly TimeRange[]): boolean {
  return ranges.some(({ fromNs, toNs }) => atNs >= fromNs && atNs < toNs);
}

function firstOf(span: Span, names: readonly string[]): string {
  for (const name of names) {
    const value = attribute(span, name);
    if (value !== '') return value;
  }
  return '';
}

function attribute({ attributes }: Span, name: string): string {
  return attributes[name] ?? '';
}

function idOf(traceId: string, spanId: string): string {
  return `${traceId} ${spanId}`;
}

function compareTexts(a: readonly string[], b: readonly string[]): number {
  for (const [i, text] of a.entries()) {
    const other = b[i] ?? '';
    if (text !== other) return text < other ? -1 : 1;
  }
  return 0;
}

function first<T>(group: readonly T[]): T {
  const [item] = group;
  if (item === undefined) throw new Error('unreachable: a group has an item');
  return item;
}
