import {
  CANCELLED,
  DROPPED,
  invariant,
  type Ns,
  OK,
  type Outcome,
  OUTCOMES,
  type OutcomeCode,
  type Timer,
  TRANSPORT,
} from '../core/index.ts';
import type { SaturatedPhase, Schedule } from '../schedule/index.ts';
import { newSlot } from './call-slot.ts';
import type { DriverEvents, LiveCall } from './driver.ts';
import type { EngineParts } from './engine-parts.ts';
import type { EngineResult } from './engine-result.ts';
import { Iterations } from './iterations.ts';
import { Lane } from './lane.ts';
import type { PlannedFlow } from './run-plan.ts';
import { RunSeconds } from './run-seconds.ts';
import { Saturation } from './saturation.ts';
import { virtualUsers, type VirtualUsers } from './virtual-users.ts';

/**
 * The only waiting in callgauge: lets every arrival of the schedule go when it is due, whatever
 * became of those before it.
 *
 *   schedule ─► due? ─► free slot? ──► free connection? ──► driver ─► finished ─► next step, or
 *                           │ no              │ no              ▲                 slot is free
 *                           ▼                 ▼                 │
 *                    dropped arrival    waiting, in order ──────┘
 *
 * An arrival that waits keeps its intended start, so its response time holds the wait. Slots are
 * made as they are needed and used again: no object per call. Arrivals are numbered through all
 * phases as they come, also those of virtual users, which `VirtualUsers` lets come in turn: 0, 1, ...,
 * or 2, 9, 16, ... in shard 2 of 7, so that no two engines of a run give a number twice.
 */
export class Engine {
  /** Resolves when every call is over, all connections are closed and the last slice is out. */
  readonly ended: Promise<EngineResult>;
  readonly #parts: EngineParts;
  readonly #cursor: ReturnType<Schedule['cursor']>;
  readonly #lanes: readonly Lane[];
  /** Of each phase; undefined for an open one. */
  readonly #users: readonly (VirtualUsers | undefined)[];
  readonly #saturations: readonly Saturation[];
  readonly #iterations: Iterations;
  readonly #seconds: RunSeconds;
  readonly #resolve: (result: EngineResult) => void;
  readonly #reject: (error: unknown) => void;
  readonly #freeSlots: LiveCall[] = [];
  readonly #finished: number[] = OUTCOMES.map(() => 0);
  #arrivals = 0;
  #abandonedSteps = 0;
  #inFlight = 0;
  #phaseIndex = 0;
  /** When the arrival at the cursor is due; Infinity once no more are to be let go. */
  #nextDueNs: Ns = Infinity;
  #endTimer: Timer | undefined;
  #cancelAtNs: Ns = Infinity;
  #begun = false;
  #isAskedToStop = false;
  #stopped = false;
  #closing = false;

  constructor(parts: EngineParts) {
    const { promise, resolve, reject } = Promise.withResolvers<EngineResult>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#parts = parts;
    this.#cursor = parts.schedule.shard(parts.shard.index, parts.shard.count);
    this.#users = virtualUsers(parts.schedule, parts.clock, (phaseIndex, readyNs) => {
      this.#arrive(phaseIndex, readyNs, readyNs);
    });
    this.#iterations = this.#newIterations();
    this.#seconds = new RunSeconds(parts.clock, (second) => {
      parts.onSlice(parts.recorder.takeSlice(second));
    });
    this.#lanes = parts.plan.targets.map((target, index) => {
      return new Lane(parts.driverFor(target, this.#eventsOf(index)));
    });
    this.#saturations = parts.schedule.saturated.map((phase) => this.#saturationOf(phase));
  }

  /** Opens connections ahead, of all targets. Resolves when done. */
  async open(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.driver.open()));
  }

  /** Lets the arrivals go by the clock, from now on; its origin may still lie ahead. */
  begin(): void {
    if (this.#closing) return;
    const { pacer, schedule, gracefulStopNs } = this.#parts;
    this.#begun = true;
    this.#advance();
    this.#cancelAtNs = schedule.durationNs + gracefulStopNs;
    this.#watchEnd();
    this.#seconds.begin();
    for (const users of this.#users) users?.begin();
    for (const saturation of this.#saturations) saturation.begin();
    pacer.start(() => this.#letDueGo());
  }

  /**
   * Lets no more arrivals go, of users neither, and gives calls under way `graceNs` to finish before
   * they are cancelled. A second call can only shorten what is left.
   */
  stop(graceNs: Ns): void {
    const { clock, schedule } = this.#parts;
    const nowNs = clock.nowNs();
    this.#isAskedToStop = true;
    // What is only let finish a little sooner has lost nothing, unless calls are cancelled for it.
    if (!this.#begun || nowNs < schedule.durationNs) this.#stopped = true;
    this.#endArrivals();
    this.#cancelAtNs = Math.min(this.#cancelAtNs, nowNs + graceNs);
    this.#watchEnd();
  }

  /** Lets every arrival go that is due. Returns when the next one is. */
  #letDueGo(): Ns {
    for (;;) {
      // Read anew for each: what the ones before it took is lag, the generator's own delay.
      const nowNs = this.#parts.clock.nowNs();
      if (this.#nextDueNs > nowNs) return this.#nextDueNs;
      const { phaseIndex, intendedNs } = this.#cursor;
      if (this.#inFlight < this.#parts.maxInFlight) this.#arrive(phaseIndex, intendedNs, nowNs);
      else this.#drop(phaseIndex, intendedNs, nowNs);
      this.#advance();
    }
  }

  #advance(): void {
    this.#nextDueNs = this.#cursor.advance() ? this.#cursor.intendedNs : Infinity;
  }

  #endArrivals(): void {
    this.#nextDueNs = Infinity;
    for (const users of this.#users) users?.end();
    for (const saturation of this.#saturations) saturation.end();
  }

  #arrive(phaseIndex: number, intendedNs: Ns, seenNs: Ns): void {
    const call = this.#callOf(phaseIndex, intendedNs, seenNs);
    const { compiled, firstStep } = this.#flowOf(call);
    if (compiled === undefined) {
      this.#laneOf(call).go(call);
    } else {
      this.#freeSlots.push(call);
      const replayed = this.#parts.plan.replayed[phaseIndex]?.[this.#cursor.indexInPhase];
      this.#iterations.begin(call, { compiled, firstStep, replayed });
    }
  }

  /** Takes up an arrival, and returns its first call. */
  #callOf(phaseIndex: number, intendedNs: Ns, seenNs: Ns): LiveCall {
    const { recorder, plan, shard, firstSeq = 0 } = this.#parts;
    this.#seconds.passTo(seenNs);
    const seq = firstSeq + shard.index + shard.count * this.#arrivals++;
    this.#phaseIndex = phaseIndex;
    recorder.arrival(phaseIndex, seenNs - intendedNs);
    this.#inFlight++;
    const call = this.#freeSlots.pop() ?? newSlot();
    call.seq = seq;
    call.phaseIndex = phaseIndex;
    call.stepIndex = this.#flowOf(call).firstStep;
    call.spanSeq = seq * plan.callsMax;
    call.intendedNs = intendedNs;
    call.seenNs = seenNs;
    return call;
  }

  #drop(phaseIndex: number, intendedNs: Ns, seenNs: Ns): void {
    const { recorder } = this.#parts;
    this.#seconds.passTo(seenNs);
    this.#arrivals++;
    this.#phaseIndex = phaseIndex;
    recorder.arrival(phaseIndex, seenNs - intendedNs);
    this.#count(DROPPED);
    recorder.droppedArrival(phaseIndex);
  }

  #saturationOf(phase: SaturatedPhase): Saturation {
    const { clock, saturatorFor, plan } = this.#parts;
    const { phaseIndex } = phase;
    const targetIndex = plan.steps[plan.flows[phaseIndex]?.firstStep ?? -1]?.targetIndex;
    invariant(saturatorFor && targetIndex !== undefined, 'what saturates is known');
    const ofTarget = this.#eventsOf(targetIndex);
    const calling = (): LiveCall => {
      const nowNs = clock.nowNs();
      return this.#callOf(phaseIndex, nowNs, nowNs);
    };
    return new Saturation(phase, clock, saturatorFor(phase, { ...ofTarget, calling }));
  }

  #eventsOf(targetIndex: number): DriverEvents {
    const { recorder, clock } = this.#parts;
    return {
      finished: (call) => {
        this.#settle(call);
        if (!this.#closing) this.#lane(targetIndex).sendWaiting();
        if (this.#nextDueNs <= call.endNs) this.#letDueGo();
      },
      ready: () => this.#lane(targetIndex).sendWaiting(),
      unreachable: (error) => this.#failWaiting(this.#lane(targetIndex), TRANSPORT, error),
      connected: (tookNs, again, parts) => {
        recorder.connected(this.#phaseIndex, targetIndex, tookNs, again, parts);
      },
      message: (call, atNs, tookNs) => {
        this.#seconds.passTo(atNs);
        recorder.message(call.phaseIndex, call.stepIndex, tookNs);
      },
      messageSent: (call, atNs) => {
        this.#seconds.passTo(atNs);
        recorder.messageSent(call.phaseIndex, call.stepIndex);
      },
      lateResponse: (call) => {
        this.#seconds.passTo(clock.nowNs());
        recorder.lateResponse(call.phaseIndex);
      },
    };
  }

  #newIterations(): Iterations {
    const { clock, recorder, plan, newScope, onHookFailure } = this.#parts;
    return new Iterations({
      clock,
      newScope: () => {
        invariant(newScope !== undefined, 'a flow with a program has scopes');
        return newScope();
      },
      phases: plan.phases,
      send: (call) => this.#laneOf(call).go(call),
      hookFailed: (phaseIndex, error) => {
        recorder.failedHook(phaseIndex);
        onHookFailure?.(error);
      },
      over: (phaseIndex, seq, endNs, failed) => {
        if (failed) recorder.failedIteration(phaseIndex);
        this.#iterationOver(phaseIndex, seq, endNs);
      },
    });
  }

  /** Records a call that is over, and goes on with its flow or frees its slot. */
  #settle(call: LiveCall): void {
    const { recorder } = this.#parts;
    const { iteration } = call;
    this.#seconds.passTo(call.endNs);
    if (iteration !== undefined) this.#iterations.judge(call, iteration);
    recorder.record(call);
    this.#count(call.outcome);
    if (iteration !== undefined) {
      this.#iterations.goOnAfter(call, iteration);
      return;
    }
    const { lastStep } = this.#flowOf(call);
    if (call.outcome === OK && call.stepIndex < lastStep && !this.#closing) {
      call.stepIndex++;
      call.spanSeq++;
      call.intendedNs = call.endNs;
      call.seenNs = call.endNs;
      this.#laneOf(call).go(call);
      return;
    }
    for (let step = call.stepIndex + 1; step <= lastStep; step++) {
      this.#abandonedSteps++;
      recorder.abandonedStep(call.phaseIndex, step);
    }
    if (call.outcome !== OK) recorder.failedIteration(call.phaseIndex);
    this.#freeSlots.push(call);
    this.#iterationOver(call.phaseIndex, call.seq, call.endNs);
  }

  /** The slot is free again: the user's next iteration may take it at once. */
  #iterationOver(phaseIndex: number, seq: number, endNs: Ns): void {
    invariant(this.#inFlight > 0, 'an iteration that ends was under way');
    this.#inFlight--;
    this.#users[phaseIndex]?.iterationOver(seq, endNs);
    if (this.#inFlight === 0 && this.#nextDueNs === Infinity) this.#endIfDone();
  }

  /** Ends the calls that wait now, the first first, without their ever having been sent. */
  #failWaiting(lane: Lane, outcome: OutcomeCode, error: string): void {
    const nowNs = this.#parts.clock.nowNs();
    lane.endWaiting((call) => {
      call.sentNs = -1;
      call.firstByteNs = -1;
      call.endNs = nowNs;
      call.outcome = outcome;
      call.status = 0;
      call.bytesIn = 0;
      call.bytesOut = 0;
      call.error = error;
      this.#settle(call);
    });
  }

  /** Looks whether the run is over, and again when it may be. A timer may fire a little early. */
  #watchEnd(): void {
    const { clock } = this.#parts;
    const nowNs = clock.nowNs();
    this.#endTimer?.cancel();
    if (nowNs >= this.#cancelAtNs) {
      this.#letDueGo();
      this.#close();
      return;
    }
    this.#endIfDone();
    if (this.#closing) return;
    const lastNs = this.#lastArrivalByNs;
    const nextNs = nowNs < lastNs ? lastNs : Infinity;
    const waitNs = Math.min(nextNs, this.#cancelAtNs) - nowNs;
    this.#endTimer = clock.after(waitNs, () => this.#watchEnd());
  }

  #endIfDone(): void {
    this.#letDueGo();
    if (this.#inFlight > 0 || this.#nextDueNs !== Infinity) return;
    if (this.#stopped || this.#parts.clock.nowNs() >= this.#lastArrivalByNs) this.#close();
  }

  /** The end of the schedule, or earlier where the iterations of its last phase are all made. */
  get #lastArrivalByNs(): Ns {
    return this.#users.at(-1)?.doneNs ?? this.#parts.schedule.durationNs;
  }

  /** Cancels what is left, if anything, and ends the run. */
  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#isAskedToStop && this.#inFlight > 0) this.#stopped = true;
    this.#endArrivals();
    this.#parts.pacer.stop();
    this.#seconds.stop();
    this.#endTimer?.cancel();
    for (const saturation of this.#saturations) saturation.close();
    this.#iterations.cancel();
    for (const lane of this.#lanes) this.#failWaiting(lane, CANCELLED, '');
    const closed = Promise.all(this.#lanes.map((lane) => lane.driver.close()));
    // Before the begin the clock counts from another origin, and up to the start it is below 0.
    const endedNs = this.#begun ? Math.max(0, this.#parts.clock.nowNs()) : 0;
    closed.then(() => this.#resolve(this.#result(endedNs))).catch(this.#reject);
  }

  #result(endedNs: Ns): EngineResult {
    invariant(this.#inFlight === 0, 'no call is in flight at the end');
    this.#seconds.passTo(endedNs);
    this.#parts.onSlice(this.#parts.recorder.takeSlice(this.#seconds.second));
    return {
      arrivals: this.#arrivals,
      finished: Object.fromEntries(
        OUTCOMES.map((outcome, code) => [outcome, this.#finished[code] ?? 0]),
      ) as Record<Outcome, number>,
      abandonedSteps: this.#abandonedSteps,
      phases: this.#parts.schedule.phases.map((phase, i) => {
        const doneNs = this.#users[i]?.doneNs;
        return doneNs === undefined ? phase : { ...phase, toNs: doneNs };
      }),
      endedNs,
      stopped: this.#stopped,
    };
  }

  #count(outcome: OutcomeCode): void {
    this.#finished[outcome] = (this.#finished[outcome] ?? 0) + 1;
  }

  #flowOf(call: LiveCall): PlannedFlow {
    const flow = this.#parts.plan.flows[call.phaseIndex];
    invariant(flow !== undefined, 'every phase has a flow');
    return flow;
  }

  #laneOf(call: LiveCall): Lane {
    return this.#lane(this.#parts.plan.steps[call.stepIndex]?.targetIndex ?? -1);
  }

  #lane(targetIndex: number): Lane {
    const lane = this.#lanes[targetIndex];
    invariant(lane !== undefined, 'every target has a driver');
    return lane;
  }
}
