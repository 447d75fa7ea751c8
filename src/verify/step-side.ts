import {
  countAbove,
  isHealthyStretch,
  type PolicySummary,
  type RunAnalysis,
  type StepAnalysis,
} from '../analyze/index.ts';
import type { CallBlock, RunDigest } from '../compare/index.ts';
import { NS_PER_SEC, OUTCOMES, type Ns } from '../core/index.ts';
import type { ConnectsSeen, Hits, StepSide, StepVerification } from './verification.ts';

/** What one of the two runs showed. */
export interface SideNumbers {
  readonly analysis: Pick<RunAnalysis, 'steps' | 'edges' | 'connects' | 'dials' | 'measuredNs'>;
  readonly digest: Pick<RunDigest, 'steps'>;
}

/** Returns what one run showed of a step; undefined where it was not called. */
export function stepSide({ analysis, digest }: SideNumbers, step: string): StepSide | undefined {
  const own = analysis.steps.find((one) => one.step === step);
  if (own === undefined) return undefined;
  const { overall, policy } = own;
  const { measuredNs } = analysis;
  const attempts = policy?.attempts ?? overall.calls;
  const blocks = digest.steps.flatMap((one) => (one.step === step ? one.blocks : []));
  return {
    calls: overall.calls,
    errorRatio: overall.errorRatio,
    attempts,
    retries: policy?.retries ?? 0,
    hedges: policy?.hedges ?? 0,
    rejected: policy?.rejected ?? 0,
    rejectedBy: policy === undefined ? '' : refuserOf(policy),
    measuredNs,
    attemptsPerSec: measuredNs === 0 ? 0 : (attempts / measuredNs) * NS_PER_SEC,
    rejectedHealthy: rejectedIn(blocks.filter(({ stretch }) => isHealthyStretch(stretch))),
  };
}

/** Returns, of a run's attempts, those that were answered after a time. */
export function answeredAfter(
  { analysis }: SideNumbers,
  step: string,
  timeoutNs: Ns,
): StepVerification['falseTimeouts'] {
  const own = analysis.steps.find((one) => one.step === step);
  const edge = analysis.edges.find((one) => one.kind === 'harness' && one.operation === step);
  const of = (clock: StepAnalysis['overall']['service'] | undefined): Hits =>
    clock === undefined
      ? { hits: 0, n: 0 }
      : { hits: countAbove(clock.sample.exact, timeoutNs), n: clock.n };
  return { healthy: of(edge?.attempt), all: of(own?.overall.service) };
}

/** Returns the connections to a target, held against the timeout that the run after had. */
export function connectsSeen(
  { before, after }: { readonly before: SideNumbers; readonly after: SideNumbers },
  target: string,
  timeoutNs: Ns,
): ConnectsSeen {
  const opened = before.analysis.connects.find((one) => one.target === target)?.connect;
  const dials = after.analysis.dials.find((one) => one.target === target);
  const timeouts = dials?.reasons.filter(({ reason }) => reason === 'timeout') ?? [];
  return {
    timeoutNs,
    healthy: opened
      ? { hits: countAbove(opened.sample.exact, timeoutNs), n: opened.n }
      : { hits: 0, n: 0 },
    after: {
      opened: dials?.opened ?? 0,
      timedOut: timeouts.reduce((sum, { count }) => sum + count, 0),
    },
  };
}

function rejectedIn(blocks: readonly CallBlock[]): Hits {
  const count = (isMeant: (outcome: (typeof OUTCOMES)[number]) => boolean): number =>
    blocks.reduce(
      (sum, { outcomes }) =>
        sum + OUTCOMES.reduce((own, one) => own + (isMeant(one) ? (outcomes[one] ?? 0) : 0), 0),
      0,
    );
  return {
    hits: count((outcome) => outcome === 'rejected'),
    n: count((outcome) => outcome !== 'dropped' && outcome !== 'cancelled'),
  };
}

function refuserOf({ breakerRejected, bulkheadRejected, rateLimited }: PolicySummary): string {
  const refusers = [
    ['by the breaker', breakerRejected],
    ['by the bulkhead', bulkheadRejected],
    ['by the rate limit', rateLimited],
  ] as const;
  const [most] = refusers.toSorted(([, a], [, b]) => b - a);
  return most === undefined || most[1] === 0 ? '' : most[0];
}
