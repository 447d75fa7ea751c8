import { SPAN_STATUSES } from '../core/index.ts';
import { peerOf } from './call-peer.ts';
import { roleOf } from './call-role.ts';
import { doubtNs, endNsOf } from './outlived-calls.ts';
import { childrenOf, rootsOf, type SpanForest } from './span-forest.ts';
import { NO_PARENT } from './span-table.ts';
import { firstAttribute } from './table-attributes.ts';

/** Siblings that are alike: equal in kind, service, peer and operation. */
export interface AlikeCalls {
  readonly parent: number;
  readonly peer: string;
  /** By their starts. */
  readonly spans: readonly number[];
}

/** One call that was sent more than once. */
export interface RepeatedAttempts {
  /**
   * - `retry`: an attempt began when the one before it was over and had failed.
   * - `hedge`: an attempt ran beside another, and one of the two was given up for the other; others
   *   of the attempts may be retries.
   */
  readonly kind: 'retry' | 'hedge';
  /** NO_PARENT at the top of a trace. */
  readonly parent: number;
  readonly peer: string;
  /** By their starts, two or more. */
  readonly attempts: readonly number[];
  /** Whether one of them went well. */
  readonly succeeded: boolean;
}

/** How often calls of one edge were sent, in one trace or in many. */
export interface Amplification {
  /** Numbers of texts of the table. */
  readonly caller: number;
  readonly operation: number;
  readonly peer: string;
  readonly calls: number;
  readonly attempts: number;
}

/** Returns the groups of two or more alike calls in a trace, by their parents. */
export function alikeCalls(forest: SpanForest, trace: number): readonly AlikeCalls[] {
  const { traceStarts } = forest.table;
  const found: AlikeCalls[] = [];
  for (let i = traceStarts[trace] ?? 0; i < (traceStarts[trace + 1] ?? 0); i++) {
    found.push(...groupsBelow(forest, i).filter(({ spans }) => spans.length > 1));
  }
  return found;
}

/**
 * Returns the calls of a trace that were sent more than once. Alike calls are attempts of one call
 * where the later says so (`http.request.resend_count`), or where they name no different request
 * and the earlier failed before the later began; side by side, where one was given up as the other
 * ended. Alike calls that all went well are calls of their own.
 */
export function repeatedAttempts(forest: SpanForest, trace: number): readonly RepeatedAttempts[] {
  return alikeCalls(forest, trace).flatMap((group) => attemptsIn(forest, group));
}

/**
 * Returns the calls without a span above them that were sent more than once: callgauge's own, whose
 * attempts are beside each other at the top of a trace. Only what says so is an attempt there: a
 * flow may call the same again.
 */
export function repeatedAtTop(forest: SpanForest, trace: number): readonly RepeatedAttempts[] {
  const { startsNs, table } = forest;
  const roots = [...rootsOf(forest, trace)]
    .filter((span) => roleOf(forest, span) === 'client')
    .sort((a, b) => (startsNs[a] ?? 0) - (startsNs[b] ?? 0) || a - b);
  // Whichever of its endpoints an attempt went to, it is one of the same call.
  const named = Map.groupBy(roots, (i) => `${table.services[i]} ${table.operations[i]}`);
  return [...named.values()].flatMap((spans) => {
    const peer = peerOf(forest, spans[0] ?? 0).name;
    return attemptsIn(forest, { parent: NO_PARENT, peer, spans }, resendsOf);
  });
}

/** Returns how often each edge's calls were sent, over all traces, the most amplified first. */
export function amplifications(forest: SpanForest): readonly Amplification[] {
  const { services, operations, traceCount, traceStarts } = forest.table;
  const found = new Map<string, { -readonly [K in keyof Amplification]: Amplification[K] }>();
  for (let t = 0; t < traceCount; t++) {
    for (let i = traceStarts[t] ?? 0; i < (traceStarts[t + 1] ?? 0); i++) {
      for (const group of groupsBelow(forest, i)) {
        const [first = 0] = group.spans;
        const [caller, operation] = [services[first] ?? 0, operations[first] ?? 0];
        const { peer } = group;
        const key = `${caller} ${operation} ${peer}`;
        const edge = found.get(key) ?? { caller, operation, peer, calls: 0, attempts: 0 };
        found.set(key, edge);
        const again = attemptsIn(forest, group).reduce((n, { attempts: a }) => n + a.length - 1, 0);
        edge.attempts += group.spans.length;
        edge.calls += group.spans.length - again;
      }
    }
  }
  const ratioOf = ({ attempts, calls }: Amplification): number => attempts / calls;
  return [...found.values()].toSorted((a, b) => ratioOf(b) - ratioOf(a) || b.calls - a.calls);
}

/**
 * Groups the calls right below a span: its CLIENT and PRODUCER children. One that reached nobody
 * and says nothing of whom it was for is alike those to the one peer that others of its name have.
 */
function groupsBelow(forest: SpanForest, parent: number): readonly AlikeCalls[] {
  const { startsNs, table } = forest;
  const { services, operations } = table;
  const calls: { readonly span: number; readonly name: string; readonly peer: string }[] = [];
  for (const span of childrenOf(forest, parent)) {
    const role = roleOf(forest, span);
    if (role !== 'client' && role !== 'producer') continue;
    const name = `${role} ${services[span]} ${operations[span]}`;
    calls.push({ span, name, peer: peerOf(forest, span).name });
  }
  if (calls.length === 0) return [];
  const groups: AlikeCalls[] = [];
  for (const named of Map.groupBy(calls, ({ name }) => name).values()) {
    const byPeer = Map.groupBy(named, ({ peer }) => peer);
    const unknown = byPeer.get('') ?? [];
    if (byPeer.size === 2 && unknown.length > 0) {
      for (const [peer, own] of byPeer) if (peer !== '') own.push(...unknown);
      byPeer.delete('');
    }
    for (const [peer, own] of byPeer) {
      const spans = own
        .map(({ span }) => span)
        .sort((a, b) => (startsNs[a] ?? 0) - (startsNs[b] ?? 0) || a - b);
      groups.push({ parent, peer, spans });
    }
  }
  return groups;
}

function attemptsIn(
  forest: SpanForest,
  group: AlikeCalls,
  isLinked: (forest: SpanForest, next: number) => boolean = () => true,
): readonly RepeatedAttempts[] {
  const { statuses } = forest.table;
  const found: RepeatedAttempts[] = [];
  const { parent, peer, spans } = group;
  let attempts: number[] = [];
  let kind: RepeatedAttempts['kind'] = 'retry';
  const close = (): void => {
    if (attempts.length > 1) {
      const succeeded = attempts.some((i) => statuses[i] !== ERROR);
      found.push({ kind, parent, peer, attempts, succeeded });
    }
    attempts = [];
    kind = 'retry';
  };
  for (const next of spans) {
    const before = attempts.at(-1);
    const link =
      before === undefined || !isLinked(forest, next) ? undefined : linkOf(forest, before, next);
    if (link === undefined) close();
    if (link === 'hedge') kind = link;
    attempts.push(next);
  }
  close();
  return found;
}

/** Returns whether a call says that it is one more attempt. */
function resendsOf(forest: SpanForest, span: number): boolean {
  return Number(forest.attribute(span, 'http.request.resend_count') ?? 0) > 0;
}

/** Returns what the later of two alike calls is to the earlier; undefined for a call of its own. */
function linkOf(
  forest: SpanForest,
  before: number,
  next: number,
): RepeatedAttempts['kind'] | undefined {
  const { statuses } = forest.table;
  const isBeside = (forest.startsNs[next] ?? 0) < endNsOf(forest, before);
  const saysSo = resendsOf(forest, next);
  if (!saysSo && !isSameRequest(forest, before, next)) return undefined;
  if (!isBeside) return saysSo || statuses[before] === ERROR ? 'retry' : undefined;
  if (saysSo) return 'hedge';
  return isGivenUpFor(forest, before, next) || isGivenUpFor(forest, next, before)
    ? 'hedge'
    : undefined;
}

/** Returns whether one of two calls failed, and no earlier than when the other had gone well. */
function isGivenUpFor(forest: SpanForest, loser: number, winner: number): boolean {
  const { statuses } = forest.table;
  if (statuses[loser] !== ERROR || statuses[winner] === ERROR) return false;
  return endNsOf(forest, loser) >= endNsOf(forest, winner) - doubtNs(forest, loser, winner);
}

const REQUEST_KEYS = ['url.path', 'url.full', 'http.target', 'http.url'] as const;

/** Returns whether two alike calls may be for the same thing: they name no different paths. */
function isSameRequest(forest: SpanForest, a: number, b: number): boolean {
  const [pathA, pathB] = [a, b].map((i) => {
    const url = firstAttribute(forest.attribute, i, REQUEST_KEYS);
    // Another attempt may go to another address.
    return url?.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/iu, '');
  });
  return pathA === undefined || pathB === undefined || pathA === pathB;
}

const ERROR = SPAN_STATUSES.indexOf('Error');
