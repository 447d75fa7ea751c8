import type { RunAnalysis } from '../analyze/index.ts';
import type { LoadEnd, ServiceEnd } from '../core/index.ts';
import type { ThresholdSpec } from '../scenario/index.ts';
import { againstBaseline } from './against-baseline.ts';
import type { BaselineValues } from './baseline-values.ts';
import { callsToDecide, decide, type Decision } from './decide-threshold.ts';
import { evaluateStretches } from './evaluate-stretches.ts';
import { generatorInvalidity } from './generator-validity.ts';
import type { Observation } from './observation.ts';
import { observe } from './observe.ts';
import { lostServices } from './lost-services.ts';
import { lackOfSuccess, type LackOfSuccess } from './success.ts';
import { withLooks } from './with-looks.ts';
import type { Invalidity, ThresholdResult, Verdict, VerdictOutcome } from './verdict.ts';

export interface EvaluateOptions {
  /** What the run is held against; without one a threshold that is relative to it stays open. */
  readonly baseline?: BaselineValues;
  /** How many looks at the run, this one among them, share the error of one; absent: one look. */
  readonly looks?: number;
}

/**
 * Returns the verdict on a run: every threshold held against what was measured, in their order.
 *
 * A percentile whose sample is too small, or whose calls were cut off below the limit, is
 * inconclusive; but where even the lower end of what is known lies past the limit, it has failed. A
 * subject that matches nothing is an error and fails the run; it never passes in silence. A run in
 * which no call succeeded has failed, with or without thresholds. Where the generator itself was
 * the cause of what was measured, the run is invalid whatever the thresholds say; but one that lost
 * a service has failed, and so has one whose target let no call succeed, for neither hangs on when
 * the calls were sent.
 */
export function evaluateThresholds(
  thresholds: readonly ThresholdSpec[],
  analysis: RunAnalysis,
  options: EvaluateOptions = {},
): Verdict {
  const results = thresholds.map((threshold) =>
    withPolicy(threshold, notReached(evaluate(threshold, analysis, options), analysis)),
  );
  const invalid = generatorInvalidity(thresholds, analysis);
  const lack = lackOfSuccess(thresholds, results, analysis);
  const lost = lostServices(analysis.run);
  return {
    outcome: outcomeOf(results, { invalid, lack, lost, end: analysis.run.loadEnd }),
    partial: analysis.partial,
    ...(lack === undefined ? {} : { lackOfSuccess: lack.text }),
    lostServices: lost,
    ...(invalid === undefined ? {} : { invalid }),
    thresholds: results,
  };
}

interface Findings {
  readonly invalid: Invalidity | undefined;
  readonly lack: LackOfSuccess | undefined;
  readonly lost: readonly ServiceEnd[];
  readonly end: LoadEnd | undefined;
}

function outcomeOf(
  results: readonly ThresholdResult[],
  { invalid, lack, lost, end }: Findings,
): VerdictOutcome {
  if (lost.length > 0 || lack?.isOfTarget === true) return 'failed';
  if (invalid !== undefined) return 'invalid';
  // What failed for sure may look open again for the calls that were still under way.
  return lack === undefined && end?.kind !== 'failed' ? worst(results) : 'failed';
}

/** What a load has not come to that ended early is open, and no error of the scenario. */
function notReached(result: ThresholdResult, { run }: RunAnalysis): ThresholdResult {
  const { loadEnd } = run;
  if (result.state !== 'unmatched' || loadEnd === undefined) return result;
  if (loadEnd.atNs >= loadEnd.plannedNs) return result;
  return { ...result, state: 'inconclusive', reason: `the load ended early: ${result.reason}` };
}

/** What the scenario makes of a threshold that the run cannot tell. */
function withPolicy({ whenInconclusive }: ThresholdSpec, result: ThresholdResult): ThresholdResult {
  if (result.state !== 'inconclusive') return result;
  if (whenInconclusive === undefined || whenInconclusive === 'extend') return result;
  return { ...result, countsAs: whenInconclusive };
}

function evaluate(
  threshold: ThresholdSpec,
  analysis: RunAnalysis,
  { baseline, looks = 1 }: EvaluateOptions,
): ThresholdResult {
  const { limit } = threshold;
  if (typeof limit === 'number' && threshold.overNs !== undefined) {
    const { seen, decision, stretch } = evaluateStretches(threshold, limit, analysis);
    return { ...resultOf(threshold, seen, decision), limit, ...(stretch && { stretch }) };
  }
  if (typeof limit === 'number') {
    const observation = withLooks(observe(threshold, analysis), looks);
    const decision = decide(threshold.operator, limit, observation);
    const isOpen = decision.state === 'inconclusive';
    const neededN = observation.neededN ?? (isOpen ? callsToDecide(observation, limit) : undefined);
    return {
      ...resultOf(threshold, observation, decision),
      ...(neededN !== undefined && { neededN }),
      limit,
    };
  }
  const { seen, terms, decision } = againstBaseline(threshold, limit, baseline);
  const value = terms.value;
  return {
    ...resultOf(threshold, seen, decision),
    ...(value === undefined ? {} : { limit: limit.factor * value + limit.offset }),
    baseline: terms,
  };
}

function resultOf(
  threshold: ThresholdSpec,
  observation: Observation,
  { state, reason }: Decision,
): Omit<ThresholdResult, 'limit'> {
  const { value, floor, interval, neededN } = observation;
  return {
    text: threshold.text,
    state,
    operator: threshold.operator,
    unit: observation.missing === undefined ? observation.unit : unitOf(threshold),
    ...(value === undefined ? {} : { value }),
    ...(value !== undefined || floor === undefined ? {} : { lowerBound: floor }),
    atLeast: observation.atLeast,
    ...(interval === undefined ? {} : { interval }),
    n: observation.n,
    ...(neededN === undefined ? {} : { neededN }),
    reason,
  };
}

/** Also where there was nothing to observe. */
function unitOf({ aggregate, metric }: ThresholdSpec): ThresholdResult['unit'] {
  if (metric === 'amplification') return 'factor';
  if (aggregate.kind === 'rate') {
    return metric === 'calls' || metric === 'arrivals' ? 'rate' : 'ratio';
  }
  return aggregate.kind === 'count' ? 'count' : 'ns';
}

function worst(results: readonly ThresholdResult[]): VerdictOutcome {
  const states = new Set(results.map(({ state, countsAs = state }) => countsAs));
  if (states.has('fail') || states.has('unmatched')) return 'failed';
  return states.has('inconclusive') ? 'inconclusive' : 'passed';
}
