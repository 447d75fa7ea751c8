import { invariant, type Ns, OK } from '../core/index.ts';
import type { Arrival } from './arrivals.ts';
import { type LiveCall, newSlot } from './live-call.ts';
import type { PlannedFlow, RunPlan } from './run-plan.ts';

export interface PlainFlowsParts {
  readonly plan: RunPlan;
  /** Makes a call. */
  readonly make: (call: LiveCall) => void;
  /** A step is not made because an earlier one of its flow failed. */
  readonly abandoned: (phaseIndex: number, stepIndex: number) => void;
  /** An arrival is over, its last call at `endNs`. */
  readonly over: (phaseIndex: number, seq: number, endNs: Ns, failed: boolean) => void;
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
  firstCall({ seq, phaseIndex, intendedNs, seenNs }: Arrival): LiveCall {
    const call = this.#freeSlots.pop() ?? newSlot();
    call.seq = seq;
    call.phaseIndex = phaseIndex;
    call.stepIndex = this.#flowOf(phaseIndex).firstStep;
    call.callSeq = seq * this.#parts.plan.callsMax;
    call.intendedNs = intendedNs;
    call.seenNs = seenNs;
    return call;
  }

  /** Goes on with the flow of a call that is over, or frees its slot. */
  goOnAfter(call: LiveCall): void {
    const { make, abandoned, over } = this.#parts;
    const { firstStep, compiled } = this.#flowOf(call.phaseIndex);
    const lastStep = firstStep + compiled.steps.length - 1;
    const { phaseIndex, seq, endNs, outcome } = call;
    if (outcome === OK && call.stepIndex < lastStep && !this.#isCancelled) {
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
    over(phaseIndex, seq, endNs, outcome !== OK);
  }

  /** From now on a flow is over with the call that is under way. */
  cancel(): void {
    this.#isCancelled = true;
  }

  #flowOf(phaseIndex: number): PlannedFlow {
    const flow = this.#parts.plan.flows[phaseIndex];
    invariant(flow !== undefined, 'every phase has a flow');
    return flow;
  }
}
