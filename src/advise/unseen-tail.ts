import { countAbove, sampleSize, tailRatioOf, type CensoredSample } from '../analyze/index.ts';
import { countOf, counted, formatDuration, formatRatio, type Ns } from '../core/index.ts';
import type { RecommendedTimeout, UnseenTail } from './advice.ts';

/**
 * Returns what a sample does not show of a timeout that was derived from it; undefined where it
 * shows enough. An attempt that was cut off before the timeout T may have lasted longer than T, and
 * the product-limit estimate supposes that it went on as the others. With
 *
 *   worst = (exact durations > T + all that were cut off) / n
 *
 * no more than the promised share, that supposition has no say in the promise. It has where worst
 * is more. And where the longest of all was cut off, and before T, nothing was seen of the time
 * between the two.
 */
export function unseenTail(
  sample: CensoredSample,
  timeoutNs: Ns,
  successPercent: number,
): UnseenTail | undefined {
  const { exact, censored } = sample;
  const attempts = countOf(censored) - countAbove(censored, timeoutNs);
  if (attempts === 0) return undefined;
  const worstRatio = (countAbove(exact, timeoutNs) + countOf(censored)) / sampleSize(sample);
  const waitedNs = censored.valueNs.at(-1) ?? 0;
  const isPast = timeoutNs > waitedNs && waitedNs >= (exact.valueNs.at(-1) ?? 0);
  if (!isPast && worstRatio <= tailRatioOf(successPercent)) return undefined;
  return { attempts, ...(isPast && { waitedNs }), worstRatio };
}

/** Returns in words what a timeout supposes of attempts that nobody waited for: a phrase. */
export function unseenText(
  { successPercent }: Pick<RecommendedTimeout, 'successPercent'>,
  { attempts, waitedNs, worstRatio }: UnseenTail,
): string {
  const were = `${counted(attempts, 'attempt')} ${attempts === 1 ? 'was' : 'were'}`;
  const past =
    waitedNs === undefined ? '' : `, none was waited for beyond ${formatDuration(waitedNs)}`;
  const ifLonger =
    worstRatio > tailRatioOf(successPercent)
      ? `: had they all lasted longer, ${formatRatio(worstRatio)} would be cut off`
      : '';
  return `${were} given up sooner than that${past}${ifLonger}`;
}
