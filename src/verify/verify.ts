import type { EdgeTuning, Tuning } from '../advise/index.ts';
import type { RunAnalysis } from '../analyze/index.ts';
import {
  compareRuns,
  loadDifferences,
  type RunComparison,
  type RunDigest,
} from '../compare/index.ts';
import { formatCount, formatDuration, NS_PER_MS, rngFrom, type Ns } from '../core/index.ts';
import { judgeParts, stepVerdict } from './judge-step.ts';
import { answeredAfter, connectsSeen, stepSide } from './step-side.ts';
import type { StepVerification, Unverified, Verdict, Verification } from './verification.ts';

/** One of the two runs, read. */
export interface MadeRun {
  readonly analysis: RunAnalysis;
  readonly digest: RunDigest;
  /** Why it must not be believed, a sentence each; empty for a valid one. */
  readonly invalid: readonly string[];
}

export interface VerificationQuestion {
  readonly scenario: string;
  readonly tuning: Pick<Tuning, 'runs' | 'edges'>;
  /** The steps that were given what is recommended for them, and it in words. */
  readonly policies: ReadonlyMap<string, string>;
  /** What connecting to each target might take in the run after. */
  readonly connectTimeoutsNs: ReadonlyMap<string, Ns>;
  readonly before: MadeRun;
  readonly after: MadeRun;
}

const PERCENTS = [50, 90, 99, 99.9] as const;
/** Two runs of one caller lie a tenth apart for reasons of their own. */
const CHANGE_RATIO_MIN = 0.2;
const CHANGE_MIN_NS = NS_PER_MS;
/** Resampling draws; it has no say in what was sent. */
const SEED = 58;

/**
 * Returns what became of recommendations, by a run as it is and the same with them. Each promise
 * has a verdict by its interval; a step does not hold where one of them does not.
 */
export function verifyTuning(question: VerificationQuestion): Verification {
  const { tuning, policies, before, after } = question;
  const comparison = compareRuns(before.digest, after.digest, {
    percents: PERCENTS,
    changeRatioMin: CHANGE_RATIO_MIN,
    changeMinNs: CHANGE_MIN_NS,
    rng: rngFrom(SEED, 'compare'),
  });
  const steps = tuning.edges.flatMap((edge) => stepOf(edge, question, comparison) ?? []);
  const invalid = [before, after].flatMap((run) => run.invalid);
  const judged = new Set(steps.map(({ step }) => step));
  return {
    scenario: question.scenario,
    recommendedBy: tuning.runs.map(({ runId }) => runId),
    verdict: invalid.length > 0 ? 'invalid' : verdictOf(steps, comparison),
    invalid,
    before: sideOf(before),
    after: sideOf(after),
    // They are of one machine and one scenario, whatever it is called in the two.
    differences: loadDifferences(before.digest, {
      ...after.digest,
      scenario: before.digest.scenario,
    }),
    steps,
    limits: comparison.limits,
    shares: comparison.shares,
    percentiles: comparison.percentiles,
    unverified: tuning.edges
      .filter(({ kind, operation }) => kind === 'service' || !judged.has(operation))
      .map((edge) => unverified(edge, policies)),
  };
}

function sideOf({ analysis }: MadeRun): Verification['before'] {
  return { runId: analysis.run.runId, measuredNs: analysis.measuredNs };
}

function stepOf(
  edge: EdgeTuning,
  { policies, connectTimeoutsNs, before, after }: VerificationQuestion,
  { shares, percentiles }: RunComparison,
): StepVerification | undefined {
  const { kind, operation: step, callee, policy, protection, bestBound } = edge;
  const text = policies.get(step);
  if (kind !== 'harness' || policy === undefined || text === undefined) return undefined;
  const [was, is] = [stepSide(before, step), stepSide(after, step)];
  const errors = shares.find((row) => row.kind === 'errors' && row.step === step);
  if (was === undefined || is === undefined || errors === undefined) return undefined;
  const falseTimeouts = answeredAfter(before, step, policy.attemptTimeoutNs);
  const connectTimeoutNs = connectTimeoutsNs.get(callee) ?? policy.connectTimeoutNs;
  const connects = connectsSeen({ before, after }, callee, connectTimeoutNs);
  const parts = judgeParts({
    policy,
    ...(protection && { protection }),
    successPercent: bestBound?.successPercent ?? 99.9,
    before: was,
    after: is,
    falseTimeouts,
    connects,
    errors,
    percentiles: percentiles.filter((row) => row.step === step),
  });
  return {
    ...{ step, target: callee, policy: text, verdict: stepVerdict(parts), parts },
    ...{ before: was, after: is, falseTimeouts, connects },
  };
}

/** Arrivals that found no free slot are of no step: more of them is what the policies did. */
function verdictOf(
  steps: readonly StepVerification[],
  { shares }: RunComparison,
): Exclude<Verdict, 'invalid'> {
  const verdicts = new Set(steps.map(({ verdict }) => verdict));
  const dropped = shares.find(({ kind }) => kind === 'dropped');
  if (verdicts.has('not-held') || dropped?.verdict === 'regression') return 'not-held';
  return verdicts.has('cannot-tell') || steps.length === 0 ? 'cannot-tell' : 'held';
}

function unverified(edge: EdgeTuning, policies: ReadonlyMap<string, string>): Unverified {
  const { kind, caller, callee, operation, policy, advice } = edge;
  const name = `${caller} → ${callee}  ${operation}`;
  if (kind === 'service') {
    return {
      edge: name,
      reason: `its calls are ${caller}'s: give it the recommendation (--caller ${caller} --export STACK) and compare runs`,
    };
  }
  if (policy === undefined) {
    const needed = advice.timeouts.find((one) => one.kind === 'refused');
    const wanted = needed?.neededN
      ? `, ${formatCount(needed.neededN)} attempts are needed${needed.neededNs > 0 ? `, ${formatDuration(needed.neededNs)} at this rate` : ''}`
      : '';
    return { edge: name, reason: `no timeout is known, and so no policy${wanted}` };
  }
  return {
    edge: name,
    reason: policies.has(operation)
      ? 'the two runs do not both have its calls'
      : 'the scenario of the run has no such step in a flow',
  };
}
