import {
  CANCELLED,
  type Clock,
  DROPPED,
  invariant,
  type Ns,
  OK,
  type Outcome,
  OUTCOMES,
  type OutcomeCode,
  type RunPhase,
  type Timer,
  TRANSPORT,
} from '../core/index.ts';
import type { Recorder, RecordSlice } from '../record/index.ts';
import type { TargetSpec } from '../scenario/index.ts';
import type { Schedule } from '../schedule/index.ts';
import type { Driver, DriverEvents, LiveCall } from './driver.ts';
import { Lane } from './lane.ts';
import type { Pacer } from './pacer.ts';
import type { PlannedFlow, RunPlan } from './run-plan.ts';
import { RunSeconds } from './run-seconds.ts';
import { virtualUsers, type VirtualUsers } from './virtual-users.ts';

export interface EngineParts {
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly schedule: Schedule;
  readonly plan: RunPlan;
  readonly recorder: Recorder;
  readonly driverFor: (target: TargetSpec, events: DriverEvents) => Driver;
  /** Most arrivals that wait or are on the wire at once; those of virtual users are never dropped. */
  readonly maxInFlight: number;
  /** How long calls may finish after the end of the schedule. */
  readonly gracefulStopNs: Ns;
  /** Called for every second of the run in their order, the last one mostly a part of one. */
  readonly onSlice: (slice: RecordSlice) => void;
}

/**
 * What became of a run's arrivals. Nothing is lost: for flows of one step the finished calls sum to
 * the arrivals; in general, over all phases,
 *
 *   sum of arrivals * steps of the flow
 *     = ok + status + timeout + transport + cancelled + abandonedSteps + sum of dropped * steps
 */
export interface EngineResult {
  readonly arrivals: number;
  /** Calls by how they ended; `dropped` counts arrivals that found no free slot. */
  readonly finished: Readonly<Record<Outcome, number>>;
  /** Steps not made because an earlier step of their flow failed. */
  readonly abandonedSteps: number;
  /** The phases as they took place: a closed one whose iterations were done before its time ends then. */
  readonly phases: readonly RunPhase[];
  /** When the last call was over and the run with it. */
  readonly endedNs: Ns;
  /** Whether {@link Engine.stop} cut it short: arrivals were left, or calls were cancelled for it. */
  readonly stopped: boolean;
}

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
 * made as they are needed and used again: no object per call. Arrivals are numbered 0, 1, ... through
 * all phases as they come, also those of virtual users, which `VirtualUsers` lets come in turn.
 */
export class Engine {
  /** Resolves when every call is over, all connections are closed and the last slice is out. */
  readonly ended: Promise<EngineResult>;
  readonly #parts: EngineParts;
  readonly #cursor: ReturnType<Schedule['cursor']>;
  readonly #lanes: readonly Lane[];
  /** Of each phase; undefined for an open one. */
  readonly #users: readonly (VirtualUsers | undefined)[];
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
    this.#cursor = parts.schedule.cursor();
    this.#users = virtualUsers(parts.schedule, parts.clock, (phaseIndex, readyNs) => {
      this.#arrive(phaseIndex, readyNs, readyNs);
    });
    this.#seconds = new RunSeconds(parts.clock, (second) => {
      parts.onSlice(parts.recorder.takeSlice(second));
    });
    this.#lanes = parts.plan.targets.map((target, index) => {
      return new Lane(parts.driverFor(target, this.#eventsOf(index)));
    });
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
  }

  #arrive(phaseIndex: number, intendedNs: Ns, seenNs: Ns): void {
    const { recorder, plan } = this.#parts;
    this.#seconds.passTo(seenNs);
    const seq = this.#arrivals++;
    this.#phaseIndex = phaseIndex;
    recorder.arrival(phaseIndex, seenNs - intendedNs);
    this.#inFlight++;
    const call = this.#freeSlots.pop() ?? newSlot();
    call.seq = seq;
    call.phaseIndex = phaseIndex;
    call.stepIndex = this.#flowOf(call).firstStep;
    call.spanSeq = seq * plan.stepsMax;
    call.intendedNs = intendedNs;
    call.seenNs = seenNs;
    this.#laneOf(call).go(call);
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
      connected: (tookNs, again) => {
        recorder.connected(this.#phaseIndex, targetIndex, tookNs, again);
      },
      lateResponse: (call) => {
        this.#seconds.passTo(clock.nowNs());
        recorder.lateResponse(call.phaseIndex);
      },
    };
  }

  /** Records a call that is over, and goes on with its flow or frees its slot. */
  #settle(call: LiveCall): void {
    const { recorder } = this.#parts;
    this.#seconds.passTo(call.endNs);
    recorder.record(call);
    this.#count(call.outcome);
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
    invariant(this.#inFlight > 0, 'a call that ends was in flight');
    this.#inFlight--;
    this.#freeSlots.push(call);
    // The slot is free again: the user's next iteration may take it at once.
    const { phaseIndex, seq, endNs } = call;
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
    const { clock, schedule } = this.#parts;
    const nowNs = clock.nowNs();
    this.#endTimer?.cancel();
    if (nowNs >= this.#cancelAtNs) {
      this.#letDueGo();
      this.#close();
      return;
    }
    this.#endIfDone();
    if (this.#closing) return;
    const nextNs = nowNs < schedule.durationNs ? schedule.durationNs : Infinity;
    const waitNs = Math.min(nextNs, this.#cancelAtNs) - nowNs;
    this.#endTimer = clock.after(waitNs, () => this.#watchEnd());
  }

  #endIfDone(): void {
    this.#letDueGo();
    if (this.#inFlight > 0 || this.#nextDueNs !== Infinity) return;
    const { clock, schedule } = this.#parts;
    const endNs = this.#users.at(-1)?.doneNs ?? schedule.durationNs;
    if (this.#stopped || clock.nowNs() >= endNs) this.#close();
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

function newSlot(): LiveCall {
  return {
    seq: 0,
    phaseIndex: 0,
    stepIndex: 0,
    intendedNs: 0,
    seenNs: 0,
    spanSeq: 0,
    request: undefined,
    answer: undefined,
    sentNs: -1,
    firstByteNs: -1,
    endNs: 0,
    outcome: OK,
    status: 0,
    bytesIn: 0,
    bytesOut: 0,
    error: '',
  };
}
