import type { CallPolicy } from './call-policy.ts';
import type { WorstLoad } from './tuning.ts';

/** An edge and what its caller is to do; no policy: one attempt. */
export interface LayeredEdge {
  readonly caller: string;
  readonly callee: string;
  readonly policy?: Pick<CallPolicy, 'attempts' | 'retryOn' | 'budget'>;
}

/**
 * Returns, for each edge, how many attempts on it one call from outside can become: the greatest
 * product of the attempts of all layers above, A1 * A2 * ... * AL, and with a budget b in each of
 * them (1 + b)^L. A connection that failed was no work for the callee and multiplies nothing. Where
 * services call each other in a circle, the circle is gone through once. Takes time in proportion
 * to the edges.
 */
export function worstLoads(edges: readonly LayeredEdge[]): readonly WorstLoad[] {
  const into = Map.groupBy(edges, ({ callee }) => callee);
  const known = new Map<string, WorstLoad>();
  const above = (service: string): WorstLoad => {
    const found = known.get(service);
    if (found !== undefined) return found;
    // Also what a circle that leads back here finds.
    let worst: WorstLoad = { path: [service], attempts: 1, withBudgets: 1 };
    known.set(service, worst);
    for (const edge of into.get(service) ?? []) {
      const through = along(above(edge.caller), edge);
      if (!through.path.slice(0, -1).includes(service) && isWorse(through, worst)) worst = through;
    }
    known.set(service, worst);
    return worst;
  };
  return edges.map((edge) => along(above(edge.caller), edge));
}

function along({ path, attempts, withBudgets }: WorstLoad, edge: LayeredEdge): WorstLoad {
  const { policy } = edge;
  const isWork = policy?.retryOn === 'transient';
  return {
    path: [...path, edge.callee],
    attempts: attempts * (isWork ? policy.attempts : 1),
    withBudgets: withBudgets * (isWork ? 1 + policy.budget.ratio : 1),
  };
}

/** Of paths that multiply alike the longer says more. */
function isWorse(a: WorstLoad, b: WorstLoad): boolean {
  return a.attempts === b.attempts ? a.path.length > b.path.length : a.attempts > b.attempts;
}
