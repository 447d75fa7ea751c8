import type { RunAnalysis, StepAnalysis } from '../../analyze/index.ts';
import { ERROR_OUTCOMES, type Outcome } from '../../core/index.ts';
import type { ThresholdResult } from '../../gate/index.ts';
import type { ThresholdSpec } from '../../scenario/index.ts';
import { mergeSparse } from '../../core/index.ts';
import type { BadCalls, CallCounts, WhyTarget } from '../../why/index.ts';

/** A target and how many calls it has, or why there is none. */
export type FoundTarget =
  | { readonly target: WhyTarget; readonly counts: CallCounts | undefined }
  | { readonly silence: string };

const FAILED: Readonly<Record<string, readonly Outcome[]>> = {
  errors: [...ERROR_OUTCOMES],
  timeouts: ['timeout'],
  rejected: ['rejected'],
  fallbacks: ['fallback'],
};

/** Returns which calls a threshold failed for; of several steps, the one with most such calls. */
export function targetOfThreshold(
  spec: ThresholdSpec,
  result: ThresholdResult,
  analysis: RunAnalysis,
): FoundTarget {
  const bad = badCallsOf(spec, result);
  if (typeof bad === 'string') return { silence: bad };
  const phases = measuredPhases(analysis, spec.phase);
  const clock = spec.metric === 'service' ? 'service' : 'response';
  const ranges = rangesOf(spec, analysis);
  const common = { text: spec.text, phases, clock, bad, ...(ranges && { ranges }) } as const;
  const { edge } = spec;
  if (edge !== undefined) return { target: { ...common, step: '', edge }, counts: undefined };
  const names = spec.steps ?? [spec.step];
  const found = analysis.steps
    .filter(({ step }) => names.includes(step))
    .map((step) => ({ step, counts: countsOf(step, { phases, clock }) }))
    .toSorted((a, b) => badCount(b.counts, bad) - badCount(a.counts, bad))[0];
  if (found === undefined) return { silence: `the run has no call of ${names.join(', ')}` };
  // Of the calls in windows of faults nobody keeps histograms of their own.
  const counts = ranges === undefined ? found.counts : undefined;
  return { target: { ...common, step: found.step.step }, counts };
}

/** Returns the targets of a step that is asked for by name: its failed and its slowest calls. */
export function targetsOfStep(step: StepAnalysis, analysis: RunAnalysis): readonly FoundTarget[] {
  const phases = measuredPhases(analysis, '');
  const { overall } = step;
  const p95 = overall.response.percentiles.find(
    (estimate) => estimate.kind === 'known' && estimate.percent >= 95,
  );
  const common = { step: step.step, phases, clock: 'response' } as const;
  const counts = countsOf(step, common);
  const failed: readonly FoundTarget[] =
    overall.errors === 0
      ? []
      : [
          {
            target: {
              ...common,
              text: `${step.step}: calls that failed`,
              bad: { kind: 'failed', outcomes: [...ERROR_OUTCOMES] },
            },
            counts,
          },
        ];
  if (p95?.kind !== 'known') {
    return failed.length > 0 ? failed : [{ silence: 'no call failed, and too few tell its p95' }];
  }
  const bad = { kind: 'slow', limitNs: p95.valueNs } as const;
  const text = `${step.step}: calls beyond its p${p95.percent}`;
  return [...failed, { target: { ...common, text, bad }, counts }];
}

/** Returns the target of a step whose calls take longer than they took in a baseline. */
export function targetOfRegression(
  step: StepAnalysis,
  analysis: RunAnalysis,
  regression: { readonly text: string; readonly bad: BadCalls },
): FoundTarget {
  const common = { phases: measuredPhases(analysis, ''), clock: 'response' } as const;
  const counts = countsOf(step, common);
  return { target: { ...common, ...regression, step: step.step }, counts };
}

/** Returns the counts of a step's calls in some phases, on a clock. */
export function countsOf(
  { overall, phases: own }: Pick<StepAnalysis, 'overall' | 'phases'>,
  { phases, clock }: Pick<WhyTarget, 'phases' | 'clock'>,
): CallCounts {
  const chosen = own.filter(({ phase }) => phases.includes(phase)).map(({ summary }) => summary);
  const parts = chosen.length === own.length ? [overall] : chosen;
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const part of parts) {
    for (const [name, n] of Object.entries(part.outcomes) as [Outcome, number][]) {
      outcomes[name] = (outcomes[name] ?? 0) + n;
    }
  }
  const timed = parts
    .map((part) => part[clock].sample.exact)
    .reduce(mergeSparse, { valueNs: [], count: [] });
  return { timed, outcomes };
}

/** Returns the measured phases of a run, or the one that is named. */
export function measuredPhases({ phases }: RunAnalysis, phase: string): readonly string[] {
  return phases
    .filter(({ name, measured }) => measured && (phase === '' || name === phase))
    .map(({ name }) => name);
}

function badCallsOf(
  { metric, operator, edge, of }: ThresholdSpec,
  { limit, unit }: ThresholdResult,
): BadCalls | string {
  if (!operator.startsWith('<') && operator !== '==') {
    return `it wants more (${operator}): no single call is what is wrong`;
  }
  if (metric === 'lag') return 'the lag is of the generator: no call of a service makes it';
  if (metric === 'dropped' || metric === 'arrivals' || metric === 'calls') {
    return 'arrivals that were not sent have no trace: see what was under way when they were due';
  }
  if (metric === 'connect-errors') return 'a connection that failed has no trace: see its reasons';
  if (metric === 'amplification') return 'it counts attempts: see what the policy did';
  const outcomes = FAILED[metric];
  if (outcomes !== undefined) {
    if (of === 'attempts') return 'it counts attempts: see why calls failed';
    return { kind: 'failed', outcomes };
  }
  if (unit !== 'ns' || limit === undefined) return 'it has no limit that a call could be past';
  if (edge === undefined && of === 'attempts' && metric === 'response') {
    return 'attempts have no response time of their own';
  }
  return { kind: 'slow', limitNs: limit };
}

function badCount({ timed, outcomes }: CallCounts, bad: BadCalls): number {
  if (bad.kind === 'failed') return bad.outcomes.reduce((n, one) => n + (outcomes[one] ?? 0), 0);
  return timed.valueNs.reduce((n, ns, i) => n + (ns > bad.limitNs ? (timed.count[i] ?? 0) : 0), 0);
}

function rangesOf(
  { fault, healthy, edge }: ThresholdSpec,
  analysis: RunAnalysis,
): WhyTarget['ranges'] {
  if (healthy || edge !== undefined) return analysis.healthy.ranges;
  if (fault === undefined) return undefined;
  return analysis.faults
    .filter((one) => one.window.fault === fault)
    .map(({ window: { fromNs, toNs } }) => ({ fromNs, toNs }));
}
