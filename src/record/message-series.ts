import type { Ns } from '../core/index.ts';
import type { SeriesNames } from './call-series.ts';
import type { CounterTable } from './counter-table.ts';
import { LogLinearHistogram } from './log-linear-histogram.ts';
import type { HistogramPacker } from './packed-histograms.ts';

/** The messages in the streams of calls, each by the second in which it came or went. */
export class MessageSeries {
  readonly #names: SeriesNames;
  readonly #counters: CounterTable;
  readonly #messagesIn: Float64Array;
  readonly #messagesOut: Float64Array;
  /** Of each phase and step; undefined until a message of it was timed. */
  readonly #times: (LogLinearHistogram | undefined)[];

  constructor(names: SeriesNames, counters: CounterTable) {
    this.#names = names;
    this.#counters = counters;
    this.#messagesIn = counters.cellsOf('messages_in');
    this.#messagesOut = counters.cellsOf('messages_out');
    this.#times = Array.from({ length: names.phases.length * names.steps.length });
  }

  /** Counts one that came, and records its time unless that is below 0: the first has none. */
  came(phaseIndex: number, stepIndex: number, tookNs: Ns): void {
    this.#counters.addTo(this.#messagesIn, phaseIndex, stepIndex, 1);
    if (tookNs < 0) return;
    const index = phaseIndex * this.#names.steps.length + stepIndex;
    const times = (this.#times[index] ??= new LogLinearHistogram());
    if (times.record(tookNs)) this.#counters.add('clamped', phaseIndex, stepIndex, 1);
  }

  /** Counts one that went. */
  went(phaseIndex: number, stepIndex: number): void {
    this.#counters.addTo(this.#messagesOut, phaseIndex, stepIndex, 1);
  }

  /** Packs the times, as those of `second`, and empties them. */
  take(second: number, packer: HistogramPacker): void {
    const { phases, steps } = this.#names;
    for (const [index, times] of this.#times.entries()) {
      const phase = phases[Math.floor(index / steps.length)];
      const step = steps[index % steps.length];
      if (times === undefined || phase === undefined || step === undefined) continue;
      const key = { phase, step: step.name, target: step.target, outcome: 'ok' } as const;
      packer.add(second, key, 'message', times);
    }
  }
}
