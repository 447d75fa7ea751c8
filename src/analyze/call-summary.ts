import {
  ERROR_OUTCOMES,
  NS_PER_SEC,
  OUTCOMES,
  type CallClock,
  type HistogramSlice,
  type Ns,
  type Outcome,
} from '../core/index.ts';
import { loadOf, type CallLoad } from './call-load.ts';
import { answeredSample, summarizeClock, type SeriesPart } from './clock-summary.ts';
import { outcomeClumps } from './clumped-outcomes.ts';
import { dependence, timedSlices } from './effective-sample-size.ts';
import { totalsOf } from './histogram-totals.ts';
import type { CallSummary, ClockSummary } from './run-analysis.ts';
import type { Merge } from './sliding-merge.ts';

/** The same calls second by second, from which their correlation is estimated. */
export interface SecondBySecond {
  readonly slices: readonly HistogramSlice[];
  /** Per clock: the load of all steps of the same target, where there are others. */
  readonly targetLoads?: ReadonlyMap<CallClock, CallLoad>;
  /** The stretch of the run to which a second belongs; see {@link dependence}. */
  readonly stratumOf: (second: number) => string;
  /** For calls that are summarized again and again, of seconds that hardly change; else absent. */
  readonly merge?: Merge;
}

/**
 * Returns the summary of the calls in `parts`, which were made in `ranNs` of time. Clocks that
 * are of no single call, lag say, are passed over.
 * @param secondBySecond where it is absent, calls are taken as independent
 */
export function summarizeCalls(
  parts: readonly SeriesPart[],
  ranNs: Ns,
  secondBySecond?: SecondBySecond,
): CallSummary {
  const byClock = Map.groupBy(parts, (p) => p.clock);
  const response = byClock.get('response') ?? [];
  const service = byClock.get('service') ?? [];
  const outcomes = countOutcomes(response);
  const calls = OUTCOMES.reduce((sum, o) => (o === 'dropped' ? sum : sum + outcomes[o]), 0);
  const errors = [...ERROR_OUTCOMES].reduce((sum, o) => sum + outcomes[o], 0);
  const ended = calls - outcomes.cancelled;
  return {
    calls,
    outcomes,
    errors,
    errorRatio: ended === 0 ? 0 : errors / ended,
    timeoutRatio: ended === 0 ? 0 : outcomes.timeout / ended,
    ...(secondBySecond && {
      clumps: outcomeClumps(secondBySecond.slices, secondBySecond.stratumOf),
    }),
    achievedPerSec: ranNs === 0 ? 0 : (calls / ranNs) * NS_PER_SEC,
    response: summarizeAnswered(response, secondBySecond),
    // Only compared with the response time, value by value: its interval is nowhere shown.
    corrected: summarizeAnswered(byClock.get('corrected') ?? []),
    service: summarizeAnswered(service, secondBySecond),
  };
}

/**
 * Returns the distribution of one clock over the calls that were answered or cut off, its intervals
 * widened for calls that were slow together.
 */
export function summarizeAnswered(
  parts: readonly SeriesPart[],
  secondBySecond?: SecondBySecond,
): ClockSummary {
  const clock = parts[0]?.clock;
  if (secondBySecond === undefined || clock === undefined) {
    return summarizeClock(answeredSample(parts));
  }
  const { slices, targetLoads, stratumOf, merge: mergeOf } = secondBySecond;
  const merge: Merge | undefined =
    mergeOf && ((histograms, of) => mergeOf(histograms, `${clock} ${of}`));
  const own = timedSlices(slices).filter((s) => s.clock === clock);
  const targetLoad = targetLoads?.get(clock);
  const calls = { own, stratumOf, merge, ...(targetLoad && { targetLoad }) };
  return summarizeClock(answeredSample(parts, merge), dependence(calls));
}

/** Returns per clock the load of the calls of a target. */
export function targetLoadsOf(slices: readonly HistogramSlice[]): ReadonlyMap<CallClock, CallLoad> {
  const byClock = Map.groupBy(timedSlices(slices), (s) => s.clock);
  return new Map([...byClock].map(([clock, parts]) => [clock, loadOf(parts)]));
}

/** Every call is in the response clock once, whatever its outcome, so that clock counts them. */
function countOutcomes(response: readonly SeriesPart[]): Record<Outcome, number> {
  const outcomes = {
    ok: 0,
    status: 0,
    timeout: 0,
    transport: 0,
    cancelled: 0,
    dropped: 0,
    check: 0,
    rejected: 0,
    fallback: 0,
  };
  for (const part of response) outcomes[part.outcome] += totalsOf(part).count;
  return outcomes;
}
