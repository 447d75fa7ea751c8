import { ERROR_OUTCOMES } from '../../core/index.ts';
import type { RunReport } from '../../report/index.ts';
import type { BadCalls } from '../../why/index.ts';

/** What of a step got worse, and which calls of it are bad for that. */
export interface Regression {
  /** As the run has it: of two versions, B's. */
  readonly step: string;
  readonly text: string;
  readonly bad: BadCalls;
}

/** The rows of a comparison. */
export type ComparedRows = Pick<NonNullable<RunReport['comparison']>, 'shares' | 'percentiles'>;

/**
 * Returns what got worse: one regression for each step, errors before times. Calls are bad that are
 * slower than the run before had them at the percentile.
 */
export function regressionsOf({ shares, percentiles }: ComparedRows): readonly Regression[] {
  const failed: BadCalls = { kind: 'failed', outcomes: [...ERROR_OUTCOMES] };
  const all: readonly Regression[] = [
    ...shares
      .filter(({ verdict, kind }) => verdict === 'regression' && kind === 'errors')
      .map(({ step }) => ({ step, text: `${step}: more errors`, bad: failed })),
    ...percentiles
      .filter(({ verdict }) => verdict === 'regression')
      .toSorted((a, b) => placeOf(a.percent) - placeOf(b.percent))
      .map(({ step, percent, beforeNs }) => ({
        step,
        text: `${step}: a longer p${percent}`,
        bad: { kind: 'slow', limitNs: beforeNs } as const,
      })),
  ];
  return [...Map.groupBy(all, ({ step }) => step).values()].flatMap((own) => own.slice(0, 1));
}

/** The tail shows best what a few calls meet; past p99 there are too few of them. */
function placeOf(percent: number): number {
  return percent > 99 ? percent : -percent;
}

/** Returns by what a run is worse than its baseline, or version B than A; none where neither is. */
export function regressionsOfReport({
  comparison,
  ab,
}: Pick<RunReport, 'comparison' | 'ab'>): readonly Regression[] {
  if (comparison?.verdict === 'regression') return regressionsOf(comparison);
  if (ab?.judgement.verdict !== 'regression') return [];
  const nameOfB = new Map(ab.steps.map(({ step, b }) => [step, b]));
  return regressionsOf(ab.judgement).map((one) => ({
    ...one,
    step: nameOfB.get(one.step) ?? one.step,
  }));
}
