import {
  type CallClock,
  countOf,
  EMPTY_HISTOGRAM,
  mergeSparse,
  type Ns,
  type Outcome,
  type SparseHistogram,
} from '../../src/core/index.ts';
import type { RecordSlice } from '../../src/record/index.ts';

/** The numbers of a run, virtual or real, added up over its seconds, phases and steps. */
export class SliceNumbers {
  readonly #slices: readonly RecordSlice[];

  constructor(slices: readonly RecordSlice[]) {
    this.#slices = slices;
  }

  counter(name: string): number {
    const counters = this.#slices.flatMap((slice) => slice.counters);
    return counters.filter((c) => c.counter === name).reduce((sum, c) => sum + c.value, 0);
  }

  histogram(clock: CallClock, outcomes: readonly Outcome[] = ['ok']): SparseHistogram {
    return this.#slices
      .flatMap((slice) => slice.histograms)
      .filter((h) => h.clock === clock && outcomes.includes(h.outcome))
      .reduce<SparseHistogram>(mergeSparse, EMPTY_HISTOGRAM);
  }
}

export function mean(histogram: SparseHistogram): Ns {
  const sum = histogram.valueNs.reduce((s, value, i) => s + value * (histogram.count[i] ?? 0), 0);
  return sum / countOf(histogram);
}

export function quantile(histogram: SparseHistogram, ratio: number): Ns {
  const rank = Math.max(1, Math.ceil(ratio * countOf(histogram)));
  let seen = 0;
  const index = histogram.count.findIndex((count) => (seen += count) >= rank);
  return histogram.valueNs[index] ?? 0;
}
