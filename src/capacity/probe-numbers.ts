import type {
  CallClock,
  ConnectErrorSlice,
  CounterSlice,
  HistogramSlice,
  RunPhase,
} from '../core/index.ts';
import { probeOf } from './probe.ts';

/** What one probe gathered; of the clocks {@link JUDGED_CLOCKS} alone. */
export interface ProbeNumbers {
  /** As it took place. */
  readonly phase: RunPhase;
  readonly histograms: readonly HistogramSlice[];
  readonly counters: readonly CounterSlice[];
  readonly connectErrors: readonly ConnectErrorSlice[];
}

/** What a probe is judged by. The others would only be carried along. */
export const JUDGED_CLOCKS: readonly CallClock[] = ['response', 'service', 'corrected', 'lag'];

/** Gathers the seconds of probes as they come, each under the name of its phase. */
export class ProbeSlices {
  readonly #histograms = new Map<string, HistogramSlice[]>();
  readonly #counters = new Map<string, CounterSlice[]>();
  readonly #connectErrors = new Map<string, ConnectErrorSlice[]>();

  add(slice: {
    readonly histograms: readonly HistogramSlice[];
    readonly counters: readonly CounterSlice[];
    readonly connectErrors: readonly ConnectErrorSlice[];
  }): void {
    for (const histogram of slice.histograms) {
      if (!JUDGED_CLOCKS.includes(histogram.clock)) continue;
      if (probeOf(histogram.phase)) listOf(this.#histograms, histogram.phase).push(histogram);
    }
    for (const counter of slice.counters) {
      if (probeOf(counter.phase)) listOf(this.#counters, counter.phase).push(counter);
    }
    for (const error of slice.connectErrors) {
      if (probeOf(error.phase)) listOf(this.#connectErrors, error.phase).push(error);
    }
  }

  /** Returns what was gathered of a probe. */
  numbersOf(phase: RunPhase): ProbeNumbers {
    return {
      phase,
      histograms: this.#histograms.get(phase.name) ?? [],
      counters: this.#counters.get(phase.name) ?? [],
      connectErrors: this.#connectErrors.get(phase.name) ?? [],
    };
  }
}

function listOf<T>(lists: Map<string, T[]>, name: string): T[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}
