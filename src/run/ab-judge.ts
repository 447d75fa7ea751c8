import { AbWatch, type AbJudgement } from '../compare/index.ts';
import {
  formatDuration,
  HarnessError,
  invariant,
  NS_PER_SEC,
  systemClock,
  type Clock,
  type Ns,
} from '../core/index.ts';
import type { PhaseSpec, PlannedScenario } from '../scenario/index.ts';
import { scheduleOf } from '../schedule/index.ts';
import { abPhases } from './ab-phases.ts';
import type { LoadJudge } from './load-judge.ts';
import { abortJudge } from './threshold-judge.ts';

export interface AbJudgeOptions {
  /** Most time to measure; undefined for three times what the scenario measures. */
  readonly atMostNs: Ns | undefined;
  /** Hears of every second what those before it say of the two versions. */
  readonly onJudgement: (judgement: AbJudgement) => void;
  /** By which a look at thresholds that end the load is timed; absent for the system's. */
  readonly clock?: Clock;
}

/** No load ends before so many seconds were judged: what is seen in the first few may pass. */
const SECONDS_MIN = 10;
const AT_MOST_TIMES = 3;

/**
 * Returns what ends the load of an A/B run once the seconds so far decide it, in its last phase,
 * and lets that go on to a bound where they do not; or once a threshold that aborts has failed.
 * @throws USAGE_INVALID for a bound below what the scenario measures
 */
export function abJudge(scenario: PlannedScenario, options: AbJudgeOptions): LoadJudge {
  const { ab, load } = scenario;
  invariant(ab !== undefined, 'the scenario measures two versions');
  const phases = abPhases(load);
  const { steps, limits } = ab;
  const watch = new AbWatch({ ...limits, steps, phases });
  const lastFromNs = scheduleOf(scenario).phases.at(-1)?.fromNs ?? 0;
  const canEnd = phases.includes(load.at(-1)?.name ?? '');
  const extendNs = extensionNs(load, phases, options.atMostNs);
  const aborting = abortJudge(scenario, options.clock ?? systemClock(), extendNs);
  return {
    extendNs,
    boundReason: 'the two versions are not decided',
    second: (slice) => {
      const aborted = aborting?.second(slice);
      const judgement = watch.add(slice);
      options.onJudgement(judgement);
      const { decided, seconds, verdict } = judgement;
      const isLast = canEnd && slice.second * NS_PER_SEC >= lastFromNs;
      if (!decided || !isLast || seconds < SECONDS_MIN) return aborted;
      return { kind: 'decided', reason: `B against A is decided: ${verdict}` };
    },
  };
}

/** What is bounded otherwise, by a list or a number of iterations or rows, is not made longer. */
function extensionNs(
  load: readonly PhaseSpec[],
  phases: readonly string[],
  atMostNs: Ns | undefined,
): Ns {
  const measuredNs = load.reduce(
    (sum, { name, durationNs }) => (phases.includes(name) ? sum + durationNs : sum),
    0,
  );
  const last = load.at(-1);
  if (atMostNs !== undefined && atMostNs < measuredNs) {
    const planned = formatDuration(measuredNs);
    throw new HarnessError(
      'USAGE_INVALID',
      `--at-most must be at least the ${planned} that the scenario measures, got ${formatDuration(atMostNs)}`,
      {
        hint: `Write --at-most ${Math.ceil(measuredNs / NS_PER_SEC)}s, or shorten the phases: a decided load ends early.`,
      },
    );
  }
  const isBounded =
    last?.replay !== undefined ||
    last?.rowsEnd !== undefined ||
    Number.isFinite(last?.users?.iterations ?? Infinity);
  if (last === undefined || isBounded || !phases.includes(last.name)) return 0;
  return (atMostNs ?? AT_MOST_TIMES * measuredNs) - measuredNs;
}
