import { keptCalls, type PackedKept } from './kept-second.ts';
import { type PackedHistograms, unpackedHistograms } from './packed-histograms.ts';
import type { RecordSlice } from './slice.ts';

/** A slice as the thread that gathered it hands it over: numbers in columns, no object per call. */
export type PackedSlice = Omit<RecordSlice, 'histograms' | 'kept'> & {
  readonly histograms: PackedHistograms;
  readonly kept: readonly PackedKept[];
};

/** Returns what of it is handed over to another thread, not copied. */
export function buffersOf({ histograms, kept, held }: PackedSlice): ArrayBuffer[] {
  const rows = [...kept, ...held].map(({ numbers }) => numbers.buffer);
  return [histograms.buckets.buffer, histograms.counts.buffer, ...rows];
}

/** Returns the slice in the form in which it is used. */
export function unpackedSlice(packed: PackedSlice): RecordSlice {
  return {
    ...packed,
    histograms: unpackedHistograms(packed.histograms),
    kept: keptCalls(packed.kept),
  };
}
