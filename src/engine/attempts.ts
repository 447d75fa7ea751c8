import {
  CANCELLED,
  type Clock,
  invariant,
  type Ns,
  OUTCOMES,
  type OutcomeCode,
  TIMEOUT,
  TRANSPORT,
} from '../core/index.ts';
import type { Recorder } from '../record/index.ts';
import type { DriverEvents } from './driver.ts';
import { endUnsent, type LiveCall } from './live-call.ts';
import type { EngineParts } from './engine-parts.ts';
import { HealthChecks } from './health-checks.ts';
import { PolicedCalls } from './policed-calls.ts';
import { type PolicyState, policyStates } from './policy-state.ts';
import type { RunPlan } from './run-plan.ts';
import type { RunSeconds } from './run-seconds.ts';
import { TargetEndpoints } from './target-endpoints.ts';
import { TargetQueue } from './target-queue.ts';

export interface AttemptsParts {
  readonly clock: Clock;
  readonly plan: RunPlan;
  readonly recorder: Recorder;
  readonly seconds: RunSeconds;
  readonly driverFor: EngineParts['driverFor'];
  /** Returns the phase of the newest arrival: a connection that opens belongs to it. */
  readonly phaseIndex: () => number;
  readonly rngFor: EngineParts['rngFor'];
  /**
   * Judges the answer of an attempt, which came from an endpoint, before it is recorded; may change
   * the outcome. Returns -1, or the index of the endpoint to which the answer sends the call on.
   */
  readonly judge: (call: LiveCall, endpointIndex: number) => number;
  /** Lets the captures of a call's step read a body. Returns '', or what they lack in it. */
  readonly capture: (call: LiveCall, body: string) => string;
  /** The call is over: its last attempt is recorded. The slot may be used again. */
  readonly over: (call: LiveCall) => void;
  /** A driver ended an attempt at `endNs`, and the waiting calls had their turn. */
  readonly settled: (endNs: Ns) => void;
}

/**
 * Makes the attempts of calls, of iterations and saturators alike.
 *
 *   call ─► attempt 1 ─► free connection? ─► driver ─► finished ─► checked, recorded ─► over
 *                             │ no              ▲
 *                             ▼                 │
 *                      waits, in order ─────────┘
 *
 * A call has one attempt, unless its step has a policy: then {@link PolicedCalls} makes as many as
 * that wants, each in a slot of its own, on the same way. The numbers of their spans are reserved:
 * `RunPlan.attemptsMax` for each call (ADR 20).
 */
export class Attempts {
  readonly #parts: AttemptsParts;
  /** By endpoint. */
  readonly #queues: readonly TargetQueue[];
  readonly #targets: readonly TargetEndpoints[];
  /** By step; undefined for a step without a policy. */
  readonly #policies: readonly (PolicyState | undefined)[];
  /** Each once. */
  readonly #states: readonly PolicyState[];
  readonly #policed: PolicedCalls;
  readonly #checks: HealthChecks;
  #count = 0;
  readonly #finished: number[] = OUTCOMES.map(() => 0);
  #isEnding = false;

  constructor(parts: AttemptsParts) {
    this.#parts = parts;
    const { plan, rngFor, driverFor } = parts;
    this.#queues = plan.endpoints.map(({ target, number }, index) => {
      const driver = driverFor(target, this.eventsOf(index), { endpoint: number });
      return new TargetQueue(driver, parts.clock, (call) => {
        endUnsent(call, TIMEOUT, '', call.deadlineNs);
        this.#settle(call, index);
      });
    });
    this.#targets = plan.targets.map(
      ({ name }, index) => new TargetEndpoints(plan, index, rngFor(`balance ${name}`)),
    );
    this.#policies = policyStates(plan, this.#targets, rngFor);
    this.#states = [...new Set(this.#policies)].filter((state) => state !== undefined);
    this.#policed = new PolicedCalls({
      ...parts,
      go: (attempt, endpointIndex) => this.#queue(endpointIndex).go(attempt),
      withdraw: (attempt, endpointIndex) => this.#queue(endpointIndex).withdraw(attempt),
      cancel: (attempt, endpointIndex) => this.#queue(endpointIndex).driver.cancel?.(attempt),
      over: (call) => this.#over(call),
    });
    this.#checks = new HealthChecks({ ...parts, targets: this.#targets });
  }

  /** How many were made, also those that wait and those that were never sent. */
  get count(): number {
    return this.#count + this.#policed.count;
  }

  /** Whether an answer may still come of an attempt whose call is over: of a hedge, say. */
  get mayOutliveCalls(): boolean {
    return this.#states.length > 0;
  }

  /** Returns how many ended in one way. */
  finished(outcome: OutcomeCode): number {
    return this.#finished[outcome] ?? 0;
  }

  /** Opens connections ahead, of all endpoints. Resolves when done. */
  async open(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.driver.open()));
  }

  /** Looks after the endpoints that are checked, from now on. */
  begin(): void {
    this.#checks.begin();
  }

  /** Counts what policies did by the end of a second. */
  countSecond(endNs: Ns): void {
    const { recorder, phaseIndex } = this.#parts;
    for (const state of this.#states) {
      const openNs = state.takeOpenNs(endNs);
      if (openNs === 0) continue;
      for (const step of state.steps) {
        recorder.policyDid('breaker_open_ns', phaseIndex(), step, openNs);
      }
    }
  }

  /** Makes a call: sends its first attempt, or lets it wait for a connection. */
  make(call: LiveCall): void {
    const policy = this.#policies[call.stepIndex];
    if (policy !== undefined) {
      this.#policed.make(call, policy);
      return;
    }
    this.take(call);
    this.#queue(this.#parts.plan.steps[call.stepIndex]?.endpointIndex ?? -1).go(call);
  }

  /** Takes up the first attempt of a call that somebody else sends. */
  take(call: LiveCall): void {
    this.#count++;
    call.spanSeq = call.callSeq * this.#parts.plan.attemptsMax;
  }

  /** Returns what hears of an endpoint's attempts and connections. */
  eventsOf(endpointIndex: number): DriverEvents {
    const { recorder, clock, seconds, phaseIndex, settled, plan } = this.#parts;
    const targetIndex = plan.endpoints[endpointIndex]?.targetIndex ?? -1;
    return {
      // A driver hands back the object that it was given.
      finished: (call: LiveCall) => {
        this.#settle(call, endpointIndex);
        if (!this.#isEnding) this.#queue(endpointIndex).sendWaiting();
        settled(call.endNs);
      },
      ready: () => this.#queue(endpointIndex).sendWaiting(),
      unreachable: (error) => this.#failWaiting(endpointIndex, TRANSPORT, error),
      connected: (tookNs, again, parts) => {
        recorder.connected(phaseIndex(), targetIndex, tookNs, again, parts);
      },
      connectFailed: (error) => recorder.connectFailed(phaseIndex(), targetIndex, error),
      resent: (call: LiveCall) => {
        seconds.passTo(clock.nowNs());
        recorder.resentCall(call.phaseIndex, call.stepIndex);
      },
      message: (call: LiveCall, atNs, tookNs) => {
        seconds.passTo(atNs);
        recorder.message(call.phaseIndex, call.stepIndex, tookNs);
      },
      messageSent: (call: LiveCall, atNs) => {
        seconds.passTo(atNs);
        recorder.messageSent(call.phaseIndex, call.stepIndex);
      },
      lateResponse: (call: LiveCall) => {
        seconds.passTo(clock.nowNs());
        recorder.lateResponse(call.phaseIndex);
      },
    };
  }

  /** From now on connections that become free take no call that waits, and nothing is retried. */
  end(): void {
    this.#isEnding = true;
    this.#policed.end();
  }

  /** Cancels what waits and what is on the wire. Resolves when all connections are closed. */
  async close(): Promise<void> {
    const checked = this.#checks.close();
    this.#policed.cancel(this.#states);
    for (const index of this.#queues.keys()) this.#failWaiting(index, CANCELLED, '');
    await Promise.all([checked, ...this.#queues.map((queue) => queue.driver.close())]);
  }

  #settle(call: LiveCall, endpointIndex: number): void {
    const { seconds, recorder, judge } = this.#parts;
    seconds.passTo(call.endNs);
    if (call.attemptOf !== undefined) {
      call.attemptOf.ended(endpointIndex);
      return;
    }
    const next = judge(call, endpointIndex);
    if (next >= 0) {
      this.#queue(next).go(call);
      return;
    }
    recorder.record(call);
    this.#over(call);
  }

  #over(call: LiveCall): void {
    this.#finished[call.outcome] = this.finished(call.outcome) + 1;
    this.#parts.over(call);
  }

  /** Ends the attempts that wait now, the first first, without their ever having been sent. */
  #failWaiting(endpointIndex: number, outcome: OutcomeCode, error: string): void {
    const nowNs = this.#parts.clock.nowNs();
    this.#queue(endpointIndex).endWaiting((call) => {
      endUnsent(call, outcome, error, nowNs);
      this.#settle(call, endpointIndex);
    });
  }

  #queue(endpointIndex: number): TargetQueue {
    const queue = this.#queues[endpointIndex];
    invariant(queue !== undefined, 'every endpoint has a driver');
    return queue;
  }
}
