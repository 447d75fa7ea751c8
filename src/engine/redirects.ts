import { CANCELLED, CHECK, OK, STATUS } from '../core/index.ts';
import { type CompiledStep, isRedirect, type Scope } from '../flow/index.ts';
import type { ReadyTarget } from '../scenario/index.ts';
import type { LiveCall } from './live-call.ts';
import type { RunPlan } from './run-plan.ts';

export interface RedirectsParts {
  readonly plan: RunPlan;
  /** An answer of a step is followed to where it sends its call. */
  readonly redirected: (phaseIndex: number, stepIndex: number) => void;
}

/** A call that was answered: by which step it is made, and which endpoint has answered. */
export interface Answered {
  readonly step: CompiledStep;
  readonly scope: Scope;
  readonly endpointIndex: number;
}

/**
 * Sends calls on to where their answers say. What is recorded is one call: its service time begins
 * with its first request and ends with its last answer, and so does its bound.
 */
export class Redirects {
  readonly #parts: RedirectsParts;
  /** By endpoint. */
  readonly #targets: readonly ReadyTarget[];
  #hasEnded = false;

  constructor(parts: RedirectsParts) {
    this.#parts = parts;
    this.#targets = parts.plan.endpoints.map(({ target }) => target);
  }

  /**
   * Makes a call ready for its next request, and returns the index of the endpoint for that; -1
   * where the call is over.
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

  #next(call: LiveCall, { step, scope, endpointIndex }: Answered): number {
    const { outcome, status, answer } = call;
    if ((outcome !== OK && outcome !== STATUS) || !isRedirect(status)) return -1;
    const { spec, redirectsMax } = step;
    const request = call.request ?? spec.call.request;
    // A location is one of an endpoint: the one that answered goes before the others.
    const from = { status, request, targetIndex: endpointIndex };
    const next = step.redirect(answer, from, this.#targets, scope);
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
    call.deadlineNs = Math.min(call.deadlineNs, hops.sentNs + spec.timeoutNs);
    call.request = next.request;
    answer?.reset();
    return next.targetIndex;
  }
}

/** Makes of what was sent last the whole of a call that was sent on: its begin, all its bytes. */
export function asOneCall(call: LiveCall): void {
  const { hops } = call;
  if (hops === undefined) return;
  call.sentNs = hops.sentNs;
  call.bytesIn += hops.bytesIn;
  call.bytesOut += hops.bytesOut;
}
