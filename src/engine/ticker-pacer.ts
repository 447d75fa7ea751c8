import { Worker } from 'node:worker_threads';
import {
  type Clock,
  invariant,
  type Ns,
  NS_PER_MS,
  siblingModule,
  type Timer,
} from '../core/index.ts';
import type { Scenario } from '../scenario/index.ts';
import type { Shard } from '../schedule/index.ts';
import type { Pacer } from './pacer.ts';
import {
  ASLEEP,
  AWAKE,
  MODE_CELL,
  STOP_CELL,
  type TickerInput,
  WAKE_LEAD_NS,
} from './ticker-messages.ts';

/** The loop stays awake for an arrival this near: falling asleep and being woken costs as much. */
const STAY_AWAKE_NS: Ns = WAKE_LEAD_NS + 50_000;

/** How often the loop looks at the clock in any case, should the ticker be kept from running. */
const SAFETY_NET_NS: Ns = 2 * NS_PER_MS;

/**
 * Wakes the sending loop precisely and thriftily:
 *
 *   ticker thread   sleeps ─────────────── posts        sleeps ────────
 *   sending loop    answers, or asleep ───────┤spins├── answers, or asleep
 *                                             │     │
 *                                   due - 100 us    due
 *
 * For the short rest the loop spins with setImmediate, which polls the sockets on its way, so that
 * answers are read in between. Costs a tenth of a core at 1,000/s; past some 6,000/s the loop is
 * always awake.
 */
export class TickerPacer implements Pacer {
  readonly #clock: Clock;
  readonly #state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  readonly #ticker: Worker;
  #timer: Timer | undefined;
  #stopped = false;
  #wake: (() => Ns) | undefined;

  /** Starts the ticker thread at once, so that it is there when the run begins. */
  constructor(clock: Clock, scenario: Scenario, shard: Shard) {
    const { seed, load } = scenario;
    // It needs to know when arrivals come, not what they call: that may be long, and would be copied.
    const times = load.map((phase) =>
      phase.replay ? { ...phase, replay: { ...phase.replay, requests: undefined } } : phase,
    );
    const scenarioOfTimes = { seed, load: times };
    const input: TickerInput = { scenario: scenarioOfTimes, shard, state: this.#state.buffer };
    this.#clock = clock;
    this.#ticker = new Worker(siblingModule(import.meta.url, 'ticker-thread'), {
      workerData: input,
    });
    this.#ticker.on('message', () => this.#spin());
    this.#ticker.on('error', (error) => {
      throw error;
    });
  }

  start(wake: () => Ns): void {
    this.#wake = wake;
    this.#ticker.postMessage(this.#clock.originEpochMs);
    wake();
    this.#watch();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    Atomics.store(this.#state, STOP_CELL, 1);
    Atomics.notify(this.#state, STOP_CELL);
    this.#fallAsleep();
    // It ends by itself, unless it has never begun.
    if (this.#wake === undefined) void this.#ticker.terminate();
  }

  readonly #spin = (): void => {
    invariant(this.#wake, 'the ticker ticks only after the start');
    if (this.#stopped) return;
    const dueNs = this.#wake();
    if (this.#stopped) return;
    if (dueNs - this.#clock.nowNs() <= STAY_AWAKE_NS) {
      setImmediate(this.#spin);
      return;
    }
    this.#fallAsleep();
    // The ticker may have looked just before and found the loop awake: then nobody would wake it.
    const isNear = dueNs - this.#clock.nowNs() <= WAKE_LEAD_NS;
    if (isNear && Atomics.compareExchange(this.#state, MODE_CELL, ASLEEP, AWAKE) === ASLEEP) {
      setImmediate(this.#spin);
    }
  };

  #fallAsleep(): void {
    Atomics.store(this.#state, MODE_CELL, ASLEEP);
    Atomics.notify(this.#state, MODE_CELL);
  }

  #watch(): void {
    this.#timer = this.#clock.after(SAFETY_NET_NS, () => {
      this.#wake?.();
      if (!this.#stopped) this.#watch();
    });
  }
}
