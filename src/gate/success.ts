import { counted, formatCount } from '../core/index.ts';
import type { RunAnalysis } from '../analyze/index.ts';
import type { ThresholdSpec } from '../scenario/index.ts';
import type { ThresholdResult } from './verdict.ts';

/** The metrics of which a threshold can ask for failures. */
const FAILURES: ReadonlySet<ThresholdSpec['metric']> = new Set([
  'errors',
  'timeouts',
  'dropped',
  'connect-errors',
]);

/**
 * Returns why a run failed in which no call succeeded, its most frequent error with it; undefined
 * where one did, where nothing was to be sent yet, or where a threshold that holds asks for
 * failures: `errors rate > 90%` of a run against a target that is down.
 */
export function lackOfSuccess(
  thresholds: readonly ThresholdSpec[],
  results: readonly ThresholdResult[],
  { steps, counters, errors: [first] }: RunAnalysis,
): string | undefined {
  const calls = steps.reduce((sum, { overall }) => sum + overall.calls, 0);
  const succeeded = steps.reduce((sum, { overall }) => sum + overall.outcomes.ok, 0);
  if (succeeded > 0 || calls + counters.droppedArrivals === 0) return undefined;
  const asksForFailures = thresholds.some(
    ({ metric, operator }, i) =>
      FAILURES.has(metric) && operator.startsWith('>') && results[i]?.state === 'pass',
  );
  if (asksForFailures) return undefined;
  if (calls === 0)
    return `no call was sent: all ${formatCount(counters.droppedArrivals)} arrivals were dropped`;
  const said = calls === 1 ? 'the only call failed' : `none of ${counted(calls, 'call')} succeeded`;
  if (first === undefined) return said;
  const share = first.count < calls ? `, ${first.count} of them for` : '';
  return `${said}${share}: ${first.text}`;
}
