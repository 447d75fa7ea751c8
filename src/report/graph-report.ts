import type { GraphEdge, ServiceGraph } from '../spans/index.ts';

/** Of fewer traces than that the graph differs from the run: some may miss by a crash, say. */
const KEPT_ALL_RATIO = 0.9;

/** A service graph, and which traces it is of. */
export interface GraphReport {
  readonly graph: ServiceGraph;
  /** How many traces there are, of which the graph may be of a sample. */
  readonly tracesInAll: number;
  /**
   * How many arrivals the run sent, where the graph is of all that it stored: what its
   * `trace.keep` left out is in no graph.
   */
  readonly arrivalsInAll?: number;
  /** The time that rates are over. */
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  /** Where all of it is one run's; '' otherwise. */
  readonly runId: string;
}

/** Returns how many calls a second an edge had, as if every trace had been read. */
export function callsPerSec(edge: GraphEdge, report: GraphReport): number {
  const seconds = (report.toEpochMs - report.fromEpochMs) / 1_000;
  if (seconds <= 0) return 0;
  return (edge.calls / seconds) * (report.tracesInAll / Math.max(1, report.graph.traceCount));
}

/** Returns whether the graph is of some of the traces. */
export function isSampled({ graph, tracesInAll }: GraphReport): boolean {
  return graph.traceCount < tracesInAll;
}

/**
 * Returns whether the run stored traces of some of its arrivals: slow and failed ones, and a share
 * of the others. Where spans were sampled for the store, they stand for the others.
 */
export function isOfKeptCalls({ graph, tracesInAll, arrivalsInAll = 0 }: GraphReport): boolean {
  return graph.weightedTraces === graph.traceCount && tracesInAll < arrivalsInAll * KEPT_ALL_RATIO;
}

/** Returns the name of what called, or what stands for it where no span names it. */
export function callerName({ caller, callerIs }: GraphEdge): string {
  return callerIs === 'service' ? caller : `(${callerIs})`;
}

/** Returns the name of what was called, or what stands for it where nothing names it. */
export function calleeName({ callee }: GraphEdge): string {
  return callee === '' ? '(unknown)' : callee;
}
