import {
  HarnessError,
  type CounterName,
  type CounterSlice,
  type FaultWindow,
} from '../../core/index.ts';
import type { RecordSlice, Sink } from '../../record/index.ts';

/** A write that failed for good is tried once more when the run is over; so many can wait for that. */
const WAITING_MAX = 10_000;

type Write = () => Promise<void>;

/**
 * Writes a run's seconds into the sink while the run goes on, without making the run wait. What the
 * sink refuses is kept and written again at the end: a store that was away for a while loses nothing.
 */
export class ResultWriter {
  readonly #sink: Sink;
  readonly #runId: string;
  readonly #onTrouble: (error: unknown) => void;
  readonly #underWay = new Set<Promise<void>>();
  #failed: Write[] = [];
  #lost = 0;
  #isTold = false;

  constructor(sink: Sink, runId: string, onTrouble: (error: unknown) => void) {
    this.#sink = sink;
    this.#runId = runId;
    this.#onTrouble = onTrouble;
  }

  /** Takes the numbers of one second; its spans go another way. */
  addSlice({ histograms, counters }: RecordSlice): void {
    if (histograms.length > 0) {
      this.#start(() => this.#sink.writeHistograms(this.#runId, histograms));
    }
    if (counters.length > 0) this.#start(() => this.#sink.writeCounters(this.#runId, counters));
  }

  /** Takes windows that have closed, each once. */
  addFaultWindows(windows: readonly FaultWindow[]): void {
    if (windows.length > 0) {
      this.#start(() => this.#sink.writeFaultWindows(this.#runId, windows));
    }
  }

  /** Takes what was counted apart from the engine, for the run as a whole. */
  addCount(counter: CounterName, value: number, second: number): void {
    if (value === 0) return;
    const slice: CounterSlice = { second, phase: '', step: '', counter, value };
    this.#start(() => this.#sink.writeCounters(this.#runId, [slice]));
  }

  /**
   * Resolves when everything that was taken is durable.
   * @throws what the sink said, where it refuses something for the second time.
   */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
    const again = this.#failed;
    this.#failed = [];
    for (const write of again) await write();
    if (this.#lost > 0) {
      throw new HarnessError('STORE_OVERFLOW', `${this.#lost} writes of results were lost`, {
        hint: 'The store was away for longer than results can wait: run again with one that answers.',
      });
    }
  }

  #start(write: Write): void {
    const attempt = write().catch((error: unknown) => {
      if (this.#failed.length < WAITING_MAX) this.#failed.push(write);
      else this.#lost++;
      if (!this.#isTold) this.#onTrouble(error);
      this.#isTold = true;
    });
    this.#underWay.add(attempt);
    void attempt.finally(() => this.#underWay.delete(attempt));
  }
}
