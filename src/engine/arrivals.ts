import type { Clock, Ns, RunPhase } from '../core/index.ts';
import type { Recorder } from '../record/index.ts';
import { ALONE, ownTurn, SIDES, type Schedule, type Shard, type Side } from '../schedule/index.ts';
import { flowOf, type RunPlan } from './run-plan.ts';
import type { RunSeconds } from './run-seconds.ts';
import { virtualUsers, type VirtualUsers } from './virtual-users.ts';

/** One arrival as it comes. The object is used again: its fields hold until the next one comes. */
export interface Arrival {
  /** Unique over all phases and shards of a run. */
  readonly seq: number;
  readonly phaseIndex: number;
  /** Which of two versions it calls. */
  readonly side: Side;
  /** Of an arrival of an open phase: its number in the phase. */
  readonly indexInPhase: number;
  readonly intendedNs: Ns;
  readonly seenNs: Ns;
}

/** What is told of an arrival whose iteration is over. */
export type EndedArrival = Pick<Arrival, 'seq' | 'phaseIndex' | 'side'>;

export interface ArrivalsParts {
  readonly clock: Clock;
  readonly plan: RunPlan;
  readonly schedule: Schedule;
  readonly shard: Shard;
  /** The number of the unsplit schedule's first arrival. */
  readonly firstSeq: number;
  readonly recorder: Recorder;
  readonly seconds: RunSeconds;
  /**
   * An arrival of the schedule that finds this many under way is dropped; of those of its own side
   * where versions take turns, so that none is dropped for what the other version does.
   */
  readonly maxInFlight: number;
  /** Begins the flow of an arrival. */
  readonly begin: (arrival: Arrival) => void;
}

/**
 * Lets every arrival go when it is due, whatever became of those before it.
 *
 *   schedule ─► due? ─► free slot? ─► begin, numbered ─ ... ─► over
 *                           │ no           ▲                    │
 *                           ▼              └── virtual users ◄──┘
 *                    dropped arrival
 *
 * Arrivals are numbered through all phases as they come, also those of virtual users and
 * saturators: 0, 1, ..., or 2, 9, 16, ... in shard 2 of 7, so that no two engines of a run give a
 * number twice.
 */
export class Arrivals {
  /** How many have come, those that were dropped included. */
  count = 0;
  dropped = 0;
  /** The phase of the newest arrival. */
  phaseIndex = 0;
  /** When the next arrival of the schedule is due; Infinity once no more are let go. */
  nextDueNs: Ns = Infinity;
  readonly #parts: ArrivalsParts;
  readonly #cursor: ReturnType<Schedule['cursor']>;
  /** Of each phase; undefined for an open one. */
  readonly #users: readonly (VirtualUsers | undefined)[];
  #endNs: Ns;
  readonly #arrival: { -readonly [Field in keyof Arrival]: Arrival[Field] } = {
    seq: 0,
    phaseIndex: 0,
    side: ALONE,
    indexInPhase: 0,
    intendedNs: 0,
    seenNs: 0,
  };
  #underWay = 0;
  /** By side. */
  readonly #underWayOf = new Uint32Array(SIDES);
  /** By phase: arrivals of users so far. */
  readonly #ofUsers: Uint32Array;

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
    this.#endNs = parts.schedule.durationNs;
    this.#cursor = parts.schedule.shard(parts.shard.index, parts.shard.count);
    this.#users = virtualUsers(parts.schedule, parts.clock, (phaseIndex, readyNs) => {
      parts.begin(this.take(phaseIndex, this.#sideOfUser(phaseIndex), readyNs, readyNs));
    });
    this.#ofUsers = new Uint32Array(parts.schedule.phases.length);
  }

  /** How many have begun and are not over. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Whether none is under way and the schedule has no more; users may still bring some. */
  get areDone(): boolean {
    return this.#underWay === 0 && this.nextDueNs === Infinity;
  }

  /**
   * The end of the schedule, or earlier: where the iterations of its last phase are all made, or
   * from {@link endAt} on.
   */
  get lastByNs(): Ns {
    return Math.min(this.#users.at(-1)?.doneNs ?? Infinity, this.#endNs);
  }

  /**
   * The phases as they take place: one whose iterations are all made ends with the last of them.
   */
  get phases(): readonly RunPhase[] {
    return this.#parts.schedule.phases.map((phase, i) => {
      const doneNs = this.#users[i]?.doneNs;
      return doneNs === undefined ? phase : { ...phase, toNs: doneNs };
    });
  }

  /** Goes to the first arrival of the schedule. */
  begin(): void {
    this.#advance();
  }

  /** Lets users come, each at the start of its phase. */
  beginUsers(): void {
    for (const users of this.#users) users?.begin();
  }

  /** Lets no arrival of the schedule go that is due at `atNs` or later. */
  endAt(atNs: Ns): void {
    this.#endNs = Math.min(this.#endNs, atNs);
    if (this.nextDueNs >= this.#endNs) this.nextDueNs = Infinity;
  }

  /** Lets no more arrivals go, of users neither. May be called again. */
  end(): void {
    this.nextDueNs = Infinity;
    for (const users of this.#users) users?.end();
  }

  /** Lets every arrival go that is due. Returns when the next one is. */
  letDueGo(): Ns {
    const { clock, maxInFlight, begin, schedule } = this.#parts;
    for (;;) {
      // Read anew for each: what the ones before it took is lag, the generator's own delay.
      const nowNs = clock.nowNs();
      if (this.nextDueNs > nowNs) return this.nextDueNs;
      const { phaseIndex, indexInPhase, intendedNs } = this.#cursor;
      const side = schedule.turns[phaseIndex]?.sideOf(indexInPhase) ?? ALONE;
      const underWay = side === ALONE ? this.#underWay : (this.#underWayOf[side] ?? 0);
      if (underWay < maxInFlight) begin(this.take(phaseIndex, side, intendedNs, nowNs));
      else this.#drop(phaseIndex, side, intendedNs, nowNs);
      this.#advance();
    }
  }

  /** Takes up an arrival that begins now, and returns it with its number. */
  take(phaseIndex: number, side: Side, intendedNs: Ns, seenNs: Ns): Arrival {
    const { shard, firstSeq } = this.#parts;
    const arrival = this.#arrival;
    arrival.seq = firstSeq + shard.index + shard.count * this.count;
    arrival.phaseIndex = phaseIndex;
    arrival.side = side;
    arrival.indexInPhase = this.#cursor.indexInPhase;
    arrival.intendedNs = intendedNs;
    arrival.seenNs = seenNs;
    this.#count(phaseIndex, side, intendedNs, seenNs);
    this.#underWay++;
    this.#underWayOf[side] = (this.#underWayOf[side] ?? 0) + 1;
    return arrival;
  }

  /** Takes up that the iteration of an arrival is over. Its user's next one may begin at once. */
  over({ phaseIndex, side, seq }: EndedArrival, endNs: Ns): void {
    this.#underWay--;
    this.#underWayOf[side] = (this.#underWayOf[side] ?? 0) - 1;
    this.#users[phaseIndex]?.iterationOver(seq, endNs);
  }

  /** Each worker's users take turns among themselves: only the run tells whose arrival is next. */
  #sideOfUser(phaseIndex: number): Side {
    const { schedule, shard } = this.#parts;
    const turns = schedule.turns[phaseIndex];
    if (turns === undefined) return ALONE;
    const own = this.#ofUsers[phaseIndex] ?? 0;
    this.#ofUsers[phaseIndex] = own + 1;
    return turns.sideOf(ownTurn(own, shard.index, shard.count));
  }

  #drop(phaseIndex: number, side: Side, intendedNs: Ns, seenNs: Ns): void {
    this.#count(phaseIndex, side, intendedNs, seenNs);
    this.dropped++;
    this.#parts.recorder.droppedArrival(phaseIndex, this.#stepOf(phaseIndex, side));
  }

  /** The first step of its flow says whose an arrival is; -1 where nobody asks. */
  #stepOf(phaseIndex: number, side: Side): number {
    return side === ALONE ? -1 : flowOf(this.#parts.plan, phaseIndex, side).firstStep;
  }

  #count(phaseIndex: number, side: Side, intendedNs: Ns, seenNs: Ns): void {
    const { seconds, recorder } = this.#parts;
    seconds.passTo(seenNs);
    this.count++;
    this.phaseIndex = phaseIndex;
    recorder.arrival(phaseIndex, seenNs - intendedNs, this.#stepOf(phaseIndex, side));
  }

  #advance(): void {
    const isLeft = this.#cursor.advance() && this.#cursor.intendedNs < this.#endNs;
    this.nextDueNs = isLeft ? this.#cursor.intendedNs : Infinity;
  }
}
