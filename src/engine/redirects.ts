import { CANCELLED, CHECK, OK, STATUS } from '../core/index.ts';
import { type CompiledStep, isRedirect, type Scope } from '../flow/index.ts';
import type { LiveCall } from './live-call.ts';
import type { RunPlan } from './run-plan.ts';

export interface RedirectsParts {
  readonly plan: RunPlan;
  /** An answer of a step is followed to where it sends its call. */
  readonly redirected: (phaseIndex: number, stepIndex: number) => void;
}

/** A call that was answered: by which step it is made, and which target has answered. */
export interface Answered {
  readonly step: CompiledStep;
  readonly scope: Scope;
  readonly targetIndex: number;
}

/**
 * Sends calls on to where their answers say. What is recorded is one call: its service time begins
 * with its first request and ends with its last answer, and so does its bound.
 */
export class Redirects {
  readonly #parts: RedirectsParts;
  #hasEnded = false;

  constructor(parts: RedirectsParts) {
    this.#parts = parts;
  }

  /**
   * Makes a call ready for its next request, and returns the index of the target for that; -1 where
   * the call is over.
   */
  follow(call: LiveCall, answered: Answered): number {
    const next = this.#next(call, answered);
    if (next < 0) asOneCall(call);
    return next;
  }

  /** From now on a call that would be sent on is cancelled. */
  end(): void {
    this.#hasEnded = true;
  }

  #next(call: LiveCall, { step, scope, targetIndex }: Answered): number {
    const { outcome, status, answer } = call;
    if ((outcome !== OK && outcome !== STATUS) || !isRedirect(status)) return -1;
    const { spec, redirectsMax } = step;
    const request = call.request ?? spec.call.request;
    const { targets } = this.#parts.plan;
    const next = step.redirect(answer, { status, request, targetIndex }, targets, scope);
    if (next === undefined) return -1;
    if (typeof next === 'string' || call.redirects >= redirectsMax) {
      call.outcome = CHECK;
      call.error = typeof next === 'string' ? next : `redirect: more than ${redirectsMax}`;
      return -1;
    }
    if (this.#hasEnded) {
      call.outcome = CANCELLED;
      return -1;
    }
    this.#parts.redirected(call.phaseIndex, call.stepIndex);
    const hops = (call.hops ??= { sentNs: call.sentNs, bytesIn: 0, bytesOut: 0 });
    hops.bytesIn += call.bytesIn;
    hops.bytesOut += call.bytesOut;
    call.redirects++;
    const leftNs = hops.sentNs + spec.timeoutNs - call.endNs;
    call.request = { ...next.request, timeoutNs: Math.max(1, leftNs) };
    answer?.reset();
    return next.targetIndex;
  }
}

function asOneCall(call: LiveCall): void {
  const { hops } = call;
  if (hops === undefined) return;
  call.sentNs = hops.sentNs;
  call.bytesIn += hops.bytesIn;
  call.bytesOut += hops.bytesOut;
}
