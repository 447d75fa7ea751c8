import { isIdempotent } from '../resilience/index.ts';
import type { LiveCall } from './live-call.ts';
import type { PolicedCall } from './policed-call.ts';
import type { RunPlan } from './run-plan.ts';

/** Returns whether making a call twice is as good as once. */
export function isRepeatable(plan: RunPlan, { call, policy }: PolicedCall): boolean {
  const { idempotent } = policy.spec;
  if (idempotent !== undefined) return idempotent;
  const spec = plan.steps[call.stepIndex]?.spec.call;
  if (spec?.protocol !== 'http') return false;
  return isIdempotent(call.request?.method ?? spec.method);
}

/**
 * Returns whether an attempt is of a call of gRPC whose answer has begun: who made it has a part of
 * it already.
 *
 * @see gRPC's proposal A6, "When retries are valid"
 */
export function isCommitted(plan: RunPlan, { stepIndex, firstByteNs }: LiveCall): boolean {
  return plan.steps[stepIndex]?.spec.call.protocol === 'grpc' && firstByteNs >= 0;
}
