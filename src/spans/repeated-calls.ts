import { alikeCalls, type AlikeCalls } from './call-attempts.ts';
import { endNsOf } from './outlived-calls.ts';
import type { SpanForest } from './span-forest.ts';

/** Many alike calls one after another, where one for all of them would do (N+1). */
export interface CallLoop extends AlikeCalls {
  /** The sum of their durations, in ns. */
  readonly tookNs: number;
}

const CALLS_MIN = 10;
/** From half to twice the median. */
const SPREAD_MAX = 2;

/**
 * Returns where a trace makes ten or more alike calls one after another that take about the same:
 * each within twice of their median, none beside another; the longest together first.
 */
export function callLoops(forest: SpanForest, trace: number): readonly CallLoop[] {
  const { durationsNs } = forest.table;
  const tookNs = (span: number): number => durationsNs[span] ?? 0;
  return alikeCalls(forest, trace)
    .flatMap((group): readonly CallLoop[] => {
      if (group.spans.length < CALLS_MIN) return [];
      const sorted = group.spans.map(tookNs).sort((a, b) => a - b);
      const medianNs = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
      const even = group.spans.filter(
        (i) => tookNs(i) <= medianNs * SPREAD_MAX && tookNs(i) * SPREAD_MAX >= medianNs,
      );
      const spans = oneAfterAnother(forest, even);
      if (spans.length < CALLS_MIN) return [];
      return [{ ...group, spans, tookNs: spans.reduce((sum, i) => sum + tookNs(i), 0) }];
    })
    .sort((a, b) => b.tookNs - a.tookNs);
}

/** Leaves out those that begin before the one before them is over. */
function oneAfterAnother(forest: SpanForest, spans: readonly number[]): readonly number[] {
  let untilNs = -Infinity;
  return spans.filter((span) => {
    if ((forest.startsNs[span] ?? 0) < untilNs) return false;
    untilNs = endNsOf(forest, span);
    return true;
  });
}
