import { type CounterSlice, statusCounter, type StatusNames, statusName } from '../core/index.ts';

/** Statuses from it on, of no protocol, are not counted. */
const STATUSES = 1_000;

/** What is read of a step. */
interface NamedStep {
  readonly name: string;
  readonly statusNames?: StatusNames;
}

interface Cell {
  readonly counts: Uint32Array;
  /** The statuses that were counted, each once: none of the others has to be looked at. */
  readonly seen: number[];
}

/**
 * Counts the statuses of answers, per phase and step. Counting one allocates nothing, but for the
 * first of its phase and step, and of its status in a second.
 */
export class StatusTable {
  readonly #phases: readonly string[];
  readonly #steps: readonly NamedStep[];
  /** By phase x step; undefined until a first answer came. */
  readonly #cells: (Cell | undefined)[];

  constructor(phases: readonly string[], steps: readonly NamedStep[]) {
    this.#phases = phases;
    this.#steps = steps;
    this.#cells = Array.from({ length: phases.length * steps.length });
  }

  /** Counts answers of one status. Those without one, NO_STATUS, are passed over. */
  add(phaseIndex: number, stepIndex: number, status: number, by = 1): void {
    if (status < 0 || status >= STATUSES) return;
    const index = phaseIndex * this.#steps.length + stepIndex;
    const cell = (this.#cells[index] ??= { counts: new Uint32Array(STATUSES), seen: [] });
    const before = cell.counts[status] ?? 0;
    if (before === 0) cell.seen.push(status);
    cell.counts[status] = before + by;
  }

  /** Adds what was counted to `slices`, as that of `second`, and begins anew. */
  take(second: number, slices: CounterSlice[]): void {
    for (const [index, cell] of this.#cells.entries()) {
      if (cell === undefined || cell.seen.length === 0) continue;
      const phase = this.#phases[Math.floor(index / this.#steps.length)] ?? '';
      const step = this.#steps[index % this.#steps.length];
      for (const status of cell.seen) {
        const counter = statusCounter(statusName(status, step?.statusNames));
        const value = cell.counts[status] ?? 0;
        slices.push({ second, phase, step: step?.name ?? '', counter, value });
        cell.counts[status] = 0;
      }
      cell.seen.length = 0;
    }
  }
}
