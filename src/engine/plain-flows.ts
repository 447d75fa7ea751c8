import type { Ns } from '../core/index.ts';
import type { Arrival, EndedArrival } from './arrivals.ts';
import { goesOn, type LiveCall, newSlot } from './live-call.ts';
import { flowOf, type RunPlan } from './run-plan.ts';

export interface PlainFlowsParts {
  readonly plan: RunPlan;
  /** Makes a call. */
  readonly make: (call: LiveCall) => void;
  /** A step is not made because an earlier one of its flow failed. */
  readonly abandoned: (phaseIndex: number, stepIndex: number) => void;
  /** An arrival is over, its last call at `endNs`. */
  readonly over: (arrival: EndedArrival, endNs: Ns, failed: boolean) => void;
}

/**
 * Leads arrivals through flows whose steps follow one another, each always the same, and makes the
 * calls of saturators. An arrival is one slot, made as it is needed and used again, without program
 * and scope: at 64 connections that is 5% of what a request costs (ADR 20). The first step that
 * fails ends the flow.
 */
export class PlainFlows {
  /** Steps not made because an earlier step of their flow failed. */
  abandonedSteps = 0;
  readonly #parts: PlainFlowsParts;
  readonly #freeSlots: LiveCall[] = [];
  #isCancelled = false;

  constructor(parts: PlainFlowsParts) {
    this.#parts = parts;
  }

  /** Returns the first call of an arrival. */
  firstCall({ seq, phaseIndex, side, intendedNs, seenNs }: Arrival): LiveCall {
    const call = this.#freeSlots.pop() ?? newSlot();
    call.seq = seq;
    call.phaseIndex = phaseIndex;
    call.side = side;
    call.stepIndex = flowOf(this.#parts.plan, phaseIndex, side).firstStep;
    call.callSeq = seq * this.#parts.plan.callsMax;
    call.intendedNs = intendedNs;
    call.seenNs = seenNs;
    return call;
  }

  /** Goes on with the flow of a call that is over, or frees its slot. */
  goOnAfter(call: LiveCall): void {
    const { plan, make, abandoned, over } = this.#parts;
    const { phaseIndex, side, endNs, outcome } = call;
    const { firstStep, compiled } = flowOf(plan, phaseIndex, side);
    const lastStep = firstStep + compiled.steps.length - 1;
    if (goesOn(outcome) && call.stepIndex < lastStep && !this.#isCancelled) {
      call.stepIndex++;
      call.callSeq++;
      call.intendedNs = endNs;
      call.seenNs = endNs;
      make(call);
      return;
    }
    for (let step = call.stepIndex + 1; step <= lastStep; step++) {
      this.abandonedSteps++;
      abandoned(phaseIndex, step);
    }
    this.#freeSlots.push(call);
    over(call, endNs, !goesOn(outcome));
  }

  /** From now on a flow is over with the call that is under way. */
  cancel(): void {
    this.#isCancelled = true;
  }
}
