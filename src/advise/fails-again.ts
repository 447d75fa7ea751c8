import { proportionBounds } from '../analyze/index.ts';
import type { RetryOutcomes } from '../spans/index.ts';
import type { FailsAgain } from './tuning.ts';

interface Edge {
  readonly caller: string;
  readonly callee: string;
  readonly operation: string;
}

/** An attempt that fails as often as it goes well is work for nothing half of the time. */
const HALF = 0.5;

/**
 * Returns P(fail2 | fail1) of an edge: how often, of stored attempts that followed a failed one,
 * the later failed too. Success by retries, 1 - f^A, supposes that failures are independent; where
 * they come together (a callee that is down, or busy) it is this that counts.
 *
 * An attempt that reached nobody may not say whom it was for: those of a caller and operation whose
 * callee is no other edge's count too.
 */
export function failsAgain(
  edge: Edge,
  edges: readonly Edge[],
  outcomes: readonly RetryOutcomes[],
): FailsAgain {
  const others = new Set(
    edges.filter((other) => isSameCall(other, edge)).map(({ callee }) => callee),
  );
  others.delete(edge.callee);
  const own = outcomes.filter((each) => isSameCall(each, edge) && !others.has(each.callee));
  const retried = own.reduce((sum, each) => sum + each.retried, 0);
  const failed = own.reduce((sum, each) => sum + each.failedAgain, 0);
  const { lower, upper } = proportionBounds(failed, retried);
  return { retried, failedAgain: failed, lower, upper, verdict: verdictOf(retried, lower, upper) };
}

function verdictOf(retried: number, lower: number, upper: number): FailsAgain['verdict'] {
  if (retried === 0) return 'never-seen';
  if (lower > HALF) return 'fails-again';
  return upper < HALF ? 'helps' : 'undecided';
}

function isSameCall(
  a: Pick<Edge, 'caller' | 'operation'>,
  b: Pick<Edge, 'caller' | 'operation'>,
): boolean {
  return a.caller === b.caller && a.operation === b.operation;
}
