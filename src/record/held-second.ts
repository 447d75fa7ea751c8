import { HELD_COLUMNS, type HeldCalls, type HeldStep, writeHeldCall } from './held-calls.ts';
import type { FinishedCall } from './finished-call.ts';

/** Most calls that are held of one second; of further ones no span can be made later. */
export const MAX_HELD_PER_SECOND = 100_000;

const FIRST_ROWS = 256;

/**
 * Gathers the calls of one second that were not kept, without an object per call. Its memory goes
 * away with each second: what is sent to another thread is handed over, not copied.
 */
export class HeldSecond {
  readonly #phases: readonly string[];
  readonly #steps: readonly HeldStep[];
  readonly #countMax: number;
  #numbers = new Float64Array(0);
  #errors = new Map<number, string>();
  #count = 0;
  /** Rows that are made room for: those of the fullest second so far. */
  #rows = FIRST_ROWS;

  constructor(phases: readonly string[], steps: readonly HeldStep[], countMax: number) {
    this.#phases = phases;
    this.#steps = steps.map(({ name, target }) => ({ name, target }));
    this.#countMax = countMax;
  }

  get count(): number {
    return this.#count;
  }

  add(call: FinishedCall): void {
    if (this.#count >= this.#countMax) return;
    if (this.#count * HELD_COLUMNS >= this.#numbers.length) this.#grow();
    writeHeldCall(this.#numbers, this.#count, call);
    if (call.error !== '') this.#errors.set(this.#count, call.error);
    this.#count++;
  }

  /** Returns the calls since the last time, as one part; none where there were none. */
  take(): readonly HeldCalls[] {
    if (this.#count === 0) return [];
    const held = {
      phases: this.#phases,
      steps: this.#steps,
      numbers: this.#numbers,
      count: this.#count,
      errors: this.#errors,
    };
    this.#numbers = new Float64Array(0);
    this.#errors = new Map();
    this.#count = 0;
    return [held];
  }

  #grow(): void {
    if (this.#count > 0) this.#rows = Math.ceil(1.5 * this.#count);
    const numbers = new Float64Array(this.#rows * HELD_COLUMNS);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}
