import { ERROR_OUTCOMES, NS_PER_SEC, type Ns, TIMED_OUTCOMES, countOf } from '../core/index.ts';
import { loadOf } from './call-load.ts';
import { summarizeAnswered, targetLoadsOf, type SecondBySecond } from './call-summary.ts';
import { summarizeClock } from './clock-summary.ts';
import { dependence } from './effective-sample-size.ts';
import { mergeHistograms } from './sparse-histogram.ts';
import type { SecondOfCalls } from './variance-ratio.ts';
import type { EdgeAnalysis } from './run-analysis.ts';
import type { EdgeAttempts } from '../spans/index.ts';

/** The harness's own name as a caller; its spans carry it as `service.name`. */
const HARNESS = 'callgauge';

/**
 * Returns the edges that callgauge itself calls, one per target and step, from histograms of
 * healthy seconds: every call is in them, kept span or not. Timed-out attempts are censored, not
 * left out; answers that failed a check took as long as they took.
 */
export function harnessEdges(
  { slices, stratumOf }: SecondBySecond,
  healthyNs: Ns,
): readonly EdgeAnalysis[] {
  const service = slices.filter((s) => s.clock === 'service');
  const loads = new Map(
    [...Map.groupBy(service, (s) => s.target)].map(([target, all]) => [target, targetLoadsOf(all)]),
  );
  const groups = Map.groupBy(service, (s) => JSON.stringify([s.target, s.step]));
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, parts]) => {
      const targetLoads = loads.get(parts[0]?.target ?? '');
      const attempt = summarizeAnswered(parts, {
        slices: parts,
        stratumOf,
        ...(targetLoads && { targetLoads }),
      });
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
 * Returns the edges between services, from the spans that began in `healthyNs` of time. Attempts
 * on the same callee may wait in the same queue.
 */
export function serviceEdgesOf(
  edges: readonly EdgeAttempts[],
  { healthyNs, stratumOf }: { healthyNs: Ns; stratumOf: (second: number) => string },
): readonly EdgeAnalysis[] {
  const seconds = new Map(edges.map((edge) => [edge, timedSeconds(edge)]));
  const loads = new Map(
    [...Map.groupBy(edges, (edge) => edge.callee)].map(([callee, all]) => [
      callee,
      loadOf(all.flatMap((edge) => seconds.get(edge) ?? [])),
    ]),
  );
  return edges.map((edge) => {
    const { caller, callee, operation, failed } = edge;
    const exact = mergeHistograms(edge.seconds.map((s) => s.ok));
    const censored = mergeHistograms(edge.seconds.map((s) => s.cutOff));
    const targetLoad = loads.get(callee);
    const attempt = summarizeClock(
      { exact, censored },
      dependence({ own: seconds.get(edge) ?? [], stratumOf, ...(targetLoad && { targetLoad }) }),
    );
    const rate = ratePerSec(attempt.n, healthyNs);
    return { kind: 'service', caller, callee, operation, failed, ratePerSec: rate, attempt };
  });
}

function timedSeconds({ seconds }: EdgeAttempts): readonly SecondOfCalls[] {
  return seconds.flatMap(({ second, ok, cutOff }) => [
    { second, ...ok },
    { second, ...cutOff },
  ]);
}

function ratePerSec(n: number, overNs: Ns): number {
  return overNs === 0 ? 0 : (n / overNs) * NS_PER_SEC;
}
