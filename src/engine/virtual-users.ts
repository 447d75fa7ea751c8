import type { Clock, Ns, Timer } from '../core/index.ts';
import type { ClosedPhase, Schedule } from '../schedule/index.ts';
import { MinHeap } from './min-heap.ts';

/** Lets one iteration of a phase's flow go: its arrival is intended, and seen, at `readyNs`. */
export type Arrive = (phaseIndex: number, readyNs: Ns) => void;

/**
 * The virtual users of one closed phase. Each has at most one iteration under way:
 *
 *   start of the phase ──► ready ──► iteration ──► over ──► thinks ──┐
 *                            ▲                                       │
 *                            └────────── while the phase goes on ────┘
 *
 * A user is ready when the sending loop finds that its pause is over: a pause is at least as long
 * as it was drawn, and what the timer adds to it is no delay of any call.
 *
 * Iterations that an adjacent closed phase began keep their users: those come over to this phase
 * one by one as they are done, so that never more iterations are under way than the phase has
 * users, or the one before it had.
 */
export class VirtualUsers {
  readonly #phase: ClosedPhase;
  readonly #clock: Clock;
  readonly #arrive: Arrive;
  readonly #before: VirtualUsers | undefined;
  #after: VirtualUsers | undefined;
  /** When the users who think are ready. */
  readonly #thinking: MinHeap;
  #timer: Timer | undefined;
  #timerAtNs: Ns = Infinity;
  #isOpen = false;
  #iterationsLeft: number;
  #underWay = 0;
  /** Users who have come so far. */
  #joined = 0;
  /** Iterations of earlier phases that are still under way. */
  #stragglers = 0;
  #doneNs: Ns | undefined;

  constructor(phase: ClosedPhase, clock: Clock, arrive: Arrive, before?: VirtualUsers) {
    this.#phase = phase;
    this.#clock = clock;
    this.#arrive = arrive;
    this.#before = before;
    if (before) before.#after = this;
    this.#thinking = new MinHeap(phase.userCount);
    this.#iterationsLeft = phase.iterations;
    // One of several workers may have no part in a phase of few iterations.
    if (phase.iterations === 0) this.#doneNs = phase.fromNs;
  }

  /**
   * When the last of the phase's iterations was over; undefined while, or where, they are not all.
   */
  get doneNs(): Ns | undefined {
    return this.#doneNs;
  }

  /** Lets the users come at the start of the phase. */
  begin(): void {
    const leftNs = this.#phase.fromNs - this.#clock.nowNs();
    if (leftNs > 0) {
      this.#timer = this.#clock.after(leftNs, () => this.begin());
      return;
    }
    this.#before?.end();
    this.#stragglers = this.#before === undefined ? 0 : this.#before.#busy;
    this.#isOpen = true;
    const nowNs = this.#clock.nowNs();
    while (this.#joined + this.#stragglers < this.#phase.userCount) this.#join(nowNs);
  }

  /** Lets no iteration begin any more; those under way go on. May be called again. */
  end(): void {
    this.#isOpen = false;
    this.#timer?.cancel();
    this.#thinking.clear();
  }

  /** Takes up that an iteration of this phase is over, the one of the arrival `seq`. */
  iterationOver(seq: number, endNs: Ns): void {
    this.#underWay--;
    if (this.#underWay === 0 && this.#iterationsLeft === 0) this.#doneNs = endNs;
    const readyNs = endNs + this.#phase.thinkNs(seq);
    if (!this.#isOpen || readyNs >= this.#phase.toNs) {
      if (this.#after !== undefined) this.#after.#stragglerOver(endNs);
    } else if (readyNs === endNs) {
      this.#iterate(endNs);
    } else if (this.#iterationsLeft > 0) {
      this.#thinking.push(readyNs);
      this.#watch();
    }
  }

  /** Iterations under way that began before this phase's end. */
  get #busy(): number {
    return this.#underWay + this.#stragglers;
  }

  #stragglerOver(endNs: Ns): void {
    if (this.#stragglers > 0) {
      this.#stragglers--;
      const isWanted = this.#joined + this.#stragglers < this.#phase.userCount;
      if (this.#isOpen && isWanted && endNs < this.#phase.toNs) this.#join(endNs);
    }
    if (!this.#isOpen && this.#after !== undefined) this.#after.#stragglerOver(endNs);
  }

  #join(nowNs: Ns): void {
    this.#joined++;
    this.#iterate(nowNs);
  }

  #iterate(readyNs: Ns): void {
    if (this.#iterationsLeft === 0) return;
    this.#iterationsLeft--;
    this.#underWay++;
    this.#arrive(this.#phase.phaseIndex, readyNs);
  }

  /** One timer for all users who think, set for the earliest. */
  #watch(): void {
    const dueNs = this.#thinking.min;
    if (dueNs >= this.#timerAtNs) return;
    this.#timer?.cancel();
    this.#timerAtNs = dueNs;
    this.#timer = this.#clock.after(dueNs - this.#clock.nowNs(), () => {
      this.#timerAtNs = Infinity;
      this.#letReadyGo();
    });
  }

  #letReadyGo(): void {
    const nowNs = this.#clock.nowNs();
    // The pause was bounded by the end of the phase; a timer that fires late may be past it.
    while (this.#isOpen && nowNs < this.#phase.toNs && this.#thinking.min <= nowNs) {
      this.#thinking.removeMin();
      this.#iterate(nowNs);
    }
    if (this.#isOpen && nowNs < this.#phase.toNs) this.#watch();
  }
}

/** Returns the users of each phase of a schedule, undefined for an open phase. */
export function virtualUsers(
  { phases, closed }: Pick<Schedule, 'phases' | 'closed'>,
  clock: Clock,
  arrive: Arrive,
): readonly (VirtualUsers | undefined)[] {
  const users: (VirtualUsers | undefined)[] = phases.map(() => undefined);
  for (const phase of closed) {
    const { phaseIndex } = phase;
    users[phaseIndex] = new VirtualUsers(phase, clock, arrive, users[phaseIndex - 1]);
  }
  return users;
}
