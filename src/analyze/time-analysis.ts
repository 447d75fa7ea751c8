import { NS_PER_SEC, type Ns } from '../core/index.ts';
import type { AttemptsInTime, EdgeAttempts, FailedAttempts } from '../spans/index.ts';
import { serviceEdgesOf } from './edge-analysis.ts';
import type { EdgeAnalysis } from './run-analysis.ts';

/** What the spans of a time show of the calls between services. */
export interface TimeAnalysis {
  readonly edges: readonly EdgeAnalysis[];
  readonly edgeErrors: readonly FailedAttempts[];
  /** From the second of the first attempt to the end of that of the last. */
  readonly seenNs: Ns;
  /** Attempts with a time, and those that failed otherwise. */
  readonly attempts: number;
}

/**
 * Returns the edges of a time, calls that their callers' spans show before those that the servers'
 * alone do. All of the time counts: whether a fault was in it is not known.
 */
export function analyzeTime({ edges, served, failures, ratio }: AttemptsInTime): TimeAnalysis {
  const seenNs = seenTimeOf([...edges, ...served]);
  const time = { healthyNs: seenNs, stratumOf: (): string => 'time', ratio };
  const called = serviceEdgesOf(edges, time);
  const known = new Set(edges.map(keyOf));
  // Between two services of which the caller's spans are there, those of servers alone were lost.
  const others = serviceEdgesOf(
    served.filter((edge) => !known.has(keyOf(edge))),
    time,
  );
  const all = [...called, ...others.map((edge) => ({ ...edge, byServer: true as const }))];
  const attempts = all.reduce((sum, edge) => sum + edge.attempt.n + edge.failed, 0);
  return { edges: all, edgeErrors: failures, seenNs, attempts };
}

function keyOf({ caller, callee }: EdgeAttempts): string {
  return JSON.stringify([caller, callee]);
}

function seenTimeOf(edges: readonly EdgeAttempts[]): Ns {
  let [first, last] = [Infinity, -Infinity];
  for (const { seconds } of edges) {
    for (const { second } of seconds) {
      first = Math.min(first, second);
      last = Math.max(last, second);
    }
  }
  return last < first ? 0 : (last - first + 1) * NS_PER_SEC;
}
