import { SPAN_STATUSES } from '../core/index.ts';
import { amplifications, repeatedAttempts } from './call-attempts.ts';
import type { SpanForest } from './span-forest.ts';

/** What became of sending the calls of one edge again, over many traces. */
export interface RetryOutcomes {
  readonly caller: string;
  /** A service, or what the caller says of it. */
  readonly callee: string;
  readonly operation: string;
  readonly calls: number;
  readonly attempts: number;
  /** Attempts that were made because the one before had failed. */
  readonly retried: number;
  /** Those of them that failed too. */
  readonly failedAgain: number;
}

/**
 * Returns per edge how often an attempt that followed a failed one of the same call failed too:
 * pairs of neighbours in retry chains. Hedges are left out, whose loser was given up and did not
 * fail.
 */
export function retryOutcomes(forest: SpanForest): readonly RetryOutcomes[] {
  const { names, services, operations, statuses, traceCount } = forest.table;
  const pairs = new Map<string, { retried: number; failedAgain: number }>();
  for (let trace = 0; trace < traceCount; trace++) {
    for (const { kind, peer, attempts } of repeatedAttempts(forest, trace)) {
      if (kind === 'hedge') continue;
      const [first = 0] = attempts;
      const key = edgeKey(services[first] ?? 0, operations[first] ?? 0, peer);
      const seen = pairs.get(key) ?? { retried: 0, failedAgain: 0 };
      pairs.set(key, seen);
      for (const [i, attempt] of attempts.entries()) {
        if (i === 0 || statuses[attempts[i - 1] ?? 0] !== ERROR) continue;
        seen.retried += 1;
        if (statuses[attempt] === ERROR) seen.failedAgain += 1;
      }
    }
  }
  return amplifications(forest).map(({ caller, operation, peer, calls, attempts }) => ({
    caller: names[caller] ?? '',
    callee: peer,
    operation: names[operation] ?? '',
    calls,
    attempts,
    ...(pairs.get(edgeKey(caller, operation, peer)) ?? { retried: 0, failedAgain: 0 }),
  }));
}

function edgeKey(caller: number, operation: number, peer: string): string {
  return `${caller} ${operation} ${peer}`;
}

const ERROR = SPAN_STATUSES.indexOf('Error');
