import {
  CANCELLED,
  type Clock,
  invariant,
  NO_STATUS,
  type Ns,
  OUTCOMES,
  type OutcomeCode,
  TRANSPORT,
} from '../core/index.ts';
import type { Recorder } from '../record/index.ts';
import type { DriverEvents } from './driver.ts';
import type { LiveCall } from './live-call.ts';
import type { EngineParts } from './engine-parts.ts';
import type { RunPlan } from './run-plan.ts';
import type { RunSeconds } from './run-seconds.ts';
import { TargetQueue } from './target-queue.ts';

export interface AttemptsParts {
  readonly clock: Clock;
  readonly plan: RunPlan;
  readonly recorder: Recorder;
  readonly seconds: RunSeconds;
  readonly driverFor: EngineParts['driverFor'];
  /** Returns the phase of the newest arrival: a connection that opens belongs to it. */
  readonly phaseIndex: () => number;
  /**
   * Judges the answer of an attempt, which came from a target, before it is recorded; may change
   * the outcome. Returns -1, or the index of the target to which the answer sends the call on.
   */
  readonly judge: (call: LiveCall, targetIndex: number) => number;
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
 * A call has one attempt. A policy that tries again goes between `recorded` and `over`, and
 * finds its span ids reserved: `RunPlan.attemptsMax` numbers for each call (ADR 20).
 */
export class Attempts {
  /** How many were made, also those that wait and those that were never sent. */
  count = 0;
  readonly #parts: AttemptsParts;
  /** By target. */
  readonly #queues: readonly TargetQueue[];
  readonly #finished: number[] = OUTCOMES.map(() => 0);
  #isEnding = false;

  constructor(parts: AttemptsParts) {
    this.#parts = parts;
    this.#queues = parts.plan.targets.map((target, index) => {
      return new TargetQueue(parts.driverFor(target, this.eventsOf(index)));
    });
  }

  /** Returns how many ended in one way. */
  finished(outcome: OutcomeCode): number {
    return this.#finished[outcome] ?? 0;
  }

  /** Opens connections ahead, of all targets. Resolves when done. */
  async open(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.driver.open()));
  }

  /** Makes the first attempt of a call: sends it, or lets it wait for a connection. */
  make(call: LiveCall): void {
    this.take(call);
    this.#queue(this.#parts.plan.steps[call.stepIndex]?.targetIndex ?? -1).go(call);
  }

  /** Takes up the first attempt of a call that somebody else sends. */
  take(call: LiveCall): void {
    this.count++;
    call.attempt = 1;
    call.spanSeq = call.callSeq * this.#parts.plan.attemptsMax;
  }

  /** Returns what hears of a target's attempts and connections. */
  eventsOf(targetIndex: number): DriverEvents {
    const { recorder, clock, seconds, phaseIndex, settled } = this.#parts;
    return {
      // A driver hands back the object that it was given.
      finished: (call: LiveCall) => {
        this.#settle(call, targetIndex);
        if (!this.#isEnding) this.#queue(targetIndex).sendWaiting();
        settled(call.endNs);
      },
      ready: () => this.#queue(targetIndex).sendWaiting(),
      unreachable: (error) => this.#failWaiting(targetIndex, TRANSPORT, error),
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

  /** From now on connections that become free take no call that waits. */
  end(): void {
    this.#isEnding = true;
  }

  /** Cancels what waits and what is on the wire. Resolves when all connections are closed. */
  async close(): Promise<void> {
    for (const index of this.#queues.keys()) this.#failWaiting(index, CANCELLED, '');
    await Promise.all(this.#queues.map((queue) => queue.driver.close()));
  }

  #settle(call: LiveCall, targetIndex: number): void {
    const { seconds, recorder, judge, over } = this.#parts;
    seconds.passTo(call.endNs);
    const next = judge(call, targetIndex);
    if (next >= 0) {
      this.#queue(next).go(call);
      return;
    }
    recorder.record(call);
    this.#finished[call.outcome] = this.finished(call.outcome) + 1;
    over(call);
  }

  /** Ends the attempts that wait now, the first first, without their ever having been sent. */
  #failWaiting(targetIndex: number, outcome: OutcomeCode, error: string): void {
    const nowNs = this.#parts.clock.nowNs();
    this.#queue(targetIndex).endWaiting((call) => {
      call.sentNs = -1;
      call.firstByteNs = -1;
      call.endNs = nowNs;
      call.outcome = outcome;
      call.status = NO_STATUS;
      call.bytesIn = 0;
      call.bytesOut = 0;
      call.localPort = 0;
      call.error = error;
      this.#settle(call, targetIndex);
    });
  }

  #queue(targetIndex: number): TargetQueue {
    const queue = this.#queues[targetIndex];
    invariant(queue !== undefined, 'every target has a driver');
    return queue;
  }
}
