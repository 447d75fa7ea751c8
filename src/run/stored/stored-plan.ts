import { statusName } from '../../core/index.ts';
import type { AbSpec } from '../../scenario/ab/index.ts';
import type { PhaseSpec, Scenario, StepSpec, ThresholdSpec } from '../../scenario/index.ts';
import { arrivalsPerPhase, scheduleOf } from '../../schedule/index.ts';
import { policyText } from './policy-text.ts';

/**
 * What a stored run was to do, as data: all that its report, its replay and a comparison with
 * another run need of its scenario. The scenario's text is stored beside it, for people.
 */
export interface StoredPlan {
  readonly seed: number;
  /** Without the lists of its replays: the store does not hold them. */
  readonly load: readonly PhaseSpec[];
  readonly thresholds: readonly ThresholdSpec[];
  /** The tags of steps that have some, by the step's name. */
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The statuses that count as ok, for people, by the step's name; empty for old plans. */
  readonly okStatuses: ReadonlyMap<string, string>;
  /**
   * How many arrivals each open phase has, by the phase's name. Replays are left out, and so are
   * the probes of a search, which are decided while it runs; empty for more than five million.
   */
  readonly wantedArrivals: Readonly<Record<string, number>>;
  /** As the scenario writes them: a reference in a URL is not resolved. */
  readonly targets: readonly PlannedTarget[];
  /** Of the steps that have one, by the step's name; empty for old plans. */
  readonly policies: ReadonlyMap<string, PlannedPolicy>;
  /** Of a run that measures two versions of a target. */
  readonly ab?: AbSpec;
}

export interface PlannedTarget {
  readonly name: string;
  readonly url: string;
  readonly protocol: string;
  /** Further ones, the url being the first; absent for none. */
  readonly endpoints?: readonly string[];
}

/** What is done about calls that are slow or fail. */
export interface PlannedPolicy {
  readonly name: string;
  /** For people: `2.00 s in all; 3 attempts on connect, 503, retries at most 20% and 10/s`. */
  readonly text: string;
}

type Planned = Pick<Scenario, 'seed' | 'load' | 'thresholds' | 'flows' | 'targets' | 'ab'>;

/** Returns the plan of a scenario, whether or not its replays are read. */
export function planOf({ seed, thresholds, flows, targets, ab, ...scenario }: Planned): StoredPlan {
  const load = scenario.load.map(withoutList);
  const replays = new Set(load.filter((phase) => phase.replay).map((phase) => phase.name));
  const counts = Object.entries(arrivalsPerPhase(scheduleOf({ seed, load })));
  const steps = flows.flatMap((flow) => flow.steps);
  return {
    seed,
    load,
    thresholds,
    tags: new Map(steps.flatMap(({ name, tags }) => (tags ? [[name, tags] as const] : []))),
    okStatuses: new Map(steps.map((step) => [step.name, okStatusesText(step)])),
    wantedArrivals: Object.fromEntries(counts.filter(([phase]) => !replays.has(phase))),
    targets: targets.map(({ name, url, protocol = 'http1', endpoints }) => ({
      name,
      url,
      protocol,
      ...(endpoints && { endpoints }),
    })),
    policies: new Map(
      steps.flatMap(({ name, policy, statusNames }) => {
        if (!policy) return [];
        return [[name, { name: policy.name, text: policyText(policy, statusNames) }] as const];
      }),
    ),
    ...(ab && { ab }),
  };
}

/** Whole classes of HTTP as such: 200 to 399 is `2xx, 3xx`. */
function okStatusesText({ okStatuses, statusNames }: StepSpec): string {
  const texts = okStatuses.flatMap(({ from, to }) => {
    if (from === to) return [statusName(from, statusNames)];
    const classes = (to + 1 - from) / 100;
    if (from % 100 !== 0 || !Number.isInteger(classes)) return [`${from} to ${to}`];
    return Array.from({ length: classes }, (_, i) => `${from / 100 + i}xx`);
  });
  return texts.join(', ');
}

function withoutList(phase: PhaseSpec): PhaseSpec {
  if (!phase.replay) return phase;
  const { source, speed, durationNsMax } = phase.replay;
  return { ...phase, replay: { source, speed, durationNsMax } };
}
