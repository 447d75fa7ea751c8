import type { RunAnalysis } from '../analyze/index.ts';
import type { ServiceEnd } from '../core/index.ts';
import type { ThresholdSpec } from '../scenario/index.ts';
import { decide } from './decide-threshold.ts';
import { generatorInvalidity } from './generator-validity.ts';
import { observe } from './observation.ts';
import { lostServices } from './lost-services.ts';
import { lackOfSuccess, type LackOfSuccess } from './success.ts';
import type { Invalidity, ThresholdResult, Verdict, VerdictOutcome } from './verdict.ts';

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
): Verdict {
  const results = thresholds.map((threshold) => evaluate(threshold, analysis));
  const invalid = generatorInvalidity(thresholds, analysis);
  const lack = lackOfSuccess(thresholds, results, analysis);
  const lost = lostServices(analysis.run);
  return {
    outcome: outcomeOf(results, { invalid, lack, lost }),
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
}

function outcomeOf(
  results: readonly ThresholdResult[],
  { invalid, lack, lost }: Findings,
): VerdictOutcome {
  if (lost.length > 0 || lack?.isOfTarget === true) return 'failed';
  if (invalid !== undefined) return 'invalid';
  return lack === undefined ? worst(results) : 'failed';
}

function evaluate(threshold: ThresholdSpec, analysis: RunAnalysis): ThresholdResult {
  const observation = observe(threshold, analysis);
  const { state, reason } = decide(threshold, observation);
  const { value, floor, interval, neededN } = observation;
  return {
    text: threshold.text,
    state,
    operator: threshold.operator,
    limit: threshold.limit,
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
function unitOf({ aggregate }: ThresholdSpec): ThresholdResult['unit'] {
  if (aggregate.kind === 'rate') return 'ratio';
  return aggregate.kind === 'count' ? 'count' : 'ns';
}

function worst(results: readonly ThresholdResult[]): VerdictOutcome {
  const states = new Set(results.map((r) => r.state));
  if (states.has('fail') || states.has('unmatched')) return 'failed';
  return states.has('inconclusive') ? 'inconclusive' : 'passed';
}
