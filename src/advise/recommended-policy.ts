import type { PolicySpec, RetrySpec } from '../resilience/index.ts';
// Not by the room's index, which loads what runs policies.
import { isIdempotent } from '../resilience/retry-decision.ts';
import type { CallPolicy } from './call-policy.ts';
import type { Hedge, Protection } from './protection.ts';
import type { EdgeTuning } from './tuning.ts';

/** What is recommended for the calls of an edge. */
export interface PolicyAdvice {
  readonly policy: CallPolicy;
  readonly protection?: Protection;
  readonly request: Pick<EdgeTuning['request'], 'httpMethod' | 'rpcService'>;
}

/** The status of an answer after which another may go well, by protocol. */
const HTTP_UNAVAILABLE = 503;
const GRPC_UNAVAILABLE = 14;
/** Rates and shares have so many digits in a scenario. */
const RATE_DIGITS = 3;
const RATIO_DIGITS = 6;

/**
 * Returns what is recommended for an edge as a policy of a scenario, whose numbers its file can
 * hold. What is told to be repeatable is `idempotent`; a hedge that would come when the attempt is
 * over is left out. The connect timeout is of a target, and not in it.
 */
export function recommendedPolicy(name: string, advice: PolicyAdvice): PolicySpec {
  const { policy, protection = {}, request } = advice;
  const { breaker, bulkhead, rateLimit } = protection as Partial<Protection>;
  const { attemptTimeoutNs, totalTimeoutNs, retryOn } = policy;
  const hedge = hedgeIn(advice);
  const isRepeated = retryOn === 'transient' || hedge !== undefined;
  const retry = retryOf(advice);
  return {
    name,
    totalTimeoutNs: Math.round(totalTimeoutNs),
    attemptTimeoutNs: Math.round(attemptTimeoutNs),
    ...(isRepeated && !isIdempotent(request.httpMethod) && { idempotent: true }),
    ...(retry && { retry }),
    ...(hedge && {
      hedge: {
        after: { delayNs: Math.round(hedge.delayNs) },
        extraRatioMax: rounded(hedge.extraRatio, RATIO_DIGITS),
      },
    }),
    ...(breaker && {
      breaker: {
        failureRatio: rounded(breaker.failureRatio, RATIO_DIGITS),
        volume: breaker.windowCalls,
        windowNs: Math.round(breaker.windowNs),
        sleepNs: Math.round(breaker.sleepNs),
        probes: breaker.probes,
      },
    }),
    ...(bulkhead && { bulkhead: { calls: bulkhead.concurrent, waiting: 0 } }),
    ...(rateLimit && {
      rateLimit: {
        ratePerSec: rounded(rateLimit.perSec, RATE_DIGITS),
        burst: rateLimit.burst,
        by: 'all',
      },
    }),
  };
}

function hedgeIn({ policy, protection }: PolicyAdvice): Hedge | undefined {
  const { hedge } = protection ?? {};
  const boundNs = Math.min(policy.attemptTimeoutNs, policy.totalTimeoutNs);
  return hedge && Math.round(hedge.delayNs) < Math.round(boundNs) ? hedge : undefined;
}

function retryOf({ policy, request }: PolicyAdvice): RetrySpec | undefined {
  const { attempts, retryOn, backoff, budget } = policy;
  if (attempts < 2 || retryOn === 'nothing') return undefined;
  const isAny = retryOn === 'transient';
  const unavailable = request.rpcService === '' ? HTTP_UNAVAILABLE : GRPC_UNAVAILABLE;
  return {
    attempts,
    on: { connect: true, reset: isAny, timeout: isAny, statuses: isAny ? [unavailable] : [] },
    backoff: {
      baseNs: Math.round(backoff.baseNs),
      capNs: Math.round(backoff.capNs),
      jitter: backoff.jitter,
    },
    budget: {
      ratio: rounded(budget.ratio, RATIO_DIGITS),
      minPerSec: rounded(budget.minPerSec, RATE_DIGITS),
      ttlNs: Math.round(budget.ttlNs),
    },
    otherEndpoint: true,
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
