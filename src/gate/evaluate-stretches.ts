import type { RunAnalysis, StretchCalls } from '../analyze/index.ts';
import { formatCount, invariant, NS_PER_SEC } from '../core/index.ts';
import type { ThresholdOperator, ThresholdSpec } from '../scenario/index.ts';
import { decide, type Decision } from './decide-threshold.ts';
import { missing, type Observation } from './observation.ts';
import { missingPhase, neverSelected, wantedText } from './observe.ts';
import { observePart, type PartOfRun } from './observe-part.ts';
import { selectedOf, selectionOf } from './selections.ts';
import type { ThresholdState, WorstStretch } from './verdict.ts';

/** A threshold held against every stretch of time: what the worst of them showed. */
export interface StretchEvaluation {
  readonly seen: Observation;
  readonly decision: Decision;
  readonly stretch?: WorstStretch;
}

interface Judged {
  readonly calls: StretchCalls;
  readonly seen: Observation;
  readonly decision: Decision;
}

/** The worse beat the others. */
const ORDER: readonly ThresholdState[] = ['fail', 'unmatched', 'inconclusive', 'pass'];

/**
 * Returns what follows for a threshold that must hold in every stretch of time: it fails where it
 * does in one, and is inconclusive where one is. In a stretch without calls no share of them is
 * too large; of times nothing is known there.
 */
export function evaluateStretches(
  threshold: ThresholdSpec,
  limit: number,
  analysis: RunAnalysis,
): StretchEvaluation {
  const { operator, overNs = 0 } = threshold;
  const gone = missingPhase(threshold, analysis);
  if (gone) return { seen: gone, decision: decide(operator, limit, gone) };
  const selection = selectionOf(threshold);
  invariant(selection?.stretches !== undefined, 'a threshold over stretches selects them');
  const selected = selectedOf(analysis, selection);
  const judged = selected.stretches.flatMap((calls): Judged[] => {
    const seen = observeStretch(threshold, calls, {
      policy: selected.policy,
      looks: selected.stretches.length,
    });
    return seen ? [{ calls, seen, decision: decide(operator, limit, seen) }] : [];
  });
  const worst = judged.reduce<Judged | undefined>(
    (worse, one) => (worse === undefined || isWorse(one, worse, operator) ? one : worse),
    undefined,
  );
  if (worst === undefined) {
    const seen = neverSelected(threshold, selected.ranNs > 0) ?? tooShort(threshold, analysis);
    return { seen, decision: decide(operator, limit, seen) };
  }
  const failed = judged.filter(({ decision }) => decision.state === 'fail').length;
  const { fromNs, toNs } = worst.calls;
  const { seen, decision } = worst;
  return {
    seen,
    decision: { ...decision, reason: reasonOf(worst, overNs / NS_PER_SEC) },
    stretch: { fromNs, toNs, stretches: judged.length, failed },
  };
}

/** Returns undefined for a stretch that says nothing, and can say nothing. */
function observeStretch(
  threshold: ThresholdSpec,
  calls: StretchCalls,
  { policy, looks }: Required<Pick<PartOfRun, 'policy' | 'looks'>>,
): Observation | undefined {
  const { metric, overNs = 0 } = threshold;
  const { summary, arrivals } = calls;
  const isTime = metric === 'response' || metric === 'service';
  if (metric === 'dropped' && arrivals.due === 0) return undefined;
  if (metric !== 'dropped' && metric !== 'arrivals' && summary.calls === 0) {
    if (isTime) return { unit: 'ns', n: 0, atLeast: false, doubt: `no ${wantedText(threshold)}` };
    if (threshold.aggregate.kind === 'rate' && metric !== 'calls') return undefined;
    const unit = threshold.aggregate.kind === 'rate' ? 'rate' : 'count';
    return { unit, n: 0, value: 0, atLeast: false, doubt: '' };
  }
  const wanted = wantedText(threshold);
  const part = { summary, arrivals, policy, ranNs: overNs, wanted, looks };
  return observePart(threshold, part, 'response');
}

/** Of alike states the one that is further past the limit, or nearer to it. */
function isWorse(one: Judged, worst: Judged, operator: ThresholdOperator): boolean {
  const [own, others] = [one, worst].map(({ decision }) => ORDER.indexOf(decision.state));
  if (own !== others) return (own ?? 0) < (others ?? 0);
  const [value, other] = [one, worst].map(({ seen }) => seen.value ?? seen.floor);
  if (value === undefined || other === undefined) {
    // Of stretches without a value, that with the fewest calls.
    return value === other ? one.seen.n < worst.seen.n : value === undefined;
  }
  return operator.startsWith('>') ? value < other : value > other;
}

function reasonOf({ seen, decision }: Judged, seconds: number): string {
  const { neededN, n } = seen;
  if (decision.state !== 'inconclusive' || neededN === undefined) return decision.reason;
  if (n === 0) return decision.reason;
  const wanted = Math.ceil((seconds * neededN) / n);
  return `too few calls in ${formatCount(seconds)} s: over ${wanted}s would do`;
}

/** A run that was stopped may have been meant to last as long. */
function tooShort(threshold: ThresholdSpec, { partial }: RunAnalysis): Observation {
  const { overNs = 0, fault, healthy, metric } = threshold;
  const seconds = `${formatCount(overNs / NS_PER_SEC)} s`;
  const where = healthy ? ' of healthy time' : fault === undefined ? '' : ` of fault ${fault}`;
  const reason = `no stretch of ${seconds}${where} lies within a measured phase`;
  if (!partial) return missing(reason);
  const unit = metric === 'response' || metric === 'service' ? 'ns' : 'ratio';
  return { unit, n: 0, atLeast: false, doubt: reason };
}
