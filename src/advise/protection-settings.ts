import { formatCount, formatDuration, formatRate } from '../core/index.ts';
import type { Breaker, Protection } from './protection.ts';
import type { TunedSetting } from './tuning.ts';

/** Returns what protects a caller in words. */
export function protectionSettings(
  { hedge, breaker, bulkhead, rateLimit }: Protection,
  mayRepeat: boolean,
): readonly TunedSetting[] {
  return [
    hedge === undefined
      ? {
          name: 'hedge',
          value: 'none',
          restsOn: mayRepeat
            ? 'a second attempt after p95 would be hardly sooner, or its load is not to be had'
            : 'only what may be repeated can be sent twice, and not in overload',
          costs: '',
          changedBy: '',
        }
      : {
          name: 'hedge',
          value: `a second attempt after ${formatDuration(hedge.delayNs)}`,
          restsOn: `p95 at most; p99.9 would fall from ${formatDuration(hedge.p999Ns)} to ${formatDuration(hedge.predictedP999Ns)} if attempts were independent`,
          costs: `${Math.round(hedge.extraRatio * 100)}% more load at the most`,
          changedBy: 'calls that are slow together: then the second is slow too',
        },
    breakerSetting(breaker),
    {
      name: 'bulkhead',
      value: `${formatCount(bulkhead.concurrent)} at once`,
      restsOn:
        'the rate times the mean time of an attempt; more are under way in less than 1 of 10,000 moments',
      costs: `calls above it are refused; without it ${formatCount(bulkhead.whenHung)} wait when the callee hangs`,
      changedBy: 'a higher rate than that of the runs',
    },
    {
      name: 'rate limit',
      value:
        rateLimit === undefined
          ? 'not known'
          : `${formatRate(rateLimit.perSec)}, burst ${formatCount(rateLimit.burst)}`,
      restsOn:
        rateLimit === undefined
          ? 'no search for the capacity is among the runs'
          : 'three quarters of the highest rate that met the objectives; as many may wait as an attempt has time',
      costs: rateLimit === undefined ? '' : 'calls above it are refused',
      changedBy: rateLimit === undefined ? 'a run with a capacity phase' : 'more capacity',
    },
  ];
}

function breakerSetting(breaker: Breaker | undefined): TunedSetting {
  if (breaker === undefined) {
    return {
      name: 'circuit breaker',
      value: 'none',
      restsOn: 'so much fails on a healthy day that it would open then',
      costs: '',
      changedBy: 'fewer failures, or calls enough to know that there are fewer',
    };
  }
  const { windowCalls, failureRatio, windowNs, sleepNs, isSleepMeasured, probes } = breaker;
  const sleep = isSleepMeasured
    ? 'the sleep window is the median recovery after faults, no less than the timeout'
    : 'the sleep window is a preset, since no recovery was measured';
  return {
    name: 'circuit breaker',
    value: `opens at ${Math.round(failureRatio * 100)}% of ${windowCalls} calls within ${formatDuration(windowNs)}; closed again by ${probes} probes after ${formatDuration(sleepNs)}`,
    restsOn: `opens less than once a month by chance, and at an outage of half of the calls in 95% of windows; ${sleep}`,
    costs: 'calls that would have gone well are refused while it is open',
    changedBy: 'the failures of a healthy day, and how long the callee takes to come back',
  };
}
