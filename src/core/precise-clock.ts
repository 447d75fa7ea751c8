import { Worker } from 'node:worker_threads';
import { AlarmCells, NO_ALARM_NS, STOP, type AlarmInput } from './alarm-messages.ts';
import { AlarmQueue } from './alarm-queue.ts';
import { epochNowMs, systemClock, type Clock, type Timer } from './clock.ts';
import { siblingModule } from './module-url.ts';
import { NS_PER_MS, NS_PER_SEC, NS_PER_US, type Ms, type Ns } from './units.ts';

/** A clock with a thread of its own, which has to be ended. */
export interface PreciseClock extends Clock {
  /**
   * Ends the thread; alarms that are set still fire, as late as plain timers do. May be called
   * again.
   */
  close(): void;
}

/**
 * How long before an alarm is due the loop is woken: what waking a thread, and a message to the
 * loop, take together on a machine that is not idle.
 */
const WAKE_LEAD_NS: Ns = 100 * NS_PER_US;

/**
 * The longest wait at once; the loop wakes then and waits on. The memory that it shares with the
 * thread holds 292 years, and an alarm may be set for ever.
 */
const WAIT_NS_MAX: Ns = 86_400 * NS_PER_SEC;

/** The loop stays awake for an alarm this near: falling asleep and being woken costs as much. */
const STAY_AWAKE_NS: Ns = WAKE_LEAD_NS + 50 * NS_PER_US;

/**
 * Returns the machine's clock, as `systemClock` does, with timers that fire within some 0.1 ms of
 * their time, never before it, where those of the platform are up to 1.1 ms late.
 *
 *   alarm thread   sleeps ─────────────── posts        sleeps ──────
 *   the loop       works, or asleep ─────────┤ looks ├── works, or asleep
 *                                            │       │
 *                                   due - 100 us     due
 *
 * For the short rest the loop looks at the clock with setImmediate, which polls the sockets on its
 * way. Costs nothing while no alarm is set. Past some 6,000 alarms a second the loop is always
 * awake. A plain timer backs every alarm, should the thread be kept from running, or die.
 */
export function preciseClock(originEpochMs: Ms = epochNowMs()): PreciseClock {
  return new AlarmClock(systemClock(originEpochMs));
}

class AlarmClock implements PreciseClock {
  readonly originEpochMs: Ms;
  readonly #base: Clock;
  readonly #alarms = new AlarmQueue(() => this.#noneIsLeft());
  readonly #cells: AlarmCells;
  readonly #thread: Worker;
  /** The alarm for which the thread will wake the loop; Infinity: none. */
  #toldNs: Ns = Infinity;
  #isLooking = false;
  #isClosed = false;
  #net: Timer | undefined;
  #netNs: Ns = Infinity;

  constructor(base: Clock) {
    this.originEpochMs = base.originEpochMs;
    this.#base = base;
    const shared = new SharedArrayBuffer(AlarmCells.byteLength);
    this.#cells = new AlarmCells(shared);
    this.#cells.tell(NO_ALARM_NS);
    const workerData: AlarmInput = { originEpochMs: base.originEpochMs, shared };
    this.#thread = new Worker(siblingModule(import.meta.url, 'alarm-thread'), { workerData });
    this.#thread.on('message', () => this.#woken());
    // Without it the plain timers go on.
    this.#thread.on('error', () => undefined);
    this.#thread.unref();
  }

  nowNs(): Ns {
    return this.#base.nowNs();
  }

  after(delayNs: Ns, fire: () => void): Timer {
    const alarm = this.#alarms.set(this.nowNs() + Math.max(0, delayNs), fire);
    if (!this.#isLooking) this.#provideFor(alarm.dueNs);
    return alarm;
  }

  close(): void {
    this.#isClosed = true;
    this.#cells.tell(STOP);
  }

  #woken(): void {
    if (!this.#isLooking) this.#look();
  }

  /** Fires what is due, then looks again soon or sees to being woken. */
  readonly #look = (): void => {
    this.#isLooking = true;
    const nowNs = this.nowNs();
    for (let due = this.#alarms.takeDue(nowNs); due; due = this.#alarms.takeDue(nowNs)) due.fire();
    const nextNs = this.#alarms.firstNs;
    if (nextNs - this.nowNs() <= STAY_AWAKE_NS) {
      setImmediate(this.#look);
      return;
    }
    this.#isLooking = false;
    this.#toldNs = Infinity;
    this.#provideFor(nextNs);
  };

  #provideFor(alarmNs: Ns): void {
    if (this.#alarms.size === 0) return;
    const nowNs = this.nowNs();
    const dueNs = Math.min(alarmNs, nowNs + WAIT_NS_MAX);
    if (dueNs >= this.#toldNs) return;
    if (dueNs - nowNs <= STAY_AWAKE_NS) {
      this.#isLooking = true;
      setImmediate(this.#look);
      return;
    }
    this.#toldNs = dueNs;
    if (!this.#isClosed) this.#cells.tell(BigInt(Math.round(dueNs - WAKE_LEAD_NS)));
    this.#spreadNet(dueNs);
  }

  /** A timer that looks as well; one that is there and fires not much later will do. */
  #spreadNet(dueNs: Ns): void {
    if (this.#netNs <= dueNs + NS_PER_MS) return;
    this.#foldNet();
    this.#netNs = dueNs;
    this.#net = this.#base.after(dueNs - this.nowNs(), () => {
      this.#netNs = Infinity;
      if (!this.#isLooking) this.#look();
    });
  }

  /** The last alarm was taken back: a timer that waits would keep the process from ending. */
  #noneIsLeft(): void {
    this.#toldNs = Infinity;
    this.#foldNet();
  }

  #foldNet(): void {
    this.#net?.cancel();
    this.#netNs = Infinity;
  }
}
