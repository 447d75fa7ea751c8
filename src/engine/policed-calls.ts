import { CANCELLED, type Ns, OK, type OutcomeCode, TIMEOUT } from '../core/index.ts';
import type { PolicyCounter } from '../record/index.ts';
import { attemptFailure, mayRetry, REFUSED } from '../resilience/index.ts';
import { CallEnds, type CallEndsParts } from './call-ends.ts';
import { CallWaits } from './call-waits.ts';
import { endUnsent, type LiveCall } from './live-call.ts';
import { emptied, PolicedAttempt, PolicedCall } from './policed-call.ts';
import type { PolicyState } from './policy-state.ts';
import { asOneCall } from './redirects.ts';
import { isCommitted, isRepeatable } from './repeatable.ts';

export interface PolicedCallsParts extends CallEndsParts {
  /** As that of `AttemptsParts`. */
  readonly judge: (attempt: LiveCall, endpointIndex: number) => number;
  /** Sends an attempt, or lets it wait for a connection. Returns whether it is sent. */
  readonly go: (attempt: LiveCall, endpointIndex: number) => boolean;
  /** Takes an attempt out of those that wait for a connection. Returns whether it was there. */
  readonly withdraw: (attempt: LiveCall, endpointIndex: number) => boolean;
  /** Ends an attempt that is sent, now, where its driver can. */
  readonly cancel: (attempt: LiveCall, endpointIndex: number) => void;
}

const TOTAL_TIMEOUT = 'total timeout';
const GIVEN_UP = 'given up for another attempt';

/**
 * Makes the calls that have a policy. The layers, outermost first:
 *
 *   make ─► rate limit ─► bulkhead ─► attempt: breaker ─► endpoint ─► queue, driver ─► judged
 *             │ refused    │ full       ▲  │ open                                        │
 *             ▼            ▼            │  ▼                        wait ◄── retry? ◄────┤ failed
 *          rejected ◄──────┴────────────┼──┘                         │                   │
 *             │                         └────────────────────────────┘                   ▼
 *             └─► fallback? ─► recorded ─► over ◄──────────────── fallback? ◄─────────────┘
 *
 * Beside an attempt that takes long a hedge is made; what one of them answers is the call's, and
 * the other is given up. A call is recorded once, and each of its attempts once.
 */
export class PolicedCalls {
  /** Attempts that were made. */
  count = 0;
  readonly #parts: PolicedCallsParts;
  readonly #waits: CallWaits<PolicedCall>;
  readonly #ends: CallEnds;
  readonly #freeCalls: PolicedCall[] = [];
  readonly #freeAttempts: PolicedAttempt[] = [];
  #isEnding = false;

  constructor(parts: PolicedCallsParts) {
    this.#parts = parts;
    this.#ends = new CallEnds(parts);
    this.#waits = new CallWaits(parts.clock, (policed, nowNs) => this.#wake(policed, nowNs));
  }

  make(call: LiveCall, policy: PolicyState): void {
    const nowNs = this.#parts.clock.nowNs();
    const { limit, bulkhead } = policy;
    if (limit !== undefined && !limit.take(policy.limitKey(call), nowNs)) {
      this.#count('rate_limited', call);
      this.#ends.refuse(call, policy, 'rate limited');
      return;
    }
    const entry = bulkhead === undefined ? 'in' : bulkhead.enter();
    if (entry === 'in') {
      this.#begin(call, policy, nowNs);
    } else if (entry === 'wait') {
      policy.waiting.push(call);
    } else {
      this.#count('bulkhead_rejected', call);
      this.#ends.refuse(call, policy, 'bulkhead full');
    }
  }

  /** Takes up that a driver has ended an attempt, or that it never was sent. */
  readonly #ended = (attempt: PolicedAttempt, endpointIndex: number): void => {
    const { slot, call: policed } = attempt;
    if (policed === undefined || attempt.isGivenUp) {
      this.#givenUp(attempt);
      return;
    }
    const next = this.#parts.judge(slot, endpointIndex);
    if (next >= 0) {
      this.#send(policed, attempt, next);
      return;
    }
    const { outcome } = slot;
    const nowNs = this.#parts.clock.nowNs();
    if (outcome === TIMEOUT && slot.endNs >= policed.deadlineNs) slot.error = TOTAL_TIMEOUT;
    attempt.isUnderWay = false;
    policed.underWay--;
    attempt.policy.told(attempt, this.#parts.recorder, nowNs);
    if (outcome === OK || outcome === CANCELLED || this.#isEnding) {
      this.#finish(policed, attempt, slot.endNs);
      return;
    }
    if (attempt.isRetry) this.#count('failed_retries', policed.call);
    policed.failed = attempt;
    if (this.#mayYetGoWell(policed, attempt, nowNs)) this.#record(attempt);
    else this.#finish(policed, attempt, slot.endNs);
  };

  /** From now on no attempt follows another. */
  end(): void {
    this.#isEnding = true;
  }

  /** Ends the calls of which no attempt is under way as cancelled. */
  cancel(policies: readonly PolicyState[]): void {
    const nowNs = this.#parts.clock.nowNs();
    // First those outside the bulkhead, who would be let in as others leave it.
    for (const policy of policies) {
      for (let call = policy.waiting.shift(); call; call = policy.waiting.shift()) {
        policy.bulkhead?.giveUp();
        this.#ends.end(call, policy, CANCELLED, '', nowNs);
      }
    }
    for (const policed of this.#waits.end()) {
      if (policed.underWay === 0) this.#endWithout(policed, CANCELLED, '', nowNs);
    }
    this.#ends.endRefused();
  }

  #begin(call: LiveCall, policy: PolicyState, nowNs: Ns): void {
    const policed = this.#freeCalls.pop() ?? new PolicedCall(policy);
    policed.begin(call, policy, nowNs);
    policed.keyHash = policy.endpoints.count > 1 ? policy.endpoints.keyOf(call) : 0;
    if (!this.#attempt(policed, false, nowNs)) {
      this.#freeCalls.push(policed);
      this.#leave(policy);
      this.#ends.refuse(call, policy, 'circuit breaker open');
      return;
    }
    policy.budget?.call(nowNs);
    const { hedge } = policy;
    if (hedge === undefined || !isRepeatable(this.#parts.plan, policed)) return;
    hedge.call();
    const hedgeNs = nowNs + hedge.delayNs();
    if (hedgeNs >= policed.deadlineNs || hedgeNs === Infinity) return;
    policed.hedgeNs = hedgeNs;
    this.#waits.watch(policed, hedgeNs);
  }

  /** Makes an attempt. Returns false where the breaker refuses it. */
  #attempt(policed: PolicedCall, isHedge: boolean, nowNs: Ns): boolean {
    const { policy, call } = policed;
    const { breaker, endpoints } = policy;
    const ticket = breaker === undefined ? REFUSED : breaker.allow(nowNs);
    if (breaker !== undefined && ticket === REFUSED) {
      this.#count('breaker_rejected', call);
      return false;
    }
    const attempt = this.#freeAttempts.pop() ?? new PolicedAttempt(policy, this.#ended);
    const { slot } = attempt;
    const number = policed.attempts.length + 1;
    attempt.begin(policed, number, isHedge, nowNs);
    attempt.ticket = ticket;
    slot.spanSeq = call.callSeq * this.#parts.plan.attemptsMax + number - 1;
    slot.endpoint = endpoints.take(policed.keyHash, policed.tried, nowNs);
    policed.attempts.push(attempt);
    policed.slots.push(slot);
    policed.underWay++;
    this.count++;
    this.#parts.recorder.attempted(call.phaseIndex, call.stepIndex, slot.endpoint);
    this.#send(policed, attempt, endpoints.firstIndex + slot.endpoint);
    return true;
  }

  /** What waits for a connection is ended by us where the call's time is up. */
  #send(policed: PolicedCall, attempt: PolicedAttempt, endpointIndex: number): void {
    attempt.endpointIndex = endpointIndex;
    const isSent = this.#parts.go(attempt.slot, endpointIndex);
    if (isSent || policed.deadlineNs === Infinity) return;
    policed.expireNs = policed.deadlineNs;
    this.#waits.watch(policed, policed.deadlineNs);
  }

  #wake(policed: PolicedCall, nowNs: Ns): void {
    if (policed.retryNs <= nowNs) {
      policed.retryNs = Infinity;
      this.#retry(policed, nowNs);
      return;
    }
    if (policed.hedgeNs <= nowNs) {
      policed.hedgeNs = Infinity;
      if (policed.underWay > 0 && policed.attempts.length === 1) this.#hedgeIfLate(policed, nowNs);
    }
    if (policed.expireNs <= nowNs) {
      policed.expireNs = Infinity;
      this.#expire(policed);
      return;
    }
    const nextNs = Math.min(policed.retryNs, policed.hedgeNs, policed.expireNs);
    if (nextNs < Infinity) this.#waits.watch(policed, nextNs);
  }

  /**
   * What is late is the answer: an attempt that waits for a connection has none to be late, and one
   * whose answer has begun is not.
   */
  #hedgeIfLate(policed: PolicedCall, nowNs: Ns): void {
    const { policy, slots, deadlineNs } = policed;
    const [first] = slots;
    if (first !== undefined && first.firstByteNs >= 0) return;
    const sentNs = first?.hops?.sentNs ?? first?.sentNs ?? -1;
    const hedgeNs = (sentNs < 0 ? nowNs : sentNs) + (policy.hedge?.delayNs() ?? Infinity);
    if (hedgeNs <= nowNs) this.#hedge(policed, nowNs);
    else if (hedgeNs < deadlineNs) policed.hedgeNs = hedgeNs;
  }

  #hedge(policed: PolicedCall, nowNs: Ns): void {
    const { policy, call, slots } = policed;
    if (policy.hedge?.take() !== true) {
      this.#count('hedges_denied', call);
    } else {
      for (const { endpoint } of slots) policed.tried.push(endpoint);
      if (this.#attempt(policed, true, nowNs)) this.#count('hedges', call);
      else policy.hedge.giveBack();
    }
  }

  /**
   * The time of the call is up. What is sent ends by its driver; here, what still waits for that.
   */
  #expire(policed: PolicedCall): void {
    const { serial, deadlineNs } = policed;
    for (const attempt of [...policed.attempts]) {
      const { slot, endpointIndex } = attempt;
      if (!attempt.isUnderWay || !this.#parts.withdraw(slot, endpointIndex)) continue;
      endUnsent(slot, TIMEOUT, '', deadlineNs);
      this.#ended(attempt, endpointIndex);
      // The call is over, and its objects may be another's by now.
      if (policed.serial !== serial) return;
    }
  }

  /** Returns whether a call may go well though an attempt of it has failed. */
  #mayYetGoWell(policed: PolicedCall, { slot }: PolicedAttempt, nowNs: Ns): boolean {
    const { policy, underWay } = policed;
    const { retry } = policy.spec;
    const failure = attemptFailure(slot.outcome, slot.sentNs >= 0);
    if (failure === undefined) return false;
    const isRetried =
      retry !== undefined &&
      mayRetry(retry.on, failure, slot.status, isRepeatable(this.#parts.plan, policed));
    if (underWay > 0) return retry === undefined || isRetried;
    if (failure !== 'status' && isCommitted(this.#parts.plan, slot)) return false;
    if (!isRetried || policed.retries + 1 >= retry.attempts) return false;
    if (nowNs >= policed.deadlineNs) return false;
    if (policy.breaker?.state(nowNs) === 'open') {
      this.#count('breaker_rejected', policed.call);
      return false;
    }
    if (policy.budget?.take(nowNs) === false) {
      this.#count('retries_denied', policed.call);
      return false;
    }
    policed.retries++;
    policed.hedgeNs = Infinity;
    const waitNs = policy.backoff?.waitNs(policed.retries) ?? 0;
    policed.retryNs = Math.min(nowNs + waitNs, policed.deadlineNs);
    this.#waits.watch(policed, policed.retryNs);
    return true;
  }

  #retry(policed: PolicedCall, nowNs: Ns): void {
    const { policy, call, failed, deadlineNs } = policed;
    if (nowNs >= deadlineNs) {
      this.#endWithout(policed, TIMEOUT, TOTAL_TIMEOUT, deadlineNs);
      return;
    }
    const isElsewhere = policy.spec.retry?.otherEndpoint === true;
    if (!isElsewhere) emptied(policed.tried);
    else if (failed !== undefined) policed.tried.push(failed.slot.endpoint);
    if (this.#attempt(policed, false, nowNs)) {
      this.#count('retries', call);
      return;
    }
    policy.budget?.giveBack(nowNs);
    if (failed !== undefined) this.#finish(policed, failed, nowNs);
  }

  /** The call ends as an attempt of it has. */
  #finish(policed: PolicedCall, attempt: PolicedAttempt, endNs: Ns): void {
    const { call, policy, attempts, slots } = policed;
    const { slot } = attempt;
    if (attempt.isHedge && slot.outcome === OK) this.#count('hedge_wins', call);
    if (policed.underWay > 0) this.#giveUpOthers(policed, attempt);
    call.sentNs = slot.sentNs;
    call.firstByteNs = slot.firstByteNs;
    call.endNs = endNs;
    call.outcome = slot.outcome;
    call.status = slot.status;
    call.bytesIn = slot.bytesIn;
    call.bytesOut = slot.bytesOut;
    call.localPort = slot.localPort;
    call.error = slot.error;
    this.#ends.fallBack(call, policy);
    if (attempts.length === 1 && call.outcome === slot.outcome && !attempt.isRecorded) {
      slot.attempt = 0;
      this.#parts.recorder.record(slot);
    } else {
      this.#record(attempt);
      policed.ended(call.outcome);
      // What its driver cannot end goes on, and is recorded when it does.
      const over =
        policed.underWay === 0 ? slots : slots.filter((_, i) => !attempts[i]?.isUnderWay);
      this.#parts.recorder.recordCall(call, over, call.outcome === OK ? slot : undefined);
    }
    this.#release(policed);
    this.#leave(policy);
    this.#parts.over(call);
  }

  /** A call ends between its attempts. */
  #endWithout(policed: PolicedCall, outcome: OutcomeCode, error: string, endNs: Ns): void {
    const { call, policy, slots } = policed;
    endUnsent(call, outcome, error, endNs);
    this.#ends.fallBack(call, policy);
    policed.ended(call.outcome);
    this.#parts.recorder.recordCall(call, slots, undefined);
    this.#release(policed);
    this.#leave(policy);
    this.#parts.over(call);
  }

  #giveUpOthers(policed: PolicedCall, winner: PolicedAttempt): void {
    const nowNs = this.#parts.clock.nowNs();
    for (const other of policed.attempts) {
      if (other === winner || !other.isUnderWay) continue;
      other.isGivenUp = true;
      const { slot, endpointIndex } = other;
      const sentNs = slot.hops?.sentNs ?? slot.sentNs;
      if (slot.attempt === 1 && sentNs >= 0) policed.policy.hedge?.record(nowNs - sentNs);
      if (this.#parts.withdraw(slot, endpointIndex)) {
        endUnsent(slot, CANCELLED, '', nowNs);
        this.#givenUp(other);
      } else this.#parts.cancel(slot, endpointIndex);
    }
  }

  /** An attempt has ended that nobody waits for any more. */
  #givenUp(attempt: PolicedAttempt): void {
    const { slot, call: policed } = attempt;
    attempt.isUnderWay = false;
    if (slot.outcome === CANCELLED && !this.#isEnding) slot.error = GIVEN_UP;
    asOneCall(slot);
    attempt.policy.told(attempt, this.#parts.recorder, this.#parts.clock.nowNs());
    if (policed === undefined) {
      this.#parts.recorder.recordStraggler(slot);
      this.#freeAttempts.push(attempt);
    } else {
      policed.underWay--;
      this.#record(attempt);
    }
  }

  /**
   * Lets those that wait into the bulkhead, one for each that has left, also while that goes on.
   */
  #leave(policy: PolicyState): void {
    if (policy.bulkhead === undefined) return;
    policy.left++;
    if (policy.isLettingIn) return;
    policy.isLettingIn = true;
    for (; policy.left > 0; policy.left--) {
      if (!policy.bulkhead.leave()) continue;
      const call = policy.waiting.shift();
      if (call !== undefined) this.#begin(call, policy, this.#parts.clock.nowNs());
    }
    policy.isLettingIn = false;
  }

  #record(attempt: PolicedAttempt): void {
    if (attempt.isRecorded) return;
    attempt.isRecorded = true;
    this.#parts.recorder.recordAttempt(attempt.slot);
  }

  #release(policed: PolicedCall): void {
    this.#waits.forget(policed);
    policed.serial++;
    for (const attempt of policed.attempts) {
      attempt.call = undefined;
      if (!attempt.isUnderWay) this.#freeAttempts.push(attempt);
    }
    this.#freeCalls.push(policed);
  }

  #count(counter: PolicyCounter, { phaseIndex, stepIndex }: LiveCall): void {
    this.#parts.recorder.policyDid(counter, phaseIndex, stepIndex);
  }
}
