import { type CounterSlice, endpointCounter } from '../core/index.ts';

/** The names of the endpoints of each step's target; empty for a target with one. */
export type EndpointNames = readonly (readonly string[])[];

/** Counts the attempts that went to each endpoint, per phase and step, of targets with several. */
export class EndpointTable {
  readonly #phases: readonly string[];
  readonly #steps: readonly { readonly name: string }[];
  readonly #names: EndpointNames;
  /** By phase x step. */
  readonly #counts: readonly Float64Array[];

  constructor(
    phases: readonly string[],
    steps: readonly { readonly name: string }[],
    names: EndpointNames,
  ) {
    this.#phases = phases;
    this.#steps = steps;
    this.#names = names;
    this.#counts = phases.flatMap(() =>
      steps.map((_, step) => new Float64Array(names[step]?.length ?? 0)),
    );
  }

  /** Counts an attempt; that of a target with one endpoint is passed over. */
  add(phaseIndex: number, stepIndex: number, endpoint: number): void {
    const counts = this.#counts[phaseIndex * this.#steps.length + stepIndex];
    if (counts !== undefined && endpoint < counts.length) {
      counts[endpoint] = (counts[endpoint] ?? 0) + 1;
    }
  }

  /** Adds what was counted to `slices`, as that of `second`, and begins anew. */
  take(second: number, slices: CounterSlice[]): void {
    for (const [cell, counts] of this.#counts.entries()) {
      const stepIndex = cell % this.#steps.length;
      const phase = this.#phases[Math.floor(cell / this.#steps.length)] ?? '';
      const step = this.#steps[stepIndex]?.name ?? '';
      for (const [endpoint, value] of counts.entries()) {
        if (value === 0) continue;
        const counter = endpointCounter(this.#names[stepIndex]?.[endpoint] ?? '');
        slices.push({ second, phase, step, counter, value });
      }
      counts.fill(0);
    }
  }
}
