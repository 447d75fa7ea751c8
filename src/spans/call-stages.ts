import type { Ns } from '../core/index.ts';
import { repeatedAttempts } from './call-attempts.ts';
import { peerOf } from './call-peer.ts';
import { roleOf } from './call-role.ts';
import { endNsOf } from './outlived-calls.ts';
import { childrenOf, type SpanForest } from './span-forest.ts';

/** A call of a service, by what it is to: '' for a callee that nothing names. */
export interface StagedCall {
  readonly callee: string;
  /** The name of the caller's span. */
  readonly operation: string;
}

/** How one operation that a service serves makes its own calls, over many traces. */
export interface CallStages {
  /** Who called it: a service, `(outside)`. */
  readonly caller: string;
  /** The name of the caller's span; of the server's where the caller has none. */
  readonly operation: string;
  /** The service that served it. */
  readonly callee: string;
  readonly requests: number;
  /**
   * What 99.9% of the requests do not pass with work of the service itself: what remains of each
   * without the time in which calls of it ran. The longest, of fewer than a thousand.
   */
  readonly localNs: Ns;
  /** The ways in which it made its calls, the most frequent first. */
  readonly patterns: readonly CallPattern[];
}

export interface CallPattern {
  /** Requests that made their calls so. */
  readonly count: number;
  /** One after another; the calls of a stage run beside each other. None: it calls nobody. */
  readonly stages: readonly (readonly StagedCall[])[];
}

/** Of more ways, the first ones that were seen are told apart. */
const PATTERNS_MAX = 200;
const LOCAL_QUANTILE = 0.999;
const OUTSIDE = '(outside)';

/**
 * Returns, for every operation that a service serves, which calls it makes one after another and
 * which beside each other: a call that began when another had ended comes after it. Attempts of one
 * call are one, from the first one's start to the last one's end.
 */
export function callStages(forest: SpanForest): readonly CallStages[] {
  const { traceCount, traceStarts } = forest.table;
  const found = new Map<string, Gathered>();
  for (let trace = 0; trace < traceCount; trace++) {
    const first = new Map(
      repeatedAttempts(forest, trace).flatMap(({ attempts }) =>
        attempts.map((attempt) => [attempt, attempts[0] ?? attempt] as const),
      ),
    );
    for (let span = traceStarts[trace] ?? 0; span < (traceStarts[trace + 1] ?? 0); span++) {
      if (roleOf(forest, span) === 'server') gather(forest, span, first, found);
    }
  }
  return [...found.values()].map(stagesOf);
}

interface Gathered {
  readonly named: Pick<CallStages, 'caller' | 'operation' | 'callee'>;
  readonly localNs: number[];
  readonly patterns: Map<string, { count: number; readonly stages: CallPattern['stages'] }>;
}

function gather(
  forest: SpanForest,
  server: number,
  firstAttempt: ReadonlyMap<number, number>,
  found: Map<string, Gathered>,
): void {
  const named = nameOf(forest, server);
  const key = JSON.stringify([named.caller, named.operation, named.callee]);
  const own: Gathered = found.get(key) ?? { named, localNs: [], patterns: new Map() };
  found.set(key, own);
  const calls = callsBelow(forest, server, firstAttempt);
  own.localNs.push(localTimeOf(forest, server, calls));
  const stages = stagesIn(calls);
  const pattern = JSON.stringify(stages);
  const seen = own.patterns.get(pattern);
  if (seen !== undefined) seen.count += 1;
  else if (own.patterns.size < PATTERNS_MAX) own.patterns.set(pattern, { count: 1, stages });
}

function stagesOf({ named, localNs, patterns }: Gathered): CallStages {
  const sorted = Float64Array.from(localNs).sort();
  const rank = Math.max(1, Math.ceil(LOCAL_QUANTILE * sorted.length - 1e-9));
  return {
    ...named,
    requests: localNs.length,
    localNs: sorted[rank - 1] ?? 0,
    patterns: [...patterns.values()].toSorted((a, b) => b.count - a.count),
  };
}

function nameOf(forest: SpanForest, server: number): Gathered['named'] {
  const { names, operations, parents, services } = forest.table;
  const callee = names[services[server] ?? 0] ?? '';
  const above = parents[server] ?? -1;
  const called = above >= 0 && roleOf(forest, above) === 'client' ? above : server;
  const caller = above < 0 ? OUTSIDE : (names[services[above] ?? 0] ?? '');
  return { caller, operation: names[operations[called] ?? 0] ?? '', callee };
}

interface TimedCall extends StagedCall {
  readonly fromNs: Ns;
  toNs: Ns;
}

/** The calls that a service makes for a request, by their starts, from inside its spans too. */
function callsBelow(
  forest: SpanForest,
  server: number,
  firstAttempt: ReadonlyMap<number, number>,
): readonly TimedCall[] {
  const { names, operations, services } = forest.table;
  const calls = new Map<number, TimedCall>();
  const open = [...childrenOf(forest, server)];
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    if (services[span] !== services[server]) continue;
    const role = roleOf(forest, span);
    if (role === 'inner') open.push(...childrenOf(forest, span));
    if (role !== 'client') continue;
    const id = firstAttempt.get(span) ?? span;
    const [fromNs, toNs] = [forest.startsNs[span] ?? 0, endNsOf(forest, span)];
    const known = calls.get(id);
    const operation = names[operations[span] ?? 0] ?? '';
    const callee = peerOf(forest, span).name || (known?.callee ?? '');
    calls.set(id, {
      ...{ callee, operation },
      fromNs: Math.min(fromNs, known?.fromNs ?? Infinity),
      toNs: Math.max(toNs, known?.toNs ?? -Infinity),
    });
  }
  return [...calls.values()].toSorted((a, b) => a.fromNs - b.fromNs || a.toNs - b.toNs);
}

/** A call is of the stage behind the last one of which a call had ended when it began. */
function stagesIn(calls: readonly TimedCall[]): CallPattern['stages'] {
  const stages: StagedCall[][] = [];
  const firstEndsNs: Ns[] = [];
  for (const { callee, operation, fromNs, toNs } of calls) {
    const before = firstEndsNs.findLastIndex((endNs) => endNs <= fromNs);
    (stages[before + 1] ??= []).push({ callee, operation });
    firstEndsNs[before + 1] = Math.min(firstEndsNs[before + 1] ?? Infinity, toNs);
  }
  // Those beside each other have no order.
  return stages.map((stage) =>
    stage.toSorted((a, b) => compare(a.callee, b.callee) || compare(a.operation, b.operation)),
  );
}

function localTimeOf(forest: SpanForest, server: number, calls: readonly TimedCall[]): Ns {
  const [beginNs, endNs] = [forest.startsNs[server] ?? 0, endNsOf(forest, server)];
  let calledNs = 0;
  let untilNs = beginNs;
  for (const { fromNs, toNs } of calls) {
    const [from, to] = [Math.max(fromNs, untilNs), Math.min(toNs, endNs)];
    if (to > from) calledNs += to - from;
    untilNs = Math.max(untilNs, to);
  }
  return Math.max(0, endNs - beginNs - calledNs);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
