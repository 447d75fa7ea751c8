import { ERROR_OUTCOMES, NS_PER_SEC, type Ns, TIMED_OUTCOMES, countOf } from '../core/index.ts';
import { summarizeAnswered, type SecondBySecond } from './call-summary.ts';
import { summarizeClock } from './clock-summary.ts';
import type { EdgeAnalysis } from './run-analysis.ts';
import type { EdgeAttempts } from './sources.ts';

/** The harness's own name as a caller; its spans carry it as `service.name`. */
const HARNESS = 'callgauge';

/**
 * Returns the edges that callgauge itself calls, one per target and step, from histograms of healthy
 * seconds: every call is in them, kept span or not. Timed-out attempts are censored, not left out;
 * answers that failed a check took as long as they took.
 */
export function harnessEdges(
  { slices, stratumOf }: SecondBySecond,
  healthyNs: Ns,
): readonly EdgeAnalysis[] {
  const service = slices.filter((s) => s.clock === 'service');
  const groups = Map.groupBy(service, (s) => JSON.stringify([s.target, s.step]));
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, parts]) => {
      const attempt = summarizeAnswered(parts, { slices: parts, stratumOf });
      // A failure that is in the distribution is not counted a second time.
      const failures = parts.filter(
        (p) => ERROR_OUTCOMES.has(p.outcome) && !TIMED_OUTCOMES.has(p.outcome),
      );
      return {
        kind: 'harness',
        caller: HARNESS,
        callee: parts[0]?.target ?? '',
        operation: parts[0]?.step ?? '',
        failed: failures.reduce((sum, p) => sum + countOf(p), 0),
        ratePerSec: ratePerSec(attempt.n, healthyNs),
        attempt,
      };
    });
}

/**
 * Returns the edge between two services, from the spans that began in `healthyNs` of time. They are
 * read merged over time, so that calls slow together cannot be told: the interval takes them as
 * independent.
 */
export function serviceEdge(edge: EdgeAttempts, healthyNs: Ns): EdgeAnalysis {
  const attempt = summarizeClock({ exact: edge.ok, censored: edge.cutOff });
  return {
    kind: 'service',
    caller: edge.caller,
    callee: edge.callee,
    operation: edge.operation,
    failed: edge.failed,
    ratePerSec: ratePerSec(attempt.n, healthyNs),
    attempt,
  };
}

function ratePerSec(n: number, overNs: Ns): number {
  return overNs === 0 ? 0 : (n / overNs) * NS_PER_SEC;
}
