import { invariant, type Outcome, OUTCOMES } from '../core/index.ts';
import type { EngineResult } from '../engine/index.ts';

/** Returns what became of a run's arrivals, out of what became of each worker's. */
export function mergedResult(results: readonly EngineResult[]): EngineResult {
  const [first] = results;
  invariant(first !== undefined, 'a run has a worker');
  const sum = (of: (result: EngineResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const last = (of: (result: EngineResult) => number): number => Math.max(...results.map(of));
  return {
    arrivals: sum((result) => result.arrivals),
    attempts: sum((result) => result.attempts),
    finished: Object.fromEntries(
      OUTCOMES.map((outcome) => [outcome, sum((result) => result.finished[outcome])]),
    ) as Record<Outcome, number>,
    abandonedSteps: sum((result) => result.abandonedSteps),
    phases: first.phases.map((phase, i) => ({
      ...phase,
      toNs: last((result) => result.phases[i]?.toNs ?? phase.toNs),
    })),
    endedNs: last((result) => result.endedNs),
    stopped: results.some((result) => result.stopped),
  };
}
