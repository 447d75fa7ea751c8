import type {
  CallPolicy,
  DeadlineBudget,
  EdgeTuning,
  Protection,
  TimeoutRecommendation,
  TunedTraces,
  Tuning,
} from '../../advise/index.ts';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const TUNE_VERSION = 1;

/**
 * Returns recommendations as JSON text, indented by two, with a line end. Fields are in a fixed
 * order; what is not known is null. `docs/reference/tune.md` says what each means.
 */
export function renderTuneJson({ runs, traces, deadlineNs, edges }: Tuning): string {
  const whole = {
    version: TUNE_VERSION,
    runs: runs.map(({ runId, scenario, startedEpochMs, healthyNs, doubts }) => ({
      runId,
      scenario,
      startedAt: new Date(startedEpochMs).toISOString(),
      healthyNs,
      doubts,
    })),
    traces: traces === undefined ? null : tracesJson(traces),
    deadlineNs: deadlineNs ?? null,
    edges: edges.map(edgeJson),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function tracesJson({ fromEpochMs, toEpochMs, seenNs, attempts, ratio, doubts }: TunedTraces) {
  return {
    from: new Date(fromEpochMs).toISOString(),
    to: new Date(toEpochMs).toISOString(),
    ...{ seenNs, attempts, ratio, doubts },
  };
}

function edgeJson(edge: EdgeTuning): object {
  const { kind, caller, callee, operation, request, ratePerSec, advice, retries } = edge;
  const { byServer = false } = edge;
  const { reason, idempotence, again, overload, failureRatio, failureUpper } = retries;
  return {
    kind,
    caller,
    callee,
    operation,
    request: {
      httpMethod: request.httpMethod || null,
      path: request.path || null,
      rpcService: request.rpcService || null,
      rpcMethod: request.rpcMethod || null,
    },
    ratePerSec,
    byServer,
    n: advice.n,
    failed: advice.failed,
    timeouts: advice.timeouts.filter((one) => one.successPercent >= 99.9).map(timeoutJson),
    bestBound: edge.bestBound === undefined ? null : timeoutJson(edge.bestBound),
    connect:
      edge.connect === undefined
        ? null
        : { n: edge.connect.n, timeout: timeoutJson(edge.connect.timeout) },
    retries: {
      reason,
      idempotence,
      failureRatio,
      failureUpper,
      overload: overload ?? null,
      again: {
        verdict: again.verdict,
        retried: again.retried,
        failedAgain: again.failedAgain,
        lower: again.lower,
        upper: again.upper,
      },
    },
    worstLoad: edge.worstLoad,
    policy: edge.policy === undefined ? null : policyJson(edge.policy),
    deadlineAbove: edge.deadlineAbove ?? null,
    deadlineBudget: edge.deadlineBudget === undefined ? null : budgetJson(edge.deadlineBudget),
    protection: edge.protection === undefined ? null : protectionJson(edge.protection),
    settings: edge.settings,
  };
}

function budgetJson({ longest, ...budget }: DeadlineBudget): object {
  return { ...budget, longest: longest ?? null };
}

function policyJson(policy: CallPolicy): object {
  const { backoff, budget } = policy;
  return {
    connectTimeoutNs: policy.connectTimeoutNs,
    attemptTimeoutNs: policy.attemptTimeoutNs,
    totalTimeoutNs: policy.totalTimeoutNs,
    attempts: policy.attempts,
    retryOn: policy.retryOn,
    backoff: { baseNs: backoff.baseNs, capNs: backoff.capNs, jitter: backoff.jitter },
    budget: { ratio: budget.ratio, minPerSec: budget.minPerSec, ttlNs: budget.ttlNs },
  };
}

function protectionJson({ hedge, breaker, bulkhead, rateLimit }: Protection): object {
  return {
    hedge: hedge ?? null,
    breaker: breaker ?? null,
    bulkhead,
    rateLimit: rateLimit ?? null,
  };
}

function timeoutJson(timeout: TimeoutRecommendation): object {
  const known = timeout.kind === 'recommended' ? timeout : undefined;
  const refused = timeout.kind === 'refused' ? timeout : undefined;
  return {
    successPercent: timeout.successPercent,
    timeoutNs: known?.timeoutNs ?? null,
    upperBoundNs: known?.upperBoundNs ?? null,
    grade: known?.grade ?? null,
    unseen: known?.unseen ? { ...known.unseen, waitedNs: known.unseen.waitedNs ?? null } : null,
    tailCount: timeout.tailCount,
    refused: refused?.reason ?? null,
    neededN: refused?.neededN ?? null,
    neededIsBound: refused?.neededIsBound ?? null,
    neededNs: refused?.neededNs ?? null,
  };
}
