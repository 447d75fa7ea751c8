import type { Ns, Ratio } from '../core/index.ts';
import type { Difference } from './difference.ts';

/**
 * - `regression`, `improvement`: larger than the least change that counts, and too large for chance
 * - `pass`: no change that counts for the worse, its interval says so too
 * - `inconclusive`: neither is shown
 * - `unjudged`: too small a sample for a gate; it takes part in no verdict
 */
export type RowVerdict = 'regression' | 'improvement' | 'pass' | 'inconclusive' | 'unjudged';

/** A percentile of the response time of one step before and after. */
export interface PercentileRow {
  readonly step: string;
  readonly percent: number;
  readonly beforeNs: Ns;
  readonly afterNs: Ns;
  /** After over before, with its 95% interval; an end past a factor of 1,000 is 0 or Infinity. */
  readonly ratio: Ratio;
  readonly ratioLower: Ratio;
  readonly ratioUpper: Ratio;
  /** After less before. */
  readonly differenceNs: Ns;
  readonly differenceLowerNs: Ns;
  readonly differenceUpperNs: Ns;
  /** How likely so large a difference is chance, and the same among all rows. */
  readonly p: number;
  readonly q: number;
  readonly verdict: RowVerdict;
  /** Why it is not judged, or what is not shown; '' for nothing to say. */
  readonly reason: string;
}

/** The share of a step's calls that failed, or of the arrivals dropped, before and after. */
export interface ShareRow {
  readonly kind: 'errors' | 'dropped';
  /** '' for dropped. */
  readonly step: string;
  readonly before: Ratio;
  readonly after: Ratio;
  readonly difference: Ratio;
  readonly differenceLower: Ratio;
  readonly differenceUpper: Ratio;
  readonly p: number;
  readonly q: number;
  readonly verdict: RowVerdict;
  readonly reason: string;
}

/** What rows are judged by. */
export interface RowLimits {
  /** Of all rows that are called changed, so many at most are by chance, in the long run. */
  readonly falseDiscoveryRatio: Ratio;
  /** A change of a percentile counts that is larger than both. */
  readonly changeRatioMin: Ratio;
  readonly changeMinNs: Ns;
  /** A share counts that changed by so much. */
  readonly shareChangeMin: Ratio;
}

/** A percentile before it is judged. */
export interface PercentileChange {
  readonly step: string;
  readonly percent: number;
  readonly beforeNs: Ns;
  readonly afterNs: Ns;
  /** Of the logarithms. */
  readonly difference: Difference;
  readonly differenceNs: Omit<Difference, 'p'>;
  /** Why it is not judged; '' where it is. */
  readonly unjudged: string;
}

/** Returns the row of a percentile with its q-value. */
export function percentileRow(
  { difference, differenceNs, unjudged, ...row }: PercentileChange,
  q: number,
  { falseDiscoveryRatio, changeRatioMin, changeMinNs }: RowLimits,
): PercentileRow {
  const isLarge = (ratio: Ratio, ns: Ns): boolean => ratio >= changeRatioMin && ns >= changeMinNs;
  const upperRatio = Math.exp(difference.upper) - 1;
  return {
    ...row,
    ratio: Math.exp(difference.value),
    ratioLower: openBeyond(Math.exp(difference.lower)),
    ratioUpper: openBeyond(Math.exp(difference.upper)),
    differenceNs: differenceNs.value,
    differenceLowerNs: differenceNs.lower,
    differenceUpperNs: differenceNs.upper,
    p: difference.p,
    q,
    ...judge({
      unjudged,
      isShown: q <= falseDiscoveryRatio,
      isWorse: isLarge(Math.exp(difference.value) - 1, differenceNs.value),
      isBetter: isLarge(Math.exp(-difference.value) - 1, -differenceNs.value),
      mayBeWorse: isLarge(upperRatio, upperRatio * row.beforeNs),
    }),
  };
}

/** So far out an end says nothing but that it is not known. */
const RATIO_MAX: Ratio = 1_000;

function openBeyond(end: Ratio): Ratio {
  if (end > RATIO_MAX) return Infinity;
  return end < 1 / RATIO_MAX ? 0 : end;
}

/** A share before it is judged. */
export interface ShareChange {
  readonly kind: ShareRow['kind'];
  readonly step: string;
  readonly before: Ratio;
  readonly after: Ratio;
  readonly difference: Difference;
  readonly unjudged: string;
}

/** Returns the row of a share with its q-value. */
export function shareRow(
  { difference, unjudged, ...row }: ShareChange,
  q: number,
  { falseDiscoveryRatio, shareChangeMin }: RowLimits,
): ShareRow {
  return {
    ...row,
    difference: difference.value,
    differenceLower: difference.lower,
    differenceUpper: difference.upper,
    p: difference.p,
    q,
    ...judge({
      unjudged,
      isShown: q <= falseDiscoveryRatio,
      isWorse: difference.value >= shareChangeMin,
      isBetter: -difference.value >= shareChangeMin,
      mayBeWorse: difference.upper >= shareChangeMin,
    }),
  };
}

interface Judged {
  readonly unjudged: string;
  /** Whether the change is too large for chance. */
  readonly isShown: boolean;
  readonly isWorse: boolean;
  readonly isBetter: boolean;
  /** Whether the interval reaches to a change for the worse that counts. */
  readonly mayBeWorse: boolean;
}

function judge({ unjudged, isShown, isWorse, isBetter, mayBeWorse }: Judged): {
  readonly verdict: RowVerdict;
  readonly reason: string;
} {
  if (unjudged !== '') return { verdict: 'unjudged', reason: unjudged };
  if (isShown && isWorse) return { verdict: 'regression', reason: '' };
  if (isShown && isBetter) return { verdict: 'improvement', reason: '' };
  if (!mayBeWorse) return { verdict: 'pass', reason: '' };
  const reason = isWorse ? 'worse, and may be chance' : 'a change that counts is not ruled out';
  return { verdict: 'inconclusive', reason };
}
