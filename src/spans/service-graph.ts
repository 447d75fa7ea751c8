import { SPAN_STATUSES } from '../core/index.ts';
import { PEER_KEYS, peerOf } from './call-peer.ts';
import { roleOf } from './call-role.ts';
import { childrenOf, type SpanForest } from './span-forest.ts';
import { NO_PARENT, type AttributeChoice } from './span-table.ts';
import { weightedTraces } from './trace-weights.ts';
import { weightedQuantiles } from './weighted-quantile.ts';

/** Calls of one operation between two services, as the caller saw them. */
export interface GraphEdge {
  /** '' where {@link callerIs} no service. */
  readonly caller: string;
  /** What called: a service; nothing that has spans; or a span that is not stored. */
  readonly callerIs: 'service' | 'outside' | 'not stored';
  /** '' where neither spans nor the caller say whom it called. */
  readonly callee: string;
  /** The name of the caller's span; '' for all operations between two services. */
  readonly operation: string;
  readonly kind: 'call' | 'message';
  /** Whether no call has a span of the callee: its name is what the caller says. */
  readonly isInferred: boolean;
  /**
   * As many as its spans stand for, where they are of a sample; so are `failed` and percentiles.
   */
  readonly calls: number;
  /** Those of which the span has the status Error. */
  readonly failed: number;
  /** Of all calls whose times can be, failed ones too; undefined where they are too few to tell. */
  readonly p50Ns: number | undefined;
  readonly p95Ns: number | undefined;
  readonly p99Ns: number | undefined;
  readonly maxNs: number;
}

/** Who calls whom in the traces of a table. */
export interface ServiceGraph {
  readonly traceCount: number;
  readonly spanCount: number;
  /** How many traces those of the table stand for; as many, where no sample was stored. */
  readonly weightedTraces: number;
  /** By caller, callee, and how many calls. */
  readonly edges: readonly GraphEdge[];
}

/** What the graph needs to know of spans; clocks have no part in it. */
export const GRAPH_ATTRIBUTES: AttributeChoice = { keys: PEER_KEYS, places: false };

/** An edge is for each operation, or for all between two services. */
export type GraphGrain = 'operation' | 'service';

/** A call while edges are gathered. */
interface SeenCall {
  readonly caller: string;
  readonly callerIs: GraphEdge['callerIs'];
  readonly callee: string;
  readonly operation: string;
  readonly kind: GraphEdge['kind'];
  readonly isServed: boolean;
  /** The span whose duration and status are the call's. */
  readonly measured: number;
}

/**
 * Returns the service graph of a table. A call is a CLIENT span, joined to the SERVER span below
 * it; where that is not stored, its attributes say whom it called. A message is a PRODUCER span,
 * and what is measured of it is its handling by the CONSUMER below it. A SERVER or CONSUMER below
 * no such span was called by the service of the span above it, or from outside.
 *
 * Percentiles are by the nearest rank, weighted: of n spans, percentile p has a value where n (1 -
 * p) >= 1.
 */
export function serviceGraphOf(forest: SpanForest, grain: GraphGrain): ServiceGraph {
  const { table } = forest;
  const edges = new Map<string, OpenEdge>();
  for (let span = 0; span < table.spanCount; span++) {
    for (const call of callsOf(forest, span)) addCall(edges, call, forest, grain);
  }
  return {
    traceCount: table.traceCount,
    spanCount: table.spanCount,
    weightedTraces: Math.round(weightedTraces(table)),
    edges: [...edges.values()].map(edgeOf).sort(byNames),
  };
}

interface OpenEdge {
  readonly first: SeenCall;
  readonly operation: string;
  readonly durationsNs: number[];
  readonly weights: number[];
  isServed: boolean;
  failed: number;
}

function addCall(
  edges: Map<string, OpenEdge>,
  call: SeenCall,
  { table }: SpanForest,
  grain: GraphGrain,
): void {
  const { caller, callerIs, callee, kind, measured, isServed } = call;
  const operation = grain === 'operation' ? call.operation : '';
  const key = JSON.stringify([caller, callerIs, callee, kind, operation]);
  const edge = edges.get(key) ?? {
    first: call,
    operation,
    durationsNs: [],
    weights: [],
    isServed: false,
    failed: 0,
  };
  edges.set(key, edge);
  edge.durationsNs.push(table.durationsNs[measured] ?? 0);
  const weight = table.weights[measured] ?? 1;
  edge.weights.push(weight);
  edge.isServed ||= isServed;
  if (table.statuses[measured] === ERROR) edge.failed += weight;
}

/** Returns the calls that a span stands for: none, or one; a message may be taken by several. */
function callsOf(forest: SpanForest, span: number): readonly SeenCall[] {
  const { table } = forest;
  const { parents } = table;
  const own = serviceOf(forest, span);
  const byOwn = { caller: own, callerIs: 'service' } as const;
  const operation = table.names[table.operations[span] ?? 0] ?? '';
  const role = roleOf(forest, span);
  switch (role) {
    case 'client': {
      const { name: callee, served } = peerOf(forest, span);
      // Of two CLIENT spans for one call, as two instrumented layers make them, the lower counts.
      if (served === undefined && isCalledBelow(forest, span)) return [];
      const isServed = served !== undefined;
      return [{ ...byOwn, callee, operation, kind: 'call', isServed, measured: span }];
    }
    case 'producer': {
      const takers = [...childrenOf(forest, span)].filter((i) => roleOf(forest, i) === 'consumer');
      const base = { ...byOwn, operation, kind: 'message' } as const;
      if (takers.length === 0) {
        const callee = peerOf(forest, span).name;
        return [{ ...base, callee, isServed: false, measured: span }];
      }
      return takers.map((taker) => ({
        ...base,
        callee: serviceOf(forest, taker),
        isServed: true,
        measured: taker,
      }));
    }
    case 'server':
    case 'consumer': {
      const parent = parents[span] ?? NO_PARENT;
      const above = parent < 0 ? 'inner' : roleOf(forest, parent);
      const isCalled = above === 'client' || above === 'producer';
      const caller = parent < 0 ? '' : serviceOf(forest, parent);
      if (isCalled || caller === own) return [];
      const kind = role === 'consumer' ? 'message' : 'call';
      const callerIs =
        parent >= 0 ? 'service' : parent === NO_PARENT ? 'outside' : ('not stored' as const);
      const base = { caller, callerIs, operation, kind } as const;
      return [{ ...base, callee: own, isServed: true, measured: span }];
    }
    case 'inner':
      return [];
  }
}

function isCalledBelow(forest: SpanForest, span: number): boolean {
  const { services } = forest.table;
  for (const child of childrenOf(forest, span)) {
    if (roleOf(forest, child) === 'client' && services[child] === services[span]) return true;
  }
  return false;
}

function serviceOf({ table }: SpanForest, span: number): string {
  return table.names[table.services[span] ?? 0] ?? '';
}

function edgeOf(edge: OpenEdge): GraphEdge {
  const { first, operation, durationsNs, weights, isServed, failed } = edge;
  const n = durationsNs.length;
  const quantile = weightedQuantiles(durationsNs, weights);
  const rankOf = (p: number): number | undefined =>
    n * (1 - p) < 1 - 1e-9 ? undefined : quantile(p);
  return {
    caller: first.caller,
    callerIs: first.callerIs,
    callee: first.callee,
    operation,
    kind: first.kind,
    isInferred: !isServed,
    calls: Math.round(weights.reduce((sum, weight) => sum + weight, 0)),
    failed: Math.round(failed),
    p50Ns: rankOf(0.5),
    p95Ns: rankOf(0.95),
    p99Ns: rankOf(0.99),
    maxNs: quantile(1) ?? 0,
  };
}

function byNames(a: GraphEdge, b: GraphEdge): number {
  if (a.caller !== b.caller) return a.caller < b.caller ? -1 : 1;
  if (a.callerIs !== b.callerIs) return a.callerIs < b.callerIs ? 1 : -1;
  if (a.callee !== b.callee) return a.callee < b.callee ? -1 : 1;
  return b.calls - a.calls || (a.operation < b.operation ? -1 : 1);
}

const ERROR = SPAN_STATUSES.indexOf('Error');
