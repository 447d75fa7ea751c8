import { invariant, type Ns, type Ratio } from '../core/index.ts';
import { COARSE_OCTAVE_BITS, LogLinearHistogram } from './log-linear-histogram.ts';

/** Calls that a step must have finished before any of its calls counts as slow. */
const SLOW_AFTER_CALLS = 100;

/** Knows from which response time on a call of a step is slow: one of the slowest so far. */
export class SlowCalls {
  readonly #slowRatio: Ratio;
  /** By step, over the run so far. */
  readonly #responses: readonly LogLinearHistogram[];
  readonly #slowFromNs: Float64Array;

  constructor(steps: number, slowRatio: Ratio) {
    this.#slowRatio = slowRatio;
    this.#responses = Array.from(
      { length: steps },
      () => new LogLinearHistogram(COARSE_OCTAVE_BITS),
    );
    this.#slowFromNs = new Float64Array(steps).fill(Infinity);
  }

  isSlow(stepIndex: number, responseNs: Ns): boolean {
    return responseNs > (this.#slowFromNs[stepIndex] ?? Infinity);
  }

  /** Takes up response times of a step, for the next {@link update}. */
  add(stepIndex: number, responses: LogLinearHistogram): void {
    if (this.#slowRatio === 0) return;
    const all = this.#responses[stepIndex];
    invariant(all !== undefined, 'a series is of a step');
    all.merge(responses);
  }

  /**
   * Works out anew what is slow. A ratio of 0 keeps none: no time is past the largest of all,
   * Infinity says so plainly.
   */
  update(): void {
    for (const [step, responses] of this.#responses.entries()) {
      const known = this.#slowRatio > 0 && responses.count >= SLOW_AFTER_CALLS;
      this.#slowFromNs[step] = known ? responses.quantile(1 - this.#slowRatio) : Infinity;
    }
  }
}
