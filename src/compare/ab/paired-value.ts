import type { Ns, Ratio } from '../../core/index.ts';
import type { BaselineQuestion } from '../../gate/index.ts';
import { addBuckets } from '../log-buckets.ts';
import type { AbSecond, AbStepSecond, SideCalls } from './ab-second.ts';
import { AbTest } from './ab-test.ts';

/** What pairs of seconds say of a question about B and A. */
export interface PairedValue {
  readonly baseline: number;
  readonly value: number;
  /** Of value - factor * baseline: a 95% interval that holds at any time. */
  readonly lower: number;
  readonly upper: number;
  /** Whether calls were cut off below the percentile. */
  readonly isCutOff: boolean;
}

/** Nothing here asks which change counts. */
const EVERY_CHANGE = { changeMinNs: 0, errorChangeMin: 0 } as const;

/**
 * Returns what the seconds that both versions share say of how B's value lies to a multiple of A's;
 * undefined for what pairs do not tell: rates, and multiples of shares. A ratio r of B's times to
 * A's, around the middle m of both, is
 *
 *   value - factor * baseline = m (sqrt(r) - factor / sqrt(r))
 *
 * which grows with r, so that the ends of the interval of r are those of the difference.
 * @param seconds of the steps that are asked for, which are taken together
 */
export function pairedValue(
  seconds: readonly AbSecond[],
  { of, factor }: Pick<BaselineQuestion, 'of' | 'factor'>,
): PairedValue | undefined {
  switch (of.kind) {
    case 'percentile':
      return of.percent < 100 && factor > 0 ? pairedTime(seconds, of.percent, factor) : undefined;
    case 'errors':
    case 'dropped':
      return factor === 1 ? pairedShare(seconds, of.kind) : undefined;
    default:
      return undefined;
  }
}

function pairedTime(
  seconds: readonly AbSecond[],
  percent: number,
  factor: Ratio,
): PairedValue | undefined {
  // The factor is one of the ratios that are looked at: whether it is passed is told exactly.
  const changeRatioMin = Math.max(factor, 1 / factor) - 1;
  const [row] = judged(seconds, { percents: [percent], changeRatioMin }).percentiles;
  if (row === undefined) return undefined;
  const middleNs: Ns = Math.sqrt(row.beforeNs * row.afterNs);
  const at = (ratio: Ratio): Ns => middleNs * (Math.sqrt(ratio) - factor / Math.sqrt(ratio));
  return {
    baseline: middleNs / Math.sqrt(row.ratio),
    value: middleNs * Math.sqrt(row.ratio),
    lower: at(row.ratioLower),
    upper: at(row.ratioUpper),
    isCutOff: row.verdict === 'unjudged',
  };
}

function pairedShare(
  seconds: readonly AbSecond[],
  kind: 'errors' | 'dropped',
): PairedValue | undefined {
  const { shares } = judged(seconds, { percents: [], changeRatioMin: 0 });
  const row = shares.find((one) => one.kind === kind);
  if (row === undefined) return undefined;
  return {
    baseline: row.before,
    value: row.after,
    lower: row.differenceLower,
    upper: row.differenceUpper,
    isCutOff: false,
  };
}

function judged(
  seconds: readonly AbSecond[],
  options: { readonly percents: readonly number[]; readonly changeRatioMin: Ratio },
) {
  const test = new AbTest({ ...EVERY_CHANGE, ...options });
  for (const second of seconds) test.add({ ...second, steps: together(second.steps) });
  return test.judge();
}

/** The calls of several steps as those of one. */
function together(steps: readonly AbStepSecond[]): readonly AbStepSecond[] {
  if (steps.length < 2) return steps;
  const sum = (side: 'a' | 'b'): SideCalls => {
    const own = steps.map((step) => step[side]);
    const outcomes: Record<string, number> = {};
    for (const [outcome, calls] of own.flatMap((one) => Object.entries(one.outcomes))) {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + calls;
    }
    return {
      outcomes,
      response: addBuckets(own.map(({ response }) => response)),
      cutOff: addBuckets(own.map(({ cutOff }) => cutOff)),
    };
  };
  return [{ step: '', a: sum('a'), b: sum('b') }];
}
