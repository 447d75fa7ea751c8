import { NO_STATUS, type Ns, OK } from '../core/index.ts';
import type { Answer, CompiledFlow, CookieJar, RenderedRequest, Scope } from '../flow/index.ts';
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
  /** Which attempt of the call it is: 1 for the first. */
  attempt: number;
  phaseIndex: number;
  stepIndex: number;
  intendedNs: Ns;
  seenNs: Ns;
  request: RenderedRequest | undefined;
  answer: Answer | undefined;
  /**
   * The iteration that makes the call and the call's position in it; undefined for a plain flow's.
   */
  iteration: Iteration | undefined;
  position: number;
  /** Redirects that were followed; what was sent and came before the last one is in `hops`. */
  redirects: number;
  hops: Hops | undefined;
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
  seq: number;
  /** Whose iteration it is; undefined where that is not told. */
  user: PooledUser<CookieJar> | undefined;
  /** Of the next call. */
  callSeq: number;
  hasCalled: boolean;
  /** Branches that go on; 1 outside parallel groups. */
  branches: number;
}

/** Returns a new slot for a call; every field is written anew before each use. */
export function newSlot(): LiveCall {
  return {
    seq: 0,
    phaseIndex: 0,
    stepIndex: 0,
    intendedNs: 0,
    seenNs: 0,
    callSeq: 0,
    attempt: 1,
    spanSeq: 0,
    iteration: undefined,
    position: 0,
    redirects: 0,
    hops: undefined,
    request: undefined,
    answer: undefined,
    sentNs: -1,
    firstByteNs: -1,
    endNs: 0,
    outcome: OK,
    status: NO_STATUS,
    bytesIn: 0,
    bytesOut: 0,
    localPort: 0,
    error: '',
  };
}
