import type { CapacityPhaseSpec } from '../scenario/index.ts';
import { judgeRate } from './judge-rate.ts';
import { nextStep, type Step } from './next-step.ts';
import { probeOf } from './probe.ts';
import type { ProbeNumbers } from './probe-numbers.ts';
import type { RateJudgement } from './rate-judgement.ts';

export type CapacitySearchOptions = Pick<CapacityPhaseSpec, 'capacity'>;

/** A search under way: told of every probe, it says what to probe next. It sends nothing itself. */
export class CapacitySearch {
  readonly #spec: CapacitySearchOptions['capacity'];
  /** By the rate. */
  readonly #probes = new Map<number, ProbeNumbers[]>();
  readonly #judged = new Map<number, RateJudgement>();

  constructor({ capacity }: CapacitySearchOptions) {
    this.#spec = capacity;
  }

  get rates(): readonly RateJudgement[] {
    return [...this.#judged.values()];
  }

  /** Returns what to do next. */
  next(): Step {
    return nextStep(this.#spec, this.rates);
  }

  /** Takes in a probe that took place and returns how its rate stands now; undefined for no probe. */
  async add(numbers: ProbeNumbers): Promise<RateJudgement | undefined> {
    const probe = probeOf(numbers.phase.name);
    if (probe === undefined) return undefined;
    const { ratePerSec } = probe;
    const probes = [...(this.#probes.get(ratePerSec) ?? []), numbers];
    this.#probes.set(ratePerSec, probes);
    const judgement = await judgeRate(this.#spec.objectives, ratePerSec, probes);
    this.#judged.set(ratePerSec, judgement);
    return judgement;
  }
}
