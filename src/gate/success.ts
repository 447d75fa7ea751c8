import {
  connectReasonOf,
  counted,
  formatCount,
  OTHER_ERRORS,
  OWN_CONNECT_REASONS,
} from '../core/index.ts';
import type { ErrorAnalysis, RunAnalysis } from '../analyze/index.ts';
import type { ThresholdSpec } from '../scenario/index.ts';
import type { ThresholdResult } from './verdict.ts';

/** The metrics of which a threshold can ask for failures. */
const FAILURES: ReadonlySet<ThresholdSpec['metric']> = new Set([
  'errors',
  'timeouts',
  'rejected',
  'fallbacks',
  'dropped',
  'connect-errors',
]);

/** So many failed calls, and so large a share of all, are no accident of the generator's. */
const TARGETS_MIN = 20;
const TARGETS_RATIO_MIN = 0.5;

/** That no call of a run succeeded. */
export interface LackOfSuccess {
  /** Why, one sentence, with the most frequent error. */
  readonly text: string;
  /** Whether the target did it, however late the generator was. */
  readonly isOfTarget: boolean;
}

/**
 * Returns why a run failed in which no call succeeded; undefined where one did, where nothing was
 * to be sent yet, or where a threshold that holds asks for failures: `errors rate > 90%` of a run
 * against a target that is down.
 *
 * It is of the target where {@link TARGETS_MIN} calls and half of all failed by what only a target
 * does: it answered otherwise than asked, refused, or cut the connection. A late generator makes
 * such calls come at another moment, and none of them fail. A time that ran out (of the attempt,
 * the connect, a check of the duration) is no such proof, since an answer that lay unread looks the
 * same; nor is what this machine ran out of, or what a thread that was lost left behind.
 */
export function lackOfSuccess(
  thresholds: readonly ThresholdSpec[],
  results: readonly ThresholdResult[],
  { steps, counters, errors }: RunAnalysis,
): LackOfSuccess | undefined {
  const calls = steps.reduce((sum, { overall }) => sum + overall.calls, 0);
  const succeeded = steps.reduce((sum, { overall }) => sum + overall.outcomes.ok, 0);
  if (succeeded > 0 || calls + counters.droppedArrivals === 0) return undefined;
  const asksForFailures = thresholds.some(
    ({ metric, operator }, i) =>
      FAILURES.has(metric) && operator.startsWith('>') && results[i]?.state === 'pass',
  );
  if (asksForFailures) return undefined;
  if (calls === 0) {
    const text = `no call was sent: all ${formatCount(counters.droppedArrivals)} arrivals were dropped`;
    return { text, isOfTarget: false };
  }
  const proofs = countOf(errors.filter(isOfTarget));
  const isEnough = proofs >= TARGETS_MIN && proofs >= TARGETS_RATIO_MIN * calls;
  return {
    text: lackText(calls, errors),
    isOfTarget: isEnough && (counters.lostThreads ?? 0) === 0,
  };
}

/** Steps that failed alike are counted together. */
function lackText(calls: number, errors: readonly ErrorAnalysis[]): string {
  const said = calls === 1 ? 'the only call failed' : `none of ${counted(calls, 'call')} succeeded`;
  const reasons = [...Map.groupBy(errors, ({ text }) => text)]
    .map(([text, alike]) => ({ text, count: countOf(alike) }))
    .toSorted((a, b) => b.count - a.count);
  const [first] = reasons;
  if (first === undefined) return said;
  const share = first.count < calls ? `, ${formatCount(first.count)} of them for` : '';
  return `${said}${share}: ${first.text}`;
}

function countOf(errors: readonly ErrorAnalysis[]): number {
  return errors.reduce((sum, { count }) => sum + count, 0);
}

function isOfTarget({ outcome, text }: ErrorAnalysis): boolean {
  if (outcome === 'status') return true;
  if (text === OTHER_ERRORS || text.startsWith('check duration')) return false;
  if (outcome === 'check') return true;
  const reason = connectReasonOf(text);
  return outcome === 'transport' && reason !== 'timeout' && !OWN_CONNECT_REASONS.includes(reason);
}
