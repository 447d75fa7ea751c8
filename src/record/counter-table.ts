import { type CounterName, COUNTERS, type CounterSlice } from '../core/index.ts';

/** The counters of one worker, per phase x step; `stepIndex` -1 where a step does not apply. */
export class CounterTable {
  readonly #phases: readonly string[];
  /** '' first, for what belongs to no step. */
  readonly #steps: readonly string[];
  readonly #values: Readonly<Record<CounterName, Float64Array>>;

  constructor(phases: readonly string[], steps: readonly string[]) {
    const cells = phases.length * (steps.length + 1);
    this.#phases = phases;
    this.#steps = ['', ...steps];
    this.#values = Object.fromEntries(
      COUNTERS.map((counter) => [counter, new Float64Array(cells)]),
    ) as Record<CounterName, Float64Array>;
  }

  add(counter: CounterName, phaseIndex: number, stepIndex: number, by: number): void {
    this.addTo(this.#values[counter], phaseIndex, stepIndex, by);
  }

  /**
   * Returns the cells of one counter, for {@link addTo}: what is counted for every call is not to
   * be looked up by name for every call.
   */
  cellsOf(counter: CounterName): Float64Array {
    return this.#values[counter];
  }

  addTo(cells: Float64Array, phaseIndex: number, stepIndex: number, by: number): void {
    const cell = phaseIndex * this.#steps.length + stepIndex + 1;
    cells[cell] = (cells[cell] ?? 0) + by;
  }

  /** Returns every counter that is not 0, as that of `second`, and sets all to 0. */
  take(second: number): CounterSlice[] {
    const slices: CounterSlice[] = [];
    for (const counter of COUNTERS) {
      for (const [cell, value] of this.#values[counter].entries()) {
        if (value === 0) continue;
        const phase = this.#phases[Math.floor(cell / this.#steps.length)] ?? '';
        const step = this.#steps[cell % this.#steps.length] ?? '';
        slices.push({ second, phase, step, counter, value });
      }
      this.#values[counter].fill(0);
    }
    return slices;
  }
}
