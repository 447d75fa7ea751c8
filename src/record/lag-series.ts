import type { Ns } from '../core/index.ts';
import { LogLinearHistogram } from './log-linear-histogram.ts';
import type { HistogramPacker } from './packed-histograms.ts';

/** How late the arrivals of one phase were seen. */
export class LagSeries {
  readonly #lags = new LogLinearHistogram();
  /** Those without lag, as users' are by definition, are counted apart until they are taken. */
  #punctual = 0;

  /** Records one arrival. Returns whether its lag was past a histogram's range. */
  record(lagNs: Ns): boolean {
    if (lagNs !== 0) return this.#lags.record(lagNs);
    this.#punctual++;
    return false;
  }

  /** Packs what it holds, as that of `second`, and empties it. */
  take(second: number, phase: string, packer: HistogramPacker): void {
    this.#lags.record(0, this.#punctual);
    this.#punctual = 0;
    const key = { phase, step: '', target: '', outcome: 'ok' } as const;
    packer.add(second, key, 'lag', this.#lags);
  }
}
