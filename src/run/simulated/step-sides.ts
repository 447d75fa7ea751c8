import { proportionBounds, type StepAnalysis } from '../../analyze/index.ts';
import type { RunReport } from '../../report/index.ts';

type StepSide = NonNullable<NonNullable<RunReport['simulation']>['steps'][number]['simulated']>;

const SHOWN_PERCENTS: readonly number[] = [50, 99, 99.9];
/** Each end of an interval misses so often. */
const ONE_SIDE = 0.025;

/** Returns what the calls of a step were; undefined for none. */
export function stepSide(step: StepAnalysis | undefined): StepSide | undefined {
  if (step === undefined || step.overall.calls === 0) return undefined;
  const { overall, policy } = step;
  const { calls, response } = overall;
  const attempts = policy?.attempts ?? calls;
  return {
    calls,
    success: successOf(overall),
    percentiles: SHOWN_PERCENTS.flatMap(
      (percent) => response.percentiles.find((one) => one.percent === percent) ?? [],
    ),
    attempts,
    attemptsPerCall: attempts / calls,
  };
}

/** Calls that failed in bursts tell as much as there were bursts. */
function successOf({
  calls,
  outcomes,
  errors,
  clumps,
}: StepAnalysis['overall']): StepSide['success'] {
  const n = calls - outcomes.cancelled;
  if (n === 0) return { ratio: 1, lower: 0, upper: 1 };
  const by = clumps?.errors ?? 1;
  const worth = Math.max(1, Math.floor(n / by));
  const fewest = Math.min(worth, Math.floor(errors / by));
  const most = Math.min(worth, Math.ceil(errors / by));
  return {
    ratio: 1 - errors / n,
    lower: 1 - proportionBounds(most, worth, ONE_SIDE).upper,
    upper: 1 - proportionBounds(fewest, worth, ONE_SIDE).lower,
  };
}
