import {
  DROPPED,
  invariant,
  type Ns,
  NS_PER_SEC,
  type Outcome,
  OUTCOMES,
  type OutcomeCode,
  type Timer,
} from '../core/index.ts';
import { ALONE, type SaturatedPhase } from '../schedule/index.ts';
import { type Arrival, Arrivals, type EndedArrival } from './arrivals.ts';
import { Attempts } from './attempts.ts';
import type { LiveCall } from './live-call.ts';
import type { EngineParts } from './engine-parts.ts';
import type { EngineResult } from './engine-result.ts';
import { Iterations } from './iterations.ts';
import { PlainFlows } from './plain-flows.ts';
import { RunEnd } from './run-end.ts';
import { flowOf } from './run-plan.ts';
import { RunSeconds } from './run-seconds.ts';
import { Saturation } from './saturation.ts';

/**
 * One run, or one shard of it: joins what lets arrivals come, what leads them through their flows,
 * and what makes the calls of those.
 *
 *   Arrivals ─► Iterations, PlainFlows ─► Attempts ─► Driver
 *       ▲                 │  ▲               │
 *       └────── over ─────┘  └───── over ────┘
 *
 * An arrival that waits keeps its intended start, so its response time holds the wait. Slots are
 * made as they are needed and used again: no object per call.
 */
export class Engine {
  /** Resolves when every call is over, all connections are closed and the last slice is out. */
  readonly ended: Promise<EngineResult>;
  readonly #parts: EngineParts;
  readonly #arrivals: Arrivals;
  readonly #iterations: Iterations;
  readonly #plainFlows: PlainFlows;
  readonly #attempts: Attempts;
  readonly #saturations: readonly Saturation[];
  readonly #seconds: RunSeconds;
  readonly #end: RunEnd;
  readonly #resolve: (result: EngineResult) => void;
  readonly #reject: (error: unknown) => void;
  #begun = false;
  /** Ends what the schedule does not time, where the load is to end early. */
  #loadEnd: Timer | undefined;
  #isAskedToStop = false;
  #stopped = false;
  #closing = false;

  constructor(parts: EngineParts) {
    const { promise, resolve, reject } = Promise.withResolvers<EngineResult>();
    const { clock, plan, recorder } = parts;
    this.ended = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#parts = parts;
    this.#seconds = new RunSeconds(clock, (second) => {
      this.#attempts.countSecond((second + 1) * NS_PER_SEC);
      parts.onSecond(second);
    });
    this.#arrivals = new Arrivals({
      ...parts,
      firstSeq: parts.firstSeq ?? 0,
      seconds: this.#seconds,
      begin: (arrival) => this.#beginFlow(arrival),
    });
    this.#iterations = this.#newIterations();
    this.#plainFlows = new PlainFlows({
      plan,
      make: (call) => this.#attempts.make(call),
      abandoned: (phaseIndex, stepIndex) => recorder.abandonedStep(phaseIndex, stepIndex),
      over: this.#iterationOver,
    });
    this.#attempts = new Attempts({
      ...parts,
      seconds: this.#seconds,
      phaseIndex: () => this.#arrivals.phaseIndex,
      judge: (call, endpointIndex) =>
        call.iteration === undefined
          ? -1
          : this.#iterations.judge(call, call.iteration, endpointIndex),
      capture: (call, body) =>
        call.iteration === undefined ? '' : this.#iterations.capture(call, call.iteration, body),
      over: (call) => {
        if (call.iteration === undefined) this.#plainFlows.goOnAfter(call);
        else this.#iterations.goOnAfter(call, call.iteration);
      },
      settled: (endNs) => {
        if (this.#arrivals.nextDueNs <= endNs) this.#arrivals.letDueGo();
      },
    });
    this.#saturations = parts.schedule.saturated.map((phase) => this.#saturationOf(phase));
    this.#end = new RunEnd({
      clock,
      lastArrivalByNs: () => this.#arrivals.lastByNs,
      endIfDone: () => this.#endIfDone(),
      cancel: () => {
        this.#arrivals.letDueGo();
        this.#close();
      },
    });
  }

  /** Opens connections ahead, of all targets. Resolves when done. */
  open(): Promise<void> {
    return this.#attempts.open();
  }

  /** Lets the arrivals go by the clock, from now on; its origin may still lie ahead. */
  begin(): void {
    if (this.#closing) return;
    const { pacer, schedule, gracefulStopNs } = this.#parts;
    this.#begun = true;
    this.#arrivals.begin();
    this.#seconds.begin();
    this.#attempts.begin();
    this.#arrivals.beginUsers();
    for (const saturation of this.#saturations) saturation.begin();
    pacer.start(
      () => this.#arrivals.letDueGo(),
      () => this.#arrivals.underWay > 0 || this.#attempts.mayOutliveCalls,
    );
    // Last: a thread that stood still may find the run's end passed already.
    this.#end.cancelBy(schedule.durationNs + gracefulStopNs);
  }

  /**
   * Ends the load at a moment of the run, before its schedule does: nothing begins that is due
   * later, calls under way finish as after any load, and what was sent by then is a complete run.
   * A second call can only shorten what is left.
   */
  endLoad(atNs: Ns): void {
    const { schedule, gracefulStopNs } = this.#parts;
    if (this.#closing || atNs >= schedule.durationNs) return;
    this.#arrivals.endAt(atNs);
    this.#endUsersAt(atNs);
    this.#end.cancelBy(atNs + gracefulStopNs);
  }

  /**
   * Lets no more arrivals go, of users neither, and gives calls under way `graceNs` to finish
   * before they are cancelled. A second call can only shorten what is left.
   */
  stop(graceNs: Ns): void {
    const nowNs = this.#parts.clock.nowNs();
    this.#isAskedToStop = true;
    // What is only let finish a little sooner has lost nothing, unless calls are cancelled for it.
    if (!this.#begun || nowNs < this.#arrivals.lastByNs) this.#stopped = true;
    this.#endArrivals();
    this.#end.cancelBy(nowNs + graceNs);
  }

  #beginFlow(arrival: Arrival): void {
    const { plan } = this.#parts;
    const { phaseIndex, side, indexInPhase } = arrival;
    const flow = flowOf(plan, phaseIndex, side);
    if (flow.isPlain) this.#attempts.make(this.#plainFlows.firstCall(arrival));
    else this.#iterations.begin(arrival, flow, plan.replayed[phaseIndex]?.[indexInPhase]);
  }

  #newIterations(): Iterations {
    const { clock, recorder, plan, newScope, onHookFailure, schedule, shard } = this.#parts;
    return new Iterations({
      clock,
      plan,
      closed: schedule.closed,
      shard,
      newScope,
      make: (call) => this.#attempts.make(call),
      hookFailed: (phaseIndex, error) => {
        recorder.failedHook(phaseIndex);
        onHookFailure?.(error);
      },
      redirected: (phaseIndex, stepIndex) => recorder.redirected(phaseIndex, stepIndex),
      over: this.#iterationOver,
    });
  }

  #saturationOf(phase: SaturatedPhase): Saturation {
    const { clock, saturatorFor, plan } = this.#parts;
    const { phaseIndex } = phase;
    const endpointIndex = plan.steps[plan.flows[phaseIndex]?.firstStep ?? -1]?.endpointIndex;
    invariant(saturatorFor && endpointIndex !== undefined, 'what saturates is known');
    const calling = (): LiveCall => {
      const nowNs = clock.nowNs();
      const call = this.#plainFlows.firstCall(this.#arrivals.take(phaseIndex, ALONE, nowNs, nowNs));
      this.#attempts.take(call);
      return call;
    };
    const events = { ...this.#attempts.eventsOf(endpointIndex), calling };
    return new Saturation(phase, clock, saturatorFor(phase, events));
  }

  /** What it is told of may be used again for another arrival that begins here. */
  readonly #iterationOver = (arrival: EndedArrival, endNs: Ns, failed: boolean): void => {
    if (failed) this.#parts.recorder.failedIteration(arrival.phaseIndex);
    this.#arrivals.over(arrival, endNs);
    if (this.#arrivals.areDone) this.#endIfDone();
  };

  /** Returns whether the run has ended. */
  #endIfDone(): boolean {
    this.#arrivals.letDueGo();
    const { areDone, lastByNs } = this.#arrivals;
    if (areDone && (this.#stopped || this.#parts.clock.nowNs() >= lastByNs)) this.#close();
    return this.#closing;
  }

  /** A timer may fire a little early. */
  #endUsersAt(atNs: Ns): void {
    this.#loadEnd?.cancel();
    const leftNs = atNs - this.#parts.clock.nowNs();
    if (leftNs <= 0) this.#endArrivals();
    else this.#loadEnd = this.#parts.clock.after(leftNs, () => this.#endUsersAt(atNs));
  }

  #endArrivals(): void {
    this.#arrivals.end();
    for (const saturation of this.#saturations) saturation.end();
  }

  /** Cancels what is left, if anything, and ends the run. */
  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#isAskedToStop && this.#arrivals.underWay > 0) this.#stopped = true;
    this.#endArrivals();
    this.#parts.pacer.stop();
    this.#seconds.stop();
    this.#end.stop();
    this.#loadEnd?.cancel();
    this.#attempts.end();
    for (const saturation of this.#saturations) saturation.close();
    this.#plainFlows.cancel();
    this.#iterations.cancel();
    const closed = this.#attempts.close();
    // Before the begin the clock counts from another origin, and up to the start it is below 0.
    const endedNs = this.#begun ? Math.max(0, this.#parts.clock.nowNs()) : 0;
    closed.then(() => this.#resolve(this.#result(endedNs))).catch(this.#reject);
  }

  #result(endedNs: Ns): EngineResult {
    const { underWay, dropped, count, phases } = this.#arrivals;
    invariant(underWay === 0, 'no arrival is under way at the end');
    this.#seconds.passTo(endedNs);
    this.#attempts.countSecond(endedNs);
    this.#parts.onSecond(this.#seconds.second);
    const finished = (outcome: Outcome, code: number): readonly [Outcome, number] => [
      outcome,
      code === DROPPED ? dropped : this.#attempts.finished(code as OutcomeCode),
    ];
    return {
      arrivals: count,
      attempts: this.#attempts.count,
      finished: Object.fromEntries(OUTCOMES.map(finished)) as Record<Outcome, number>,
      abandonedSteps: this.#plainFlows.abandonedSteps,
      phases,
      endedNs,
      stopped: this.#stopped,
    };
  }
}
