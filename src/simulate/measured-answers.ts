import {
  CHECK,
  drawAt,
  hashText,
  invariant,
  type Ns,
  NO_STATUS,
  NS_PER_SEC,
  OUTCOMES,
  type OutcomeCode,
  STATUS,
  TIMEOUT,
  TRANSPORT,
} from '../core/index.ts';
import type { LiveCall } from '../engine/index.ts';
import type { StepSpec } from '../scenario/index.ts';
import { BOUND_SLACK_RATIO, type DrawnEnd } from './answer-pool.ts';
import { type FailsAgain, MeasuredSteps, type PoolAt } from './measured-steps.ts';
import type { MeasuredNumbers } from './measured-attempts.ts';
import type { Answer } from './modelled-driver.ts';

export interface MeasuredAnswersParts {
  readonly numbers: MeasuredNumbers;
  readonly seed: number;
  /** The steps that are simulated, by the number that a call carries. */
  readonly steps: readonly StepSpec[];
}

/** What the model was asked of one step. */
export interface StepDraws {
  readonly step: string;
  attempts: number;
  /** Attempts that the run had cut off, and that have more time here: they never answer. */
  unknown: number;
  /** The shortest time after which nothing is known of some; Infinity for none. */
  unknownFromNs: Ns;
  /** Attempts in stretches in which the run had none: they have those of the nearest seconds. */
  borrowed: number;
  /** Attempts that began in each second. */
  readonly bySecond: Map<number, number>;
}

/** More than any policy makes attempts of a call. */
const ATTEMPTS_MAX = 256;
/** What draws are for; each its own sequence. */
const PURPOSES = Array.from({ length: 32 }, (_, draw) => hashText(`answer ${draw}`));
const STATUS_PURPOSE = hashText('status');
const REASON_PURPOSE = hashText('reason');

/**
 * Answers as the attempts of a run were: an attempt that begins in second t ends as one of those
 * that the run made of the same step around second t, drawn with equal chance. A first attempt
 * begins when it was to start, as the run's histograms have it; each further one when it is sent.
 *
 * Draws are keyed by the attempt of the call: two policies meet the same first attempts, and the
 * order in which calls end changes nothing. Where the run retried, retries fail as often, beside
 * first attempts, as they did there. Else attempts are independent: what sticks to a request, so
 * that a second attempt fails as the first did, is not in a run without retries.
 */
export class MeasuredAnswers {
  readonly draws: readonly StepDraws[];
  readonly #seed: number;
  readonly #steps: readonly StepSpec[];
  readonly #measured: MeasuredSteps;

  constructor({ numbers, seed, steps }: MeasuredAnswersParts) {
    this.#seed = seed;
    this.#steps = steps;
    this.#measured = new MeasuredSteps(numbers, steps);
    this.draws = steps.map(({ name }) => ({
      step: name,
      attempts: 0,
      unknown: 0,
      unknownFromNs: Infinity,
      borrowed: 0,
      bySecond: new Map<number, number>(),
    }));
  }

  /** Returns how often retries of a step fail; undefined where the run does not tell. */
  failsAgain(stepIndex: number): FailsAgain | undefined {
    return this.#measured.failsAgain(stepIndex);
  }

  answer(call: LiveCall, sentNs: Ns): Answer {
    const spec = this.#steps[call.stepIndex];
    const draws = this.draws[call.stepIndex];
    invariant(spec !== undefined && draws !== undefined, 'a call is of one of the steps');
    const second = Math.floor((call.attempt > 1 ? sentNs : call.intendedNs) / NS_PER_SEC);
    const pool = this.#measured.poolAt(call.stepIndex, second);
    draws.attempts++;
    draws.bySecond.set(second, (draws.bySecond.get(second) ?? 0) + 1);
    if (pool.isBorrowed) draws.borrowed++;
    const key = call.callSeq * ATTEMPTS_MAX + call.attempt;
    const uniform = (draw: number): number => this.#drawn(draw, key);
    const isRetry = call.attemptOf?.isRetry ?? false;
    const failing = this.#measured.failing(call.stepIndex, pool, isRetry);
    const end = pool.answers.draw(uniform, failing);
    const boundNs = Math.min(spec.timeoutNs, call.deadlineNs - sentNs);
    if (end.isCutOff && boundNs > end.tookNs * (1 + BOUND_SLACK_RATIO)) {
      draws.unknown++;
      draws.unknownFromNs = Math.min(draws.unknownFromNs, end.tookNs);
    }
    if (end.isCutOff || end.tookNs > spec.timeoutNs) {
      return { atNs: sentNs + spec.timeoutNs, outcome: TIMEOUT };
    }
    return this.#ended(end, { pool, key, stepIndex: call.stepIndex, sentNs });
  }

  #ended(
    { outcome, tookNs, isUnsent }: DrawnEnd,
    of: {
      readonly pool: PoolAt;
      readonly key: number;
      readonly stepIndex: number;
      readonly sentNs: Ns;
    },
  ): Answer {
    const { pool, key, stepIndex, sentNs } = of;
    const hasReason = outcome === TRANSPORT || outcome === CHECK;
    const reasons = hasReason ? this.#measured.reasons(stepIndex, OUTCOMES[outcome]) : undefined;
    return {
      atNs: sentNs + tookNs,
      outcome,
      isUnsent,
      status: this.#statusOf(outcome, pool, key),
      error: reasons?.draw(drawAt(this.#seed, REASON_PURPOSE, key)) ?? '',
    };
  }

  #statusOf(outcome: OutcomeCode, { accepted, refused }: PoolAt, key: number): number {
    if (outcome === TRANSPORT) return NO_STATUS;
    const among = outcome === STATUS ? refused : accepted;
    return among.draw(drawAt(this.#seed, STATUS_PURPOSE, key)) ?? NO_STATUS;
  }

  #drawn(draw: number, key: number): number {
    return drawAt(this.#seed, PURPOSES[draw % PURPOSES.length] ?? 0, key);
  }
}
