import type { CapacityPhaseSpec } from '../scenario/index.ts';
import { evaluateRate } from './evaluate-rate.ts';
import { nextStep, type Step } from './next-step.ts';
import { probeOf } from './probe.ts';
import type { ProbeNumbers } from './probe-numbers.ts';
import type { RateEvaluation } from './rate-evaluation.ts';

export type CapacitySearchOptions = Pick<CapacityPhaseSpec, 'capacity'>;

/** A search under way: given each probe, it returns what to probe next. It sends nothing itself. */
export class CapacitySearch {
  readonly #spec: CapacitySearchOptions['capacity'];
  /** By the rate. */
  readonly #probes = new Map<number, ProbeNumbers[]>();
  readonly #rates = new Map<number, RateEvaluation>();

  constructor({ capacity }: CapacitySearchOptions) {
    this.#spec = capacity;
  }

  get rates(): readonly RateEvaluation[] {
    return [...this.#rates.values()];
  }

  /** Returns what to do next. */
  next(): Step {
    return nextStep(this.#spec, this.rates);
  }

  /**
   * Adds a completed probe and returns its rate, re-evaluated; undefined for no probe.
   */
  async add(numbers: ProbeNumbers): Promise<RateEvaluation | undefined> {
    const probe = probeOf(numbers.phase.name);
    if (probe === undefined) return undefined;
    const { ratePerSec } = probe;
    const probes = [...(this.#probes.get(ratePerSec) ?? []), numbers];
    this.#probes.set(ratePerSec, probes);
    const evaluation = await evaluateRate(this.#spec.objectives, ratePerSec, probes);
    this.#rates.set(ratePerSec, evaluation);
    return evaluation;
  }
}
