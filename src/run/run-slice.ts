import { NS_PER_SEC, type Ns } from '../core/index.ts';
import { heldLater, type KeptCall, type RecordSlice } from '../record/index.ts';

/**
 * Returns the second of a segment by the run's clock: it began at `fromNs`, a whole second of the
 * run.
 */
export function onRunClock(slice: RecordSlice, fromNs: Ns): RecordSlice {
  if (fromNs === 0) return slice;
  const second = slice.second + Math.round(fromNs / NS_PER_SEC);
  const secondOf = (own: number): number => own - slice.second + second;
  return {
    second,
    histograms: slice.histograms.map((h) => ({ ...h, second: secondOf(h.second) })),
    counters: slice.counters.map((c) => ({ ...c, second: secondOf(c.second) })),
    errors: slice.errors.map((e) => ({ ...e, second: secondOf(e.second) })),
    connectErrors: slice.connectErrors.map((e) => ({ ...e, second: secondOf(e.second) })),
    kept: slice.kept.map((call) => callLater(call, fromNs)),
    held: slice.held.map((held) => heldLater(held, fromNs)),
  };
}

/** Returns a call on a clock that began so much earlier, or, `byNs` below 0, later. */
export function callLater(call: KeptCall, byNs: Ns): KeptCall {
  return {
    ...call,
    intendedNs: call.intendedNs + byNs,
    seenNs: call.seenNs + byNs,
    sentNs: call.sentNs + byNs,
    firstByteNs: call.firstByteNs < 0 ? call.firstByteNs : call.firstByteNs + byNs,
    endNs: call.endNs + byNs,
  };
}
