import { callsPerSec, type GraphReport } from '../graph-report.ts';

/** Raised where a field changes its meaning or goes away. */
export const GRAPH_VERSION = 1;

/** Returns a service graph as JSON; `docs/reference/traces.md` has the fields. */
export function renderGraphJson(report: GraphReport): string {
  const { graph, tracesInAll, fromEpochMs, toEpochMs, runId } = report;
  const document = {
    version: GRAPH_VERSION,
    runId: runId === '' ? null : runId,
    from: new Date(fromEpochMs).toISOString(),
    to: new Date(toEpochMs).toISOString(),
    traceCount: graph.traceCount,
    tracesInAll,
    spanCount: graph.spanCount,
    weightedTraces: graph.weightedTraces,
    edges: graph.edges.map((edge) => ({
      caller: edge.callerIs === 'service' ? edge.caller : null,
      callerIs: edge.callerIs,
      callee: edge.callee === '' ? null : edge.callee,
      operation: edge.operation === '' ? null : edge.operation,
      kind: edge.kind,
      isInferred: edge.isInferred,
      calls: edge.calls,
      failed: edge.failed,
      callsPerSec: callsPerSec(edge, report),
      p50Ns: edge.p50Ns ?? null,
      p95Ns: edge.p95Ns ?? null,
      p99Ns: edge.p99Ns ?? null,
      maxNs: edge.maxNs,
    })),
  };
  return JSON.stringify(document, null, 2);
}
