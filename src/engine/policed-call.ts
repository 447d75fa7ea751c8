import { type Ns, OK, type OutcomeCode } from '../core/index.ts';
import { Answer } from '../flow/index.ts';
import { type AttemptOf, type LiveCall, newSlot } from './live-call.ts';
import type { EndedAttempt, PolicyState } from './policy-state.ts';

type OnAttemptEnded = (attempt: PolicedAttempt, endpointIndex: number) => void;

/** One attempt of a call with a policy, in a slot of its own, which the driver is given. */
export class PolicedAttempt implements AttemptOf, EndedAttempt {
  readonly slot: LiveCall = newSlot();
  /** Undefined once the call is over; the attempt may outlast it. */
  call: PolicedCall | undefined;
  policy: PolicyState;
  /** The endpoint that has it now: another one once a redirect was followed. */
  endpointIndex = 0;
  /** Of the breaker. */
  ticket = 0;
  begunNs: Ns = 0;
  isHedge = false;
  isUnderWay = false;
  /**
   * Another attempt has answered, or the call is over: what comes of this one is of no interest.
   */
  isGivenUp = false;
  isRecorded = false;
  readonly #onEnded: OnAttemptEnded;
  #answer: Answer | undefined;

  constructor(policy: PolicyState, onEnded: OnAttemptEnded) {
    this.policy = policy;
    this.#onEnded = onEnded;
    this.slot.attemptOf = this;
  }

  get isRetry(): boolean {
    return this.slot.attempt > 1 && !this.isHedge;
  }

  ended(endpointIndex: number): void {
    this.#onEnded(this, endpointIndex);
  }

  /** Takes up that it is attempt `number` of a call, from 1. */
  begin(call: PolicedCall, number: number, isHedge: boolean, nowNs: Ns): void {
    const { slot } = this;
    const of = call.call;
    this.call = call;
    this.policy = call.policy;
    this.begunNs = nowNs;
    this.isHedge = isHedge;
    this.isUnderWay = true;
    this.isGivenUp = false;
    this.isRecorded = false;
    slot.seq = of.seq;
    slot.callSeq = of.callSeq;
    slot.attempt = number;
    slot.callOutcome = OK;
    slot.phaseIndex = of.phaseIndex;
    slot.stepIndex = of.stepIndex;
    slot.intendedNs = of.intendedNs;
    // What a call waited for before its first attempt is part of that one's wait.
    slot.seenNs = number === 1 ? of.seenNs : nowNs;
    slot.iteration = of.iteration;
    slot.position = of.position;
    slot.request = of.request;
    slot.answer = of.answer === undefined ? undefined : this.#answerLike(of.answer);
    slot.deadlineNs = call.deadlineNs;
    slot.redirects = 0;
    slot.hops = undefined;
    slot.sentNs = -1;
    slot.error = '';
  }

  /** One that is given up may still be written to: answers are not shared. */
  #answerLike({ wantsFields }: Answer): Answer {
    this.#answer ??= new Answer();
    this.#answer.reset(wantsFields);
    return this.#answer;
  }
}

/** A call with a policy, from its first attempt on. Used again for call after call. */
export class PolicedCall {
  call: LiveCall = newSlot();
  policy: PolicyState;
  /** In the order in which they were made; their slots likewise. */
  readonly attempts: PolicedAttempt[] = [];
  readonly slots: LiveCall[] = [];
  /** Endpoints that the next attempt does not go to while there is another. */
  readonly tried: number[] = [];
  underWay = 0;
  retries = 0;
  /** The newest attempt that failed. */
  failed: PolicedAttempt | undefined;
  /** When the call ends at the latest; Infinity for no total timeout. */
  deadlineNs: Ns = Infinity;
  /** When the next attempt is made, when a hedge is, and when what waits for a connection ends. */
  retryNs: Ns = Infinity;
  hedgeNs: Ns = Infinity;
  expireNs: Ns = Infinity;
  wakeNs: Ns = Infinity;
  /** Another one once the call is over. */
  serial = 0;
  /** What binds it to an endpoint. */
  keyHash = 0;

  constructor(policy: PolicyState) {
    this.policy = policy;
  }

  begin(call: LiveCall, policy: PolicyState, nowNs: Ns): void {
    this.call = call;
    this.policy = policy;
    emptied(this.attempts);
    emptied(this.slots);
    emptied(this.tried);
    this.underWay = 0;
    this.retries = 0;
    this.failed = undefined;
    this.deadlineNs = nowNs + (policy.spec.totalTimeoutNs ?? Infinity);
    this.retryNs = Infinity;
    this.hedgeNs = Infinity;
    this.expireNs = Infinity;
    this.wakeNs = Infinity;
  }

  /** How the call ended, for its attempts. */
  ended(outcome: OutcomeCode): void {
    for (const slot of this.slots) slot.callOutcome = outcome;
  }
}

/** Empties a list that is filled again at once: cutting it to 0 would give up its memory. */
export function emptied(list: unknown[]): void {
  while (list.length > 0) list.pop();
}
