import {
  areSpansBiased,
  mergeSamples,
  summarizeClock,
  type ClockSummary,
  type Dependence,
  type RunAnalysis,
  type ServedAnalysis,
} from '../analyze/index.ts';
import { counted } from '../core/index.ts';
import type { EdgeSubject, ThresholdAggregate } from '../scenario/index.ts';
import { missing, type Observation } from './observation.ts';
import { observeClock } from './observe-clock.ts';

/**
 * An edge that was not seen is no edge without calls: its name is wrong, or it has no spans. One
 * between services is open where spans are missing, as its recommended timeout is refused.
 */
export function observeEdge(
  { caller, callee, operation }: EdgeSubject,
  aggregate: ThresholdAggregate,
  { edges, served }: RunAnalysis,
): Observation {
  const between = edges.filter((e) => e.caller === caller && e.callee === callee);
  const found = between.filter((e) => operation === '' || e.operation === operation);
  if (found.length === 0) {
    const seen = between.length > 0 ? between.map((e) => e.operation) : edges.map(edgeName);
    const what = between.length > 0 ? `operation ${operation}` : `edge ${caller} → ${callee}`;
    const others = [...new Set(seen)].join(', ');
    return missing(
      others === ''
        ? `no ${what} was seen, and no other: it takes spans of both services`
        : `no ${what} was seen; seen were ${others}`,
    );
  }
  const clock = togetherOf(found.map((e) => e.attempt));
  if (found.some((e) => e.kind === 'service') && areSpansBiased(served)) {
    return { unit: 'ns', n: clock.n, atLeast: false, doubt: missingSpans(served) };
  }
  if (clock.n > 0) return observeClock(clock, aggregate);
  const failed = found.reduce((sum, e) => sum + e.failed, 0);
  const reason = `none of ${counted(failed, 'attempt')} was answered`;
  return { unit: 'ns', n: 0, atLeast: false, doubt: '', unanswered: reason };
}

/** Quick or slow, what is missing may decide either way: no bound is known. */
function missingSpans({ kind, calls, seen }: ServedAnalysis): string {
  const which = kind === 'early' ? 'fewer of the last ones' : 'and not by chance';
  return `server spans seen for ${seen} of ${calls} calls, ${which}`;
}

function edgeName({ caller, callee }: RunAnalysis['edges'][number]): string {
  return `${caller} → ${callee}`;
}

/** Calls of several operations are taken to be as much alike as those of the worst. */
function togetherOf(clocks: readonly ClockSummary[]): ClockSummary {
  const [only, ...others] = clocks;
  if (only !== undefined && others.length === 0) return only;
  const worst = (percent: number): Dependence | undefined =>
    clocks
      .flatMap(
        (clock) =>
          clock.dependence[clock.percentiles.findIndex((p) => p.percent === percent)] ?? [],
      )
      .toSorted((a, b) => b.designEffect - a.designEffect)[0];
  return summarizeClock(mergeSamples(clocks.map((clock) => clock.sample)), worst);
}
