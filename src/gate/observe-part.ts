import type { CallSummary, SelectedArrivals } from '../analyze/index.ts';
import { counted, NS_PER_SEC, type Ns } from '../core/index.ts';
import type { ThresholdSpec } from '../scenario/index.ts';
import { missing, type Observation } from './observation.ts';
import { observeClock } from './observe-clock.ts';
import { observeEvents, observePerSecond } from './observe-events.ts';
import { observeShare } from './observe-share.ts';

/** A part of a run that a threshold is of: some calls, some time. */
export interface PartOfRun {
  readonly ranNs: Ns;
  readonly arrivals: SelectedArrivals;
  /** Absent where no step is meant, or none of these names was called. */
  readonly summary?: CallSummary | undefined;
  /** Of steps with a policy; absent for none. */
  readonly policy?: { readonly calls: number; readonly attempts: number } | undefined;
  /** What was looked for, for messages: `call of step pay in phase steady`. */
  readonly wanted: string;
  /** How many such parts are looked at for the worst of them; absent for one. */
  readonly looks?: number;
}

/** `corrected` takes response times without the generator's own delay. */
export type ResponseClock = 'response' | 'corrected';

/** Returns what a part of a run says on a subject of steps, or on `dropped` or `arrivals`. */
export function observePart(
  threshold: ThresholdSpec,
  part: PartOfRun,
  responseClock: ResponseClock,
): Observation {
  const { metric, aggregate } = threshold;
  const { arrivals, ranNs, summary, policy, wanted, looks } = part;
  const { due, dropped } = arrivals;
  if (metric === 'dropped') {
    if (due === 0) return missing('nothing was due to arrive');
    return observeEvents({ count: dropped, rate: dropped / due, n: due }, aggregate);
  }
  if (metric === 'arrivals') {
    if (ranNs === 0) return missing('no measured time passed');
    const sent = due - dropped;
    return observePerSecond(sent, (sent / ranNs) * NS_PER_SEC, aggregate);
  }
  if (summary === undefined || summary.calls === 0) return missing(`no ${wanted}`);
  switch (metric) {
    case 'errors':
      return observeShare({ count: summary.errors, of: metric, looks }, summary, threshold);
    case 'timeouts':
      return observeShare(
        { count: summary.outcomes.timeout, of: 'timeout', looks },
        summary,
        threshold,
      );
    case 'calls':
      return observePerSecond(summary.calls, summary.achievedPerSec, aggregate);
    case 'rejected':
    case 'fallbacks': {
      if (policy === undefined) return missing('the step has no policy');
      const of = metric === 'rejected' ? 'rejected' : 'fallback';
      return observeShare({ count: summary.outcomes[of], of, looks }, summary, threshold);
    }
    case 'amplification': {
      if (policy === undefined) return missing('the step has no policy');
      const { calls, attempts } = policy;
      const value = calls === 0 ? 0 : attempts / calls;
      return { unit: 'factor', n: calls, value, atLeast: false, doubt: '' };
    }
    case 'response':
    case 'service': {
      const clock = summary[metric === 'response' ? responseClock : metric];
      return clock.n === 0 ? unanswered(summary.calls) : observeClock(clock, aggregate);
    }
    default:
      return missing(`${metric} is of the run, not of one step`);
  }
}

function unanswered(calls: number): Observation {
  const reason = `none of ${counted(calls, 'call')} was answered`;
  return { unit: 'ns', n: 0, atLeast: false, doubt: '', unanswered: reason };
}
