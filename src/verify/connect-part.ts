import { proportionBounds } from '../analyze/index.ts';
import { counted, formatCount, formatDuration, formatRatio, type Ratio } from '../core/index.ts';
import { byShare } from './share-verdict.ts';
import type { ConnectsSeen, PartResult } from './verification.ts';

/** As many may be given up as the timeout was drawn for: one in 1,000. */
const LATE_MAX: Ratio = 0.001;

/**
 * Returns whether the connect timeout gives up what would be opened. By the connections of the run
 * before, which waits longer: of one that was given up nobody knows what it would have become.
 *
 * Connections are opened once and kept, so that most runs have too few to rule out one in 1,000.
 * Where none of them was late that is no doubt of the timeout: it is untested, and in no verdict.
 */
export function connectPart({ timeoutNs, healthy, after }: ConnectsSeen): PartResult {
  const { hits, n } = healthy;
  const { lower, upper } = proportionBounds(hits, n);
  const dialled = after.opened + after.timedOut;
  const late =
    n === 0
      ? 'the run before opened none outside faults'
      : `${formatCount(hits)} of ${counted(n, 'connection')} were opened after ${formatDuration(timeoutNs)} (${formatRatio(lower)} to ${formatRatio(upper)})`;
  const result = byShare({ lower, upper, limit: LATE_MAX }, healthy, 'connection');
  return {
    part: 'connect timeout',
    promise: `at most ${formatRatio(LATE_MAX)} of what would be opened is given up when all is well`,
    seen: `${late}; in the run after ${formatCount(after.timedOut)} of ${formatCount(dialled)} were given up`,
    ...result,
    ...(hits === 0 && result.verdict === 'cannot-tell' && { verdict: 'untested' as const }),
  };
}
