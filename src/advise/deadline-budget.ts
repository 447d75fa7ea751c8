import type { Ns } from '../core/index.ts';
import type { CallPattern, CallStages, StagedCall } from '../spans/index.ts';
import type { TimedEdge } from './deadline-above.ts';

/** What a call needs for all that is done for it, beside how long it is waited for. */
export interface DeadlineBudget {
  /** How long one attempt is waited for. */
  readonly attemptTimeoutNs: Ns;
  /** The callee's own work and the deadlines of all calls that it makes one after another. */
  readonly neededNs: Ns;
  /** p99.9 of the callee's own work. */
  readonly localNs: Ns;
  /** Of each stage the call that may take longest, with its total deadline. */
  readonly calls: readonly (StagedCall & { readonly totalTimeoutNs: Ns })[];
  /** By how much it needs more than it has; 0 where it has enough. */
  readonly passedByNs: Ns;
  /** Of `calls` the one that takes most of it; absent where the callee calls nobody. */
  readonly longest?: StagedCall & { readonly totalTimeoutNs: Ns };
  /** Calls of which no timeout is known: they count as nothing. */
  readonly unknown: readonly StagedCall[];
}

/** Of so many requests one at least makes its calls so, or it is left out. */
const SELDOM = 1_000;

/**
 * Returns what a call of an edge needs, by the way in which its callee makes its own calls that
 * needs most: where deadlines are not handed on, each edge wants
 *
 *   attempt timeout >= sum over stages of the longest total deadline in each + local p99.9
 *
 * the calls of a stage running beside each other, and stages one after another. Undefined where no
 * trace shows how the callee works, or no timeout of the edge is known.
 */
export function deadlineBudget(
  edge: TimedEdge,
  edges: readonly TimedEdge[],
  stages: readonly CallStages[],
): DeadlineBudget | undefined {
  const { policy } = edge;
  const own = stages.filter(
    (one) => one.caller === edge.caller && one.operation === edge.operation,
  );
  // A target of callgauge has another name than the service behind it.
  const served =
    own.find(({ callee }) => callee === edge.callee) ?? (own.length === 1 ? own[0] : undefined);
  if (policy === undefined || served === undefined) return undefined;
  const { callee, localNs, requests, patterns } = served;
  const needs = patterns
    .filter(({ count }) => count * SELDOM >= requests)
    .map((pattern) => needOf(pattern, callee, edges));
  const most = needs.toSorted((a, b) => b.childrenNs - a.childrenNs)[0];
  if (most === undefined) return undefined;
  const neededNs = most.childrenNs + localNs;
  const { attemptTimeoutNs } = policy;
  const longest = most.calls.toSorted((a, b) => b.totalTimeoutNs - a.totalTimeoutNs)[0];
  return {
    ...{ attemptTimeoutNs, neededNs, localNs, calls: most.calls, unknown: most.unknown },
    passedByNs: Math.max(0, neededNs - attemptTimeoutNs),
    ...(longest && { longest }),
  };
}

function needOf({ stages }: CallPattern, caller: string, edges: readonly TimedEdge[]) {
  const unknown: StagedCall[] = [];
  const calls = stages.flatMap((stage) => {
    const timed = stage.flatMap((call) => {
      const totalTimeoutNs = totalOf(call, caller, edges);
      if (totalTimeoutNs === undefined) unknown.push(call);
      return totalTimeoutNs === undefined ? [] : [{ ...call, totalTimeoutNs }];
    });
    return timed.toSorted((a, b) => b.totalTimeoutNs - a.totalTimeoutNs).slice(0, 1);
  });
  return { calls, unknown, childrenNs: calls.reduce((sum, call) => sum + call.totalTimeoutNs, 0) };
}

function totalOf(
  { callee, operation }: StagedCall,
  caller: string,
  edges: readonly TimedEdge[],
): Ns | undefined {
  const own = edges.filter((edge) => edge.caller === caller && edge.operation === operation);
  // A call that reached nobody may not say whom it was for.
  const edge = own.find((one) => one.callee === callee) ?? (own.length === 1 ? own[0] : undefined);
  return edge?.policy?.totalTimeoutNs;
}
