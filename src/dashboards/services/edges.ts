import { callsOf } from './calls.ts';
import {
  indented,
  sampleWeight,
  WINDOW_SEC,
  type TraceScope,
  type TraceWindow,
} from './trace-window.ts';

/** How a caller is shown, and a callee: by its name, or by what stands for it. */
const CALLER = "if(CallerIs = 'service', Caller, concat('(', CallerIs, ')'))";
const CALLEE = "if(Callee = '', '(unknown)', Callee)";

/**
 * Returns the query of the edges of a window: columns `caller`, `callee`, `kind`, by operation
 * `operation` too, `is_served`, `calls`, `failed`, `spent` (ns in all), and the durations in ns in
 * their order, `sorted` and `network`.
 */
export function edgesOf(
  window: TraceWindow,
  scope: TraceScope,
  grain: 'operation' | 'service',
): string {
  const names = grain === 'operation' ? 'caller, callee, kind, operation' : 'caller, callee, kind';
  return `
SELECT
  ${CALLER} AS caller,
  ${CALLEE} AS callee,
  Kind AS kind,
  ${grain === 'operation' ? 'Operation AS operation,' : ''}
  max(Served) AS is_served,
  count() AS calls,
  sum(Failed) AS failed,
  sum(Ns) AS spent,
  arraySort(groupArray(Ns)) AS sorted,
  arraySort(groupArray(NetworkNs)) AS network
FROM (
  ${indented(callsOf(window, scope), 2)}
)
GROUP BY ${names}`
    .trim()
    .replace(/\n\s*\n/u, '\n');
}

/** Returns the query of the services of a window, with the calls to each; columns as of edges. */
export function nodesOf(window: TraceWindow, scope: TraceScope): string {
  return `
SELECT
  Node AS node,
  maxIf(Served, IsCallee) AS is_served,
  countIf(IsCallee) AS calls,
  countIf(IsCallee AND Failed) AS failed,
  arraySort(groupArrayIf(Ns, IsCallee)) AS sorted
FROM (
  SELECT Served, Ns, Failed,
    arrayJoin([(${CALLER}, false), (${CALLEE}, true)]) AS side, side.1 AS Node, side.2 AS IsCallee
  FROM (
    ${indented(callsOf(window, scope), 4)}
  )
)
GROUP BY Node`.trim();
}

/**
 * Returns a percentile in seconds by the nearest rank, NULL where the sample is too small for it:
 * p95 needs 20 values, p99 100. `sorted` is a column of durations in their order, in ns.
 */
export function percentile(quantile: number, sorted = 'sorted'): string {
  const n = `length(${sorted})`;
  const rank = `toUInt64(ceil(${quantile} * ${n} - 1e-9))`;
  return `if(${n} * (1 - ${quantile}) < 1 - 1e-9, NULL, ${sorted}[${rank}] / 1e9)`;
}

/** Returns how many of the window's calls, of which a sample has so many, there are in a second. */
export function perSec(calls: string, window: TraceWindow, scope: TraceScope): string {
  return `${calls} * ${indented(sampleWeight(window, scope), 2)} / ${WINDOW_SEC}`;
}
