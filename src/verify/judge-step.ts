import type { CallPolicy, Protection } from '../advise/index.ts';
import { proportionBounds } from '../analyze/index.ts';
import type { PercentileRow, ShareRow } from '../compare/index.ts';
import {
  counted,
  formatCount,
  formatDuration,
  formatRatio,
  NS_PER_SEC,
  type Ratio,
} from '../core/index.ts';
import { connectPart } from './connect-part.ts';
import { byShare, LONGER } from './share-verdict.ts';
import type { PartResult, StepSide, StepVerification } from './verification.ts';

/** What the calls of a step showed before and after, and what was promised of the latter. */
export interface StepQuestion {
  readonly policy: CallPolicy;
  readonly protection?: Protection;
  /** Of the good attempts, so many are to stay below the attempt timeout: 99.9. */
  readonly successPercent: number;
  readonly before: StepSide;
  readonly after: StepSide;
  readonly falseTimeouts: StepVerification['falseTimeouts'];
  readonly connects: StepVerification['connects'];
  /** The share of errors, before and after. */
  readonly errors: ShareRow;
  /** Of the response time, ascending. */
  readonly percentiles: readonly PercentileRow[];
}

/** Fewer retries for each call change no share that counts. */
const EXTRA_MIN: Ratio = 0.001;
/** A retry is worth its load where another attempt goes well more often than not. */
const WORTH: Ratio = 0.5;
/** What is refused when all is well: as many as may be cut off. */
const REFUSED_MAX: Ratio = 0.001;
/** Calls under way as the run begins and ends are counted with one of their attempts. */
const LOAD_SLACK: Ratio = 0.01;

const A_FAULT = 'a fault in the scenario';

/** Returns what became of each promise of a recommendation, in the order of their weight. */
export function judgeParts(question: StepQuestion): readonly PartResult[] {
  const { policy, protection } = question;
  return [
    successPart(question),
    medianPart(question),
    timeoutPart(question),
    connectPart(question.connects),
    ...(policy.attempts > 1 ? [retryPart(question)] : []),
    loadPart(question),
    ...(protection?.hedge && hasHedge(question) ? [hedgePart(question)] : []),
    ...(protection ? [refusalPart(question)] : []),
  ];
}

/** Returns the verdict of a step by those of its parts. */
export function stepVerdict(parts: readonly PartResult[]): StepVerification['verdict'] {
  const verdicts = new Set(parts.map(({ verdict }) => verdict));
  if (verdicts.has('not-held')) return 'not-held';
  return verdicts.has('cannot-tell') ? 'cannot-tell' : 'held';
}

function successPart({ errors, after }: StepQuestion): PartResult {
  const { before: was, after: is, verdict, differenceLower, differenceUpper } = errors;
  const { rejected, rejectedBy, calls } = after;
  const refused =
    rejected === 0 ? '' : `; ${formatRatio(rejected / calls)} were refused, most ${rejectedBy}`;
  return {
    part: 'success',
    promise: 'no fewer calls succeed',
    seen: `${formatRatio(1 - was)} before, ${formatRatio(1 - is)} after (${pointsText(-differenceUpper)} to ${pointsText(-differenceLower)} points)${refused}`,
    ...ofRow(verdict, errors.reason),
  };
}

function medianPart({ percentiles }: StepQuestion): PartResult {
  const promise = 'half of the calls are as fast as before';
  const row = percentiles.find(({ percent }) => percent === 50);
  if (row === undefined) {
    const decidedBy = 'calls that are answered';
    return {
      ...{ part: 'median', promise, verdict: 'cannot-tell', decidedBy },
      seen: 'no times of both',
    };
  }
  const seen = `${formatDuration(row.beforeNs)} before, ${formatDuration(row.afterNs)} after (${ratioText(row)})`;
  return { part: 'median', promise, seen, ...ofRow(row.verdict, row.reason) };
}

/** `regression`, `improvement` and `pass` are decided; the others are not. */
function ofRow(
  verdict: ShareRow['verdict'],
  reason: string,
): Pick<PartResult, 'verdict' | 'decidedBy'> {
  if (verdict === 'regression') return { verdict: 'not-held', decidedBy: '' };
  if (verdict === 'improvement' || verdict === 'pass') return { verdict: 'held', decidedBy: '' };
  return { verdict: 'cannot-tell', decidedBy: reason === '' ? LONGER : `${LONGER}: ${reason}` };
}

/** By the attempts of the run before: what it waited for, the one after may have given up. */
function timeoutPart({ policy, successPercent, falseTimeouts }: StepQuestion): PartResult {
  const limit = 1 - successPercent / 100;
  const { healthy } = falseTimeouts;
  const { lower, upper } = proportionBounds(healthy.hits, healthy.n);
  const late = `${formatCount(healthy.hits)} of ${counted(healthy.n, 'attempt')}`;
  return {
    part: 'attempt timeout',
    promise: `at most ${formatRatio(limit)} of what would be answered is given up when all is well`,
    seen: `${late} were answered after ${formatDuration(policy.attemptTimeoutNs)} (${formatRatio(lower)} to ${formatRatio(upper)})`,
    ...byShare({ lower, upper, limit }, healthy, 'call'),
  };
}

/**
 * A retry costs the target an attempt, and is worth it where it saves a call more often than not:
 *
 *   gain >= extra / 2
 *
 * gain: by how much the share of failed calls fell, with its interval; extra: attempts that follow
 * a failed one for each call, beyond those before. Where the interval lies below, calls fail again,
 * or others fail in their place: in overload, say. What the policy refused is not their doing: it
 * counts as saved before they are called worth nothing.
 */
function retryPart({ before, after, errors }: StepQuestion): PartResult {
  const extra = perCall(after.retries, after) - perCall(before.retries, before);
  const [gainLower, gainUpper] = [-errors.differenceUpper, -errors.differenceLower];
  const common = {
    part: 'retries',
    promise: 'of those made, more than half save a call',
    seen: `${counted(after.retries, 'retry', 'retries')}, ${formatRatio(Math.max(0, extra))} of the calls; the share that succeeds changed by ${pointsText(gainLower)} to ${pointsText(gainUpper)} points`,
  } as const;
  if (extra < EXTRA_MIN) return { ...common, verdict: 'untested', decidedBy: A_FAULT };
  if (gainLower >= WORTH * extra) return { ...common, verdict: 'held', decidedBy: '' };
  const refused = perCall(after.rejected, after);
  if (gainUpper + refused < WORTH * extra) {
    return { ...common, verdict: 'not-held', decidedBy: '' };
  }
  const decidedBy =
    gainUpper < WORTH * extra ? `a run in which less is refused ${after.rejectedBy}` : LONGER;
  return { ...common, verdict: 'cannot-tell', decidedBy };
}

/**
 * Attempts for each call, at most:
 *
 *   1 + (budget's ratio + its least rate over that of the calls, with retries) + hedges' ratio
 */
function loadPart(question: StepQuestion): PartResult {
  const { policy, protection, before, after } = question;
  const seconds = after.measuredNs / NS_PER_SEC;
  const { ratio, minPerSec } = policy.budget;
  const least = after.calls === 0 ? 0 : (minPerSec * seconds) / after.calls;
  const retries = policy.attempts > 1 ? Math.min(policy.attempts - 1, ratio + least) : 0;
  const hedges = hasHedge(question) ? (protection?.hedge?.extraRatio ?? 0) : 0;
  const most = 1 + retries + hedges;
  const [was, is] = [perCall(before.attempts, before), perCall(after.attempts, after)];
  const isKept = is <= most * (1 + LOAD_SLACK);
  return {
    part: 'load',
    promise: `at most ${most.toFixed(2)} attempts a call`,
    seen: `${was.toFixed(2)} before, ${is.toFixed(2)} after; ${after.attemptsPerSec.toFixed(1)}/s on the target, ${before.attemptsPerSec.toFixed(1)}/s before`,
    verdict: isKept ? 'held' : 'not-held',
    decidedBy: '',
  };
}

function hasHedge({ policy, protection }: StepQuestion): boolean {
  return (protection?.hedge?.delayNs ?? Infinity) < policy.attemptTimeoutNs;
}

/** By the highest percentile that both runs carry. */
function hedgePart({ after, percentiles }: StepQuestion): PartResult {
  const promise = 'the slowest calls are answered sooner';
  const made = counted(after.hedges, 'hedge');
  const row = percentiles.findLast(
    ({ percent, verdict }) => percent > 95 && verdict !== 'unjudged',
  );
  if (after.hedges === 0) {
    return { part: 'hedge', promise, seen: made, verdict: 'untested', decidedBy: A_FAULT };
  }
  if (row === undefined) {
    const decidedBy = `${LONGER}: no percentile above p95 is judged`;
    return { part: 'hedge', promise, seen: made, verdict: 'cannot-tell', decidedBy };
  }
  const seen = `${made}; p${row.percent} ${formatDuration(row.beforeNs)} before, ${formatDuration(row.afterNs)} after (${ratioText(row)})`;
  const common = { part: 'hedge', promise, seen } as const;
  if (row.verdict === 'improvement') return { ...common, verdict: 'held', decidedBy: '' };
  if (row.verdict === 'regression' || row.ratioLower >= 1) {
    return { ...common, verdict: 'not-held', decidedBy: '' };
  }
  return { ...common, verdict: 'cannot-tell', decidedBy: LONGER };
}

/** What a breaker, a bulkhead and a rate limit are to let through: all, when all is well. */
function refusalPart({ after }: StepQuestion): PartResult {
  const { rejectedHealthy: healthy, rejected, rejectedBy } = after;
  const { lower, upper } = proportionBounds(healthy.hits, healthy.n);
  const by = rejectedBy === '' ? '' : `, most ${rejectedBy}`;
  return {
    part: 'refusals',
    promise: `breaker, bulkhead and limit refuse at most ${formatRatio(REFUSED_MAX)} of the calls when all is well`,
    seen: `${formatCount(healthy.hits)} of ${counted(healthy.n, 'call')} (${formatRatio(lower)} to ${formatRatio(upper)}); ${formatCount(rejected)} in all${by}`,
    ...byShare({ lower, upper, limit: REFUSED_MAX }, healthy, 'call'),
  };
}

function perCall(count: number, { calls }: StepSide): number {
  return calls === 0 ? 0 : count / calls;
}

/** Shares as percentage points with their sign. */
function pointsText(ratio: Ratio): string {
  if (!Number.isFinite(ratio)) return ratio < 0 ? '-∞' : '+∞';
  const points = ratio * 100;
  return `${points < 0 ? '-' : '+'}${Math.abs(points).toFixed(2)}`;
}

function ratioText({ ratioLower, ratioUpper }: PercentileRow): string {
  const percent = (ratio: number): string => {
    if (!Number.isFinite(ratio)) return '+∞%';
    return `${ratio < 1 ? '-' : '+'}${Math.abs((ratio - 1) * 100).toFixed(1)}%`;
  };
  return `${percent(ratioLower)} to ${percent(ratioUpper)}`;
}
