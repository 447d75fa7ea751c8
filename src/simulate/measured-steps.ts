import { invariant, type Outcome, type StatusNames } from '../core/index.ts';
import type { StepSpec } from '../scenario/index.ts';
import { AnswerPool } from './answer-pool.ts';
import {
  attemptsBySecond,
  type MeasuredNumbers,
  type SecondOfAttempts,
} from './measured-attempts.ts';
import { Weighted } from './weighted.ts';

/** What attempts of a step are drawn from in one second. */
export interface PoolAt {
  readonly answers: AnswerPool;
  /** Statuses that the step accepts, and those that it does not. */
  readonly accepted: Weighted<number>;
  readonly refused: Weighted<number>;
  /** The run had no attempt of the step in this stretch: they are those of the nearest seconds. */
  readonly isBorrowed: boolean;
}

/** So many attempts tell what a second was like; where there are fewer, seconds beside it help. */
const ENOUGH = 100;

/** What the attempts of steps were around each second of a run; computed as it is asked for. */
export class MeasuredSteps {
  readonly #numbers: MeasuredNumbers;
  readonly #steps: readonly StepSpec[];
  readonly #bySecond: ReturnType<typeof attemptsBySecond>;
  readonly #pools: readonly Map<number, PoolAt>[];
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
    return {
      answers: new AnswerPool(chosen.flatMap(({ ended }) => ended)),
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
