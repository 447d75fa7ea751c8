import {
  CANCELLED,
  CHECK,
  type Clock,
  FALLBACK,
  type Ns,
  NS_PER_MS,
  OK,
  type OutcomeCode,
  REJECTED,
  type Timer,
} from '../core/index.ts';
import type { Recorder } from '../record/index.ts';
import { endUnsent, type LiveCall } from './live-call.ts';
import type { PolicyState } from './policy-state.ts';
import type { RunPlan } from './run-plan.ts';

export interface CallEndsParts {
  readonly clock: Clock;
  readonly plan: RunPlan;
  readonly recorder: Recorder;
  /** Lets the captures of a call's step read a body. Returns '', or what they lack in it. */
  readonly capture: (call: LiveCall, body: string) => string;
  /** The call is over and recorded. */
  readonly over: (call: LiveCall) => void;
}

/**
 * So much later a call that was refused is over. Refusing takes no time: a user who calls again at
 * once would be refused for ever in one turn of the loop.
 */
const REFUSED_PAUSE_NS: Ns = NS_PER_MS;

/**
 * Ends calls with a policy of which no attempt was made, and puts fallbacks in place of failures.
 */
export class CallEnds {
  readonly #parts: CallEndsParts;
  #refused: { readonly call: LiveCall; readonly policy: PolicyState }[] = [];
  #timer: Timer | undefined;

  constructor(parts: CallEndsParts) {
    this.#parts = parts;
  }

  /** Refuses a call. It is over soon, and not yet. */
  refuse(call: LiveCall, policy: PolicyState, error: string): void {
    call.error = error;
    this.#refused.push({ call, policy });
    this.#timer ??= this.#parts.clock.after(REFUSED_PAUSE_NS, () => this.endRefused());
  }

  /** Ends those that were refused. */
  endRefused(): void {
    const refused = this.#refused;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#refused = [];
    const nowNs = this.#parts.clock.nowNs();
    for (const { call, policy } of refused) this.end(call, policy, REJECTED, call.error, nowNs);
  }

  /** Ends a call that has made no attempt. */
  end(call: LiveCall, policy: PolicyState, outcome: OutcomeCode, error: string, endNs: Ns): void {
    endUnsent(call, outcome, error, endNs);
    // Its span has the number of the attempt that was not made.
    call.spanSeq = call.callSeq * this.#parts.plan.attemptsMax;
    this.fallBack(call, policy);
    this.#parts.recorder.recordCall(call, [], undefined);
    this.#parts.over(call);
  }

  /** Puts the policy's own answer in the place of a failure. */
  fallBack(call: LiveCall, { spec }: PolicyState): void {
    const { fallback } = spec;
    const { outcome, phaseIndex, stepIndex } = call;
    if (fallback === undefined || outcome === OK || outcome === CANCELLED) return;
    const { capture, recorder } = this.#parts;
    const problem = capture(call, fallback.body);
    call.status = fallback.status;
    if (problem === '') {
      recorder.policyDid('fallbacks', phaseIndex, stepIndex);
      call.outcome = FALLBACK;
      call.error = '';
    } else {
      call.outcome = CHECK;
      call.error = `fallback: ${problem}`;
    }
  }
}
