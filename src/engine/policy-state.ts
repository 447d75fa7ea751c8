import { CANCELLED, type Ns, type Rng, STATUS, TIMEOUT, TRANSPORT } from '../core/index.ts';
import type { Recorder } from '../record/index.ts';
import {
  Backoff,
  Breaker,
  Bulkhead,
  HedgeDelay,
  KeyedLimit,
  type PolicySpec,
  RetryBudget,
} from '../resilience/index.ts';
import { CallQueue } from './call-queue.ts';
import type { LiveCall } from './live-call.ts';
import type { RunPlan } from './run-plan.ts';
import type { TargetEndpoints } from './target-endpoints.ts';

/** What is read of an attempt that ended. */
export interface EndedAttempt {
  readonly slot: LiveCall;
  /** What the breaker gave it. */
  readonly ticket: number;
  readonly begunNs: Ns;
  readonly isHedge: boolean;
  /** Its time is known already: that at which it was given up. */
  readonly isGivenUp: boolean;
}

/**
 * What one policy keeps for one target, as a client library keeps it for one instance: its budget,
 * its breaker, its bulkhead. A rate limit is the policy's, over all targets that have it.
 */
export class PolicyState {
  readonly spec: PolicySpec;
  readonly endpoints: TargetEndpoints;
  /** The steps whose calls it is of. */
  readonly steps: number[] = [];
  readonly budget: RetryBudget | undefined;
  readonly backoff: Backoff | undefined;
  readonly hedge: HedgeDelay | undefined;
  readonly breaker: Breaker | undefined;
  readonly bulkhead: Bulkhead | undefined;
  readonly limit: KeyedLimit | undefined;
  /** Calls that wait for a place in the bulkhead. */
  readonly waiting = new CallQueue();
  /** Places of the bulkhead that were left and not yet looked at. */
  left = 0;
  isLettingIn = false;
  #hasOpened = false;
  #openNs: Ns = 0;

  constructor(
    spec: PolicySpec,
    endpoints: TargetEndpoints,
    rng: Rng,
    limit: KeyedLimit | undefined,
  ) {
    const { retry, hedge, breaker, bulkhead } = spec;
    this.spec = spec;
    this.endpoints = endpoints;
    this.limit = limit;
    if (retry?.budget) this.budget = new RetryBudget(retry.budget);
    if (retry) this.backoff = new Backoff(retry.backoff, rng);
    if (hedge) this.hedge = new HedgeDelay(hedge);
    if (bulkhead) this.bulkhead = new Bulkhead(bulkhead);
    if (breaker) {
      this.breaker = new Breaker(breaker, (state) => {
        if (state === 'open') this.#hasOpened = true;
      });
    }
  }

  /** Returns who is limited: the user, the address or the step of a call, or all together. */
  limitKey(call: LiveCall): number {
    switch (this.spec.rateLimit?.by) {
      case 'user':
        return userOf(call);
      case 'address':
        return this.endpoints.targetIndex;
      case 'step':
        return call.stepIndex;
      default:
        return 0;
    }
  }

  /** Takes up how an attempt ended: what it says of the target, of its endpoint, of its time. */
  told(attempt: EndedAttempt, recorder: Recorder, nowNs: Ns): void {
    const { slot, ticket, begunNs } = attempt;
    const { outcome, endpoint, phaseIndex, stepIndex } = slot;
    if (outcome === CANCELLED) {
      this.breaker?.abandoned(ticket, nowNs);
      this.endpoints.abandoned(endpoint);
      return;
    }
    // An answer that fails a check came whole: the target is well.
    const failed = outcome === STATUS || outcome === TIMEOUT || outcome === TRANSPORT;
    const tookNs = slot.endNs - (slot.sentNs < 0 ? begunNs : slot.sentNs);
    this.breaker?.settled(ticket, failed, tookNs, nowNs);
    if (this.#hasOpened) {
      this.#hasOpened = false;
      recorder.policyDid('breaker_opened', phaseIndex, stepIndex);
    }
    if (this.endpoints.ended(endpoint, tookNs, failed, nowNs)) {
      recorder.policyDid('endpoints_out', phaseIndex, -1);
    }
    const isFirst = slot.attempt === 1 && !attempt.isHedge;
    if (!failed && isFirst && !attempt.isGivenUp) this.hedge?.record(tookNs);
  }

  /** Returns for how long the breaker was open since this was last asked. */
  takeOpenNs(nowNs: Ns): Ns {
    const openNs = this.breaker?.openNs(nowNs) ?? 0;
    const since = Math.max(0, openNs - this.#openNs);
    this.#openNs += since;
    return since;
  }
}

/**
 * Returns the number of a call's virtual user; -1 for an arrival of an open phase, which has none.
 */
export function userOf({ iteration }: LiveCall): number {
  return iteration?.user?.number ?? -1;
}

/** Returns the states of the policies of a plan by step; undefined for a step without one. */
export function policyStates(
  { steps }: Pick<RunPlan, 'steps'>,
  targets: readonly TargetEndpoints[],
  rngFor: (purpose: string) => Rng,
): readonly (PolicyState | undefined)[] {
  const states = new Map<string, PolicyState>();
  const limits = new Map<string, KeyedLimit>();
  return steps.map(({ policy, targetIndex }, stepIndex) => {
    const endpoints = targets[targetIndex];
    if (policy === undefined || endpoints === undefined) return undefined;
    const key = JSON.stringify([policy.name, targetIndex]);
    const known = states.get(key);
    const state =
      known ?? new PolicyState(policy, endpoints, rngFor(`policy ${key}`), limitOf(policy, limits));
    states.set(key, state);
    state.steps.push(stepIndex);
    return state;
  });
}

function limitOf(
  { name, rateLimit }: PolicySpec,
  limits: Map<string, KeyedLimit>,
): KeyedLimit | undefined {
  if (rateLimit === undefined) return undefined;
  const limit = limits.get(name) ?? new KeyedLimit(rateLimit);
  limits.set(name, limit);
  return limit;
}
