import type { AbJudgement } from '../compare/index.ts';
import { formatSigned } from './comparison/comparison-document.ts';

/**
 * Returns what the seconds so far say of two versions, by the surest of the percentiles:
 * `B p50 +5.20% regression`, `B p50 +1.10% undecided`; '' before there is anything to say.
 */
export function abLiveText({ percentiles }: AbJudgement): string {
  const known = percentiles.filter(({ ratio }) => Number.isFinite(ratio));
  const [first] = known;
  if (first === undefined) return '';
  const { percent, ratio, verdict } = known.reduce(
    (best, row) => (row.p < best.p ? row : best),
    first,
  );
  const isDecided = verdict !== 'inconclusive' && verdict !== 'unjudged';
  return `B p${percent} ${formatSigned(ratio - 1)}% ${isDecided ? verdict : 'undecided'}`;
}
