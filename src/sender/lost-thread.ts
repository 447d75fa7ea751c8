import { type Ns, OUTCOMES, type Outcome } from '../core/index.ts';
import type { EngineResult } from '../engine/index.ts';
import type { RecordSlice } from '../record/index.ts';
import type { Schedule } from '../schedule/index.ts';

/**
 * Keeps of a thread's seconds what is needed where it is given up: what it has handed out is in the
 * results, what it had under way is not.
 */
export class LostThread {
  readonly #schedule: Schedule;
  #nextSecond = 0;
  #arrivals = 0;
  #attempts = 0;
  readonly #finished = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    Outcome,
    number
  >;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  add({ second, counters, histograms }: RecordSlice): void {
    this.#nextSecond = second + 1;
    for (const { counter, value } of counters) {
      if (counter === 'arrivals') this.#arrivals += value;
      if (counter === 'dropped_arrivals') this.#finished.dropped += value;
    }
    for (const { clock, outcome, count } of histograms) {
      const sum = count.reduce((total, calls) => total + calls, 0);
      if (clock === 'service') this.#attempts += sum;
      else if (clock === 'response') this.#finished[outcome] += sum;
    }
  }

  /** Returns the second in which the thread was lost, counted as such. */
  slice(): RecordSlice {
    const second = this.#nextSecond;
    const lost = { second, phase: '', step: '', counter: 'lost_threads', value: 1 } as const;
    return {
      second,
      histograms: [],
      counters: [lost],
      errors: [],
      connectErrors: [],
      kept: [],
      held: [],
    };
  }

  /** Returns what became of its part of the load, as far as that is known. */
  result(endedNs: Ns): EngineResult {
    return {
      arrivals: this.#arrivals,
      attempts: this.#attempts,
      finished: { ...this.#finished },
      abandonedSteps: 0,
      phases: this.#schedule.phases,
      endedNs,
      stopped: true,
    };
  }
}
