import { countOf, counted, ERROR_OUTCOMES, formatCount } from '../core/index.ts';
import type { RecordSlice } from '../record/index.ts';

/** After so many seconds with calls and without a success the user is told. */
const WARN_AFTER_SECONDS = 5;

/** Tells once, while there is time to stop it, of a run whose first calls all fail. */
export class SuccessWatch {
  readonly #reasons = new Map<string, number>();
  #seconds = 0;
  #failed = 0;
  #isOver = false;

  /** Takes a second of the load; returns what to tell, undefined for nothing. */
  add({ histograms, errors }: Pick<RecordSlice, 'histograms' | 'errors'>): string | undefined {
    if (this.#isOver) return undefined;
    const ended = histograms.filter(({ clock }) => clock === 'response');
    if (ended.length === 0) return undefined;
    this.#isOver = ended.some((part) => part.outcome === 'ok' && countOf(part) > 0);
    const failed = ended.filter(({ outcome }) => ERROR_OUTCOMES.has(outcome));
    this.#failed += failed.reduce((sum, part) => sum + countOf(part), 0);
    for (const { text, count } of errors) {
      this.#reasons.set(text, (this.#reasons.get(text) ?? 0) + count);
    }
    this.#seconds++;
    if (this.#isOver || this.#seconds < WARN_AFTER_SECONDS || this.#failed === 0) return undefined;
    this.#isOver = true;
    const [most] = [...this.#reasons].toSorted(([, a], [, b]) => b - a);
    const [text, count] = most ?? ['', 0];
    const share = count < this.#failed ? `, ${formatCount(count)} of them` : '';
    const why = most === undefined ? '' : `${share} for: ${text}`;
    const calls = counted(this.#failed, 'call');
    return `no call has succeeded in the first ${this.#seconds} s: ${calls} failed${why}`;
  }
}
