import {
  type CounterSlice,
  countOf,
  ERROR_OUTCOMES,
  NS_PER_SEC,
  type Ns,
  type Ratio,
  TIMED_OUTCOMES,
} from '../core/index.ts';
import { loadOf, type CallLoad } from './call-load.ts';
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
 * left out; answers that failed a check took as long as they took. `counters` are those of the
 * healthy seconds, by step.
 */
export function harnessEdges(
  { slices, stratumOf }: SecondBySecond,
  healthyNs: Ns,
  counters: readonly CounterSlice[],
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
        ...retriesOf(parts, counters),
        ratePerSec: ratePerSec(attempt.n, healthyNs),
        attempt,
      };
    });
}

/** Of a step without a policy there is nothing to tell apart. */
function retriesOf(
  parts: SecondBySecond['slices'],
  counters: readonly CounterSlice[],
): Pick<EdgeAnalysis, 'retries' | 'cancelled'> {
  const own = counters.filter(({ step }) => step === parts[0]?.step);
  if (own.length === 0) return {};
  const retries = own.filter(({ counter }) => counter === 'retries');
  const cancelled = parts.filter(({ outcome }) => outcome === 'cancelled');
  return {
    retries: retries.reduce((sum, { value }) => sum + value, 0),
    cancelled: cancelled.reduce((sum, part) => sum + countOf(part), 0),
  };
}

/** In what time the attempts on edges were made. */
export interface AttemptTime {
  readonly healthyNs: Ns;
  readonly stratumOf: (second: number) => string;
  /** The share of the attempts that there are; absent: all. */
  readonly ratio?: Ratio;
}

/**
 * Returns the edges between services, from the spans that began in `healthyNs` of time. Attempts
 * on the same callee may wait in the same queue, also those that were not read.
 */
export function serviceEdgesOf(
  edges: readonly EdgeAttempts[],
  { healthyNs, stratumOf, ratio = 1 }: AttemptTime,
): readonly EdgeAnalysis[] {
  const seconds = new Map(edges.map((edge) => [edge, timedSeconds(edge)]));
  const loads = new Map(
    [...Map.groupBy(edges, (edge) => edge.callee)].map(([callee, all]) => [
      callee,
      timesMore(loadOf(all.flatMap((edge) => seconds.get(edge) ?? [])), 1 / ratio),
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
    const rate = ratePerSec(attempt.n / ratio, healthyNs);
    return { kind: 'service', caller, callee, operation, failed, ratePerSec: rate, attempt };
  });
}

function timesMore(load: CallLoad, times: Ratio): CallLoad {
  return { ...load, n: load.n * times };
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
