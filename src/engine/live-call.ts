import { asFloat, FALLBACK, NO_STATUS, type Ns, OK, type OutcomeCode } from '../core/index.ts';
import type { Answer, CompiledFlow, CookieJar, RenderedRequest, Scope } from '../flow/index.ts';
import { ALONE, type Side } from '../schedule/index.ts';
import type { DriverCall } from './driver.ts';
import type { PooledUser } from './user-pool.ts';

/**
 * A call on its way, as the engine has it: one object per slot, made once and used again for call
 * after call, so that the hot path allocates nothing.
 *
 *   intended ──► seen ──► sent ──► first byte ──► end      all ns since the run's start
 *          lag      wait     └──── service time ────┘
 */
export interface LiveCall extends DriverCall {
  seq: number;
  spanSeq: number;
  /** The call's number within the run. */
  callSeq: number;
  /** Which attempt of the call it is, from 1; 0 for the only one. */
  attempt: number;
  /** Of one of several attempts: how the call ended. */
  callOutcome: OutcomeCode;
  /** Which of the target's endpoints it goes to. */
  endpoint: number;
  phaseIndex: number;
  /** Of a plain flow's: whose turn its arrival is. */
  side: Side;
  stepIndex: number;
  intendedNs: Ns;
  seenNs: Ns;
  request: RenderedRequest | undefined;
  answer: Answer | undefined;
  deadlineNs: Ns;
  /** Of an attempt of a call with a policy; undefined for a call that is its own one attempt. */
  attemptOf: AttemptOf | undefined;
  /**
   * The iteration that makes the call and the call's position in it; undefined for a plain flow's.
   */
  iteration: Iteration | undefined;
  position: number;
  /** Redirects that were followed; what was sent and came before the last one is in `hops`. */
  redirects: number;
  hops: Hops | undefined;
}

/** Who made an attempt of a call with a policy. */
export interface AttemptOf {
  /** The attempt was made since the one before it had failed. */
  readonly isRetry: boolean;
  /** An endpoint has ended it, or it never was sent. */
  ended(endpointIndex: number): void;
}

/** What a call was that an answer has sent on. */
export interface Hops {
  /** When its first request was sent. */
  readonly sentNs: Ns;
  bytesIn: number;
  bytesOut: number;
}

/** One arrival on its way through its flow. */
export interface Iteration {
  readonly scope: Scope;
  flow: CompiledFlow;
  /** Of the flow, in the run's plan. */
  firstStep: number;
  phaseIndex: number;
  side: Side;
  seq: number;
  /** Whose iteration it is; undefined where that is not told. */
  user: PooledUser<CookieJar> | undefined;
  /** Of the next call. */
  callSeq: number;
  hasCalled: boolean;
  /** Branches that go on; 1 outside parallel groups. */
  branches: number;
}

/**
 * Returns whether the flow goes on behind a call: it has an answer, the target's or its policy's.
 */
export function goesOn(outcome: OutcomeCode): boolean {
  return outcome === OK || outcome === FALLBACK;
}

/** Ends a call, or an attempt, that was not sent. */
export function endUnsent(call: LiveCall, outcome: OutcomeCode, error: string, endNs: Ns): void {
  call.sentNs = -1;
  call.firstByteNs = -1;
  call.endNs = endNs;
  call.outcome = outcome;
  call.status = NO_STATUS;
  call.bytesIn = 0;
  call.bytesOut = 0;
  call.localPort = 0;
  call.error = error;
}

/** Returns a new slot for a call; every field is written anew before each use. */
export function newSlot(): LiveCall {
  return {
    seq: 0,
    phaseIndex: 0,
    side: ALONE,
    stepIndex: 0,
    intendedNs: asFloat(0),
    seenNs: asFloat(0),
    callSeq: 0,
    attempt: 0,
    callOutcome: OK,
    endpoint: 0,
    spanSeq: 0,
    attemptOf: undefined,
    iteration: undefined,
    position: 0,
    redirects: 0,
    hops: undefined,
    request: undefined,
    answer: undefined,
    deadlineNs: Infinity,
    sentNs: asFloat(-1),
    firstByteNs: asFloat(-1),
    endNs: asFloat(0),
    outcome: OK,
    status: NO_STATUS,
    bytesIn: 0,
    bytesOut: 0,
    localPort: 0,
    error: '',
  };
}
