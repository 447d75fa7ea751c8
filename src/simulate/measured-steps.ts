import { invariant, type Outcome, type Ratio, type StatusNames } from '../core/index.ts';
import type { StepSpec } from '../scenario/index.ts';
import { AnswerPool } from './answer-pool.ts';
import {
  attemptsBySecond,
  type MeasuredNumbers,
  type RetryCounts,
  retriesOf,
  type SecondOfAttempts,
} from './measured-attempts.ts';
import { Weighted } from './weighted.ts';

/** What attempts of a step are drawn from in one second. */
export interface PoolAt {
  readonly answers: AnswerPool;
  /** Statuses that the step accepts, and those that it does not. */
  readonly accepted: Weighted<number>;
  readonly refused: Weighted<number>;
  /** How many of those attempts that were no retries failed. */
  readonly firstFails: Ratio;
  /** The run had no attempt of the step in this stretch: they are those of the nearest seconds. */
  readonly isBorrowed: boolean;
}

/** So many attempts tell what a second was like; where there are fewer, seconds beside it help. */
const ENOUGH = 100;

/** How often the retries of a step fail, beside first attempts of the same seconds. */
export interface FailsAgain extends RetryCounts {
  /** What independent attempts would have made of it. */
  readonly byChance: Ratio;
  /** What was seen, so many retries of that held against it. */
  readonly ratio: Ratio;
}

/**
 * Retries that failed as often as first attempts do are held against those of the run: a few show
 * little of whether failures stick to a call.
 */
const PRIOR_RETRIES = 20;

/** What the attempts of steps were around each second of a run; computed as it is asked for. */
export class MeasuredSteps {
  readonly #numbers: MeasuredNumbers;
  readonly #steps: readonly StepSpec[];
  readonly #bySecond: ReturnType<typeof attemptsBySecond>;
  readonly #pools: readonly Map<number, PoolAt>[];
  readonly #again: (FailsAgain | 'unknown' | undefined)[] = [];
  readonly #reasons = new Map<string, Weighted<string>>();
  readonly #stretches = new Map<number, string>();

  constructor(numbers: MeasuredNumbers, steps: readonly StepSpec[]) {
    this.#numbers = numbers;
    this.#steps = steps;
    this.#bySecond = attemptsBySecond(numbers);
    this.#pools = steps.map(() => new Map<number, PoolAt>());
  }

  poolAt(stepIndex: number, second: number): PoolAt {
    const pools = this.#pools[stepIndex];
    const spec = this.#steps[stepIndex];
    invariant(pools !== undefined && spec !== undefined, 'a call is of one of the steps');
    // All seconds past the end of the run are alike.
    const known = Math.min(second, this.#numbers.endSecond);
    const before = pools.get(known);
    if (before !== undefined) return before;
    const pool = this.#newPool(spec, known);
    pools.set(known, pool);
    return pool;
  }

  /**
   * Returns how likely an attempt of a step fails; undefined where the run does not tell first
   * attempts from retries.
   */
  failing(stepIndex: number, { firstFails }: PoolAt, isRetry: boolean): Ratio | undefined {
    const again = this.failsAgain(stepIndex);
    if (again === undefined) return undefined;
    if (!isRetry) return firstFails;
    const { ratio, byChance } = again;
    // What sticks is a share of the calls that failed; where retries do better, it is by a factor.
    if (ratio < byChance) return firstFails * (ratio / byChance);
    const sticking = byChance === 1 ? 0 : (ratio - byChance) / (1 - byChance);
    return firstFails + sticking * (1 - firstFails);
  }

  /**
   * Returns how often retries of a step failed; undefined where none is known to have failed: the
   * run made none, or is older than that they are counted.
   */
  failsAgain(stepIndex: number): FailsAgain | undefined {
    const known = (this.#again[stepIndex] ??= this.#fitted(stepIndex) ?? 'unknown');
    return known === 'unknown' ? undefined : known;
  }

  #fitted(stepIndex: number): FailsAgain | undefined {
    const seconds = this.#bySecond.get(this.#steps[stepIndex]?.name ?? '');
    const all = [...(seconds?.values() ?? [])];
    const { made, failed } = retriesOf(all);
    if (made === 0 || failed === 0) return undefined;
    const retried = all.filter(({ retries }) => retries.made > 0);
    const byChance =
      retried.reduce(
        (sum, { second, retries }) =>
          sum + retries.made * this.poolAt(stepIndex, second).firstFails,
        0,
      ) / made;
    const ratio = Math.min(1, (failed + PRIOR_RETRIES * byChance) / (made + PRIOR_RETRIES));
    return { made, failed, byChance, ratio };
  }

  /** Returns why attempts of a step ended so, over the whole run. */
  reasons(stepIndex: number, outcome: Outcome): Weighted<string> {
    const step = this.#steps[stepIndex]?.name ?? '';
    const key = `${outcome} ${step}`;
    const before = this.#reasons.get(key);
    if (before !== undefined) return before;
    const own = this.#numbers.errors.filter((e) => e.step === step && e.outcome === outcome);
    const reasons = new Weighted(own.map(({ text, count }) => [text, count] as const));
    this.#reasons.set(key, reasons);
    return reasons;
  }

  #newPool(spec: StepSpec, second: number): PoolAt {
    const seconds = this.#bySecond.get(spec.name);
    invariant(seconds !== undefined, `the run had attempts of step ${spec.name}`);
    const all = [...seconds.values()];
    const alike = this.#alike(all, second);
    const isBorrowed = alike.length === 0;
    const isPast = second >= this.#numbers.endSecond && !isBorrowed;
    const chosen = isPast ? alike : nearest(isBorrowed ? all : alike, second);
    const counts = statusesOf(chosen, spec);
    const ofRun = statusesOf(all, spec);
    const answers = new AnswerPool(chosen.flatMap(({ ended }) => ended));
    return {
      answers,
      firstFails: failedFirst(answers, retriesOf(chosen)),
      accepted: counts.accepted.isEmpty ? ofRun.accepted : counts.accepted,
      refused: counts.refused.isEmpty ? ofRun.refused : counts.refused,
      isBorrowed,
    };
  }

  #alike(all: readonly SecondOfAttempts[], second: number): readonly SecondOfAttempts[] {
    const { endSecond, lastSeconds } = this.#numbers;
    if (second >= endSecond) {
      const last = new Set(lastSeconds);
      return all.filter((one) => last.has(one.second));
    }
    const stretch = this.#stretchOf(second);
    return all.filter((one) => this.#stretchOf(one.second) === stretch);
  }

  #stretchOf(second: number): string {
    const known = this.#stretches.get(second) ?? this.#numbers.stretchOf(second);
    this.#stretches.set(second, known);
    return known;
  }
}

/** Counts are of moments that may lie in seconds beside each other. */
function failedFirst({ size, failed }: AnswerPool, retries: RetryCounts): Ratio {
  if (size <= retries.made) return failed / size;
  return Math.min(1, Math.max(0, (failed - retries.failed) / (size - retries.made)));
}

/** Returns a second and as many on both sides of it as are needed for enough attempts. */
function nearest(
  seconds: readonly SecondOfAttempts[],
  second: number,
): readonly SecondOfAttempts[] {
  const byDistance = seconds.toSorted(
    (a, b) => Math.abs(a.second - second) - Math.abs(b.second - second) || a.second - b.second,
  );
  let count = 0;
  let taken = 0;
  let reach = 0;
  for (; taken < byDistance.length; taken++) {
    const one = byDistance[taken];
    if (one === undefined) break;
    const distance = Math.abs(one.second - second);
    // Both sides, or neither: else a second would look like the one before it.
    if (count >= ENOUGH && distance > reach) break;
    reach = distance;
    count += one.count;
  }
  return byDistance.slice(0, taken);
}

function statusesOf(
  seconds: readonly SecondOfAttempts[],
  { okStatuses, statusNames }: StepSpec,
): Pick<PoolAt, 'accepted' | 'refused'> {
  const counts = new Map<number, number>();
  for (const { statuses } of seconds) {
    for (const [name, count] of statuses) {
      const status = statusNumber(name, statusNames);
      counts.set(status, (counts.get(status) ?? 0) + count);
    }
  }
  const isAccepted = (status: number): boolean =>
    okStatuses.some(({ from, to }) => status >= from && status <= to);
  const among = (wanted: boolean): Weighted<number> =>
    new Weighted([...counts].filter(([status]) => isAccepted(status) === wanted));
  return { accepted: among(true), refused: among(false) };
}

function statusNumber(name: string, known: StatusNames | undefined): number {
  const index = known?.names.indexOf(name) ?? -1;
  return index >= 0 ? index : Number(name);
}
