import { callsOf } from './calls.ts';
import {
  indented,
  tracesPerRead,
  WINDOW_SEC,
  type TraceScope,
  type TraceWindow,
} from './trace-window.ts';

/** How a caller is shown, and a callee: by its name, or by what stands for it. */
const CALLER = "if(CallerIs = 'service', Caller, concat('(', CallerIs, ')'))";
const CALLEE = "if(Callee = '', '(unknown)', Callee)";

/**
 * Returns the query of the edges of a window: columns `caller`, `callee`, `kind`, by operation
 * `operation` too, `is_served`, `calls`, `failed` and `spent` (ns in all), as many as the spans
 * stand for, and the durations in ns in their order, each with its weight, `sorted` and `network`.
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
  ${countOf('Weight')} AS calls,
  ${countOf('Failed * Weight')} AS failed,
  sum(Ns * Weight) AS spent,
  ${sortedOf('Ns')} AS sorted,
  ${sortedOf('assumeNotNull(NetworkNs)', 'NetworkNs IS NOT NULL')} AS network
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
  ${countOf('IsCallee * Weight')} AS calls,
  ${countOf('IsCallee * Failed * Weight')} AS failed,
  ${sortedOf('Ns', 'IsCallee')} AS sorted
FROM (
  SELECT Served, Ns, Failed, Weight,
    arrayJoin([(${CALLER}, false), (${CALLEE}, true)]) AS side, side.1 AS Node, side.2 AS IsCallee
  FROM (
    ${indented(callsOf(window, scope), 4)}
  )
)
GROUP BY Node`.trim();
}

/** Returns SQL of how many those of a group stand for together, as a whole number. */
export function countOf(weight: string): string {
  return `floor(sum(${weight}) + 0.5)`;
}

/** Returns SQL of the durations of a group in their order, each with what it stands for. */
export function sortedOf(durationNs: string, condition = 'true'): string {
  return `arraySort(groupArrayIf((${durationNs}, Weight), ${condition}))`;
}

/**
 * Returns a percentile in seconds by the nearest rank, weighted; NULL where the sample is too small
 * for it: p95 needs 20 values, p99 100. `sorted` is a column of {@link sortedOf}.
 */
export function percentile(quantile: number, sorted = 'sorted'): string {
  const n = `length(${sorted})`;
  return `if(${n} * (1 - ${quantile}) < 1 - 1e-9, NULL, ${atRank(quantile, sorted)} / 1e9)`;
}

/** Returns the least duration up to which lies such a part of all weight; 0 of none. */
export function atRank(quantile: number, sorted: string): string {
  const upTo = `arrayCumSum(each -> each.2, ${sorted})`;
  return `${sorted}[arrayFirstIndex(weight -> weight >= ${quantile} * ${upTo}[-1] - 1e-9, ${upTo})].1`;
}

/** Returns how many of the window's calls, of which so many were read, there are in a second. */
export function perSec(calls: string, window: TraceWindow, scope: TraceScope): string {
  return `${calls} * ${indented(tracesPerRead(window, scope), 2)} / ${WINDOW_SEC}`;
}
