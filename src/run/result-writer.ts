import {
  counted,
  errorText,
  type CounterName,
  type CounterSlice,
  type FaultWindow,
  type RunRecord,
} from '../core/index.ts';
import type { RecordSlice, Sink } from '../record/index.ts';

/**
 * Writes a run's seconds into the sink while the run goes on, without making the run wait. The sink
 * itself tries again for as long as a write may be tried: one that it gives up is not repeated
 * here, since the store may hold it all the same and it would count twice.
 */
export class ResultWriter {
  readonly #sink: Sink;
  readonly #runId: string;
  readonly #onRefusal: (error: unknown) => void;
  readonly #underWay = new Set<Promise<void>>();
  readonly #refusals: unknown[] = [];

  /** `onRefusal` is called for the first write that the sink gave up. */
  constructor(sink: Sink, runId: string, onRefusal: (error: unknown) => void) {
    this.#sink = sink;
    this.#runId = runId;
    this.#onRefusal = onRefusal;
  }

  /** Takes the numbers of one second; its spans go another way. */
  addSlice({ histograms, counters, errors, connectErrors }: RecordSlice): void {
    if (histograms.length > 0) this.#track(this.#sink.writeHistograms(this.#runId, histograms));
    if (counters.length > 0) this.#track(this.#sink.writeCounters(this.#runId, counters));
    if (errors.length > 0) this.#track(this.#sink.writeErrors(this.#runId, errors));
    if (connectErrors.length > 0) {
      this.#track(this.#sink.writeConnectErrors(this.#runId, connectErrors));
    }
  }

  /** Takes windows that have opened, and again when they have closed. */
  addFaultWindows(windows: readonly FaultWindow[]): void {
    if (windows.length > 0) this.#track(this.#sink.writeFaultWindows(this.#runId, windows));
  }

  /** Takes what was counted apart from the engine, for the run as a whole. */
  addCount(counter: CounterName, value: number, second: number): void {
    if (value === 0) return;
    const slice: CounterSlice = { second, phase: '', step: '', counter, value };
    this.#track(this.#sink.writeCounters(this.#runId, [slice]));
  }

  /**
   * Resolves when everything that was taken is durable, or given up: with why the sink gave up on a
   * part of it, '' where it did not.
   */
  async settle(): Promise<string> {
    await Promise.all(this.#underWay);
    if (this.#refusals.length === 0) return '';
    const [cause] = this.#refusals;
    return `the store did not take ${counted(this.#refusals.length, 'write')} of results: ${errorText(cause)}`;
  }

  /** Takes the run itself. */
  addRun(run: RunRecord): void {
    this.#track(this.#sink.writeRun(run));
  }

  #track(write: Promise<void>): void {
    const attempt = write.catch((error: unknown) => {
      if (this.#refusals.length === 0) this.#onRefusal(error);
      this.#refusals.push(error);
    });
    this.#underWay.add(attempt);
    void attempt.finally(() => this.#underWay.delete(attempt));
  }
}
