import { loadavg } from 'node:os';
import { epochNowMs, type Ms } from '../../src/core/index.ts';

const SAMPLED_EVERY_MS = 500;

/** Samples the machine's load average while runs are recorded: what else ran beside an incident. */
export class LoadSamples {
  readonly #atEpochMs: Ms[] = [];
  readonly #loads: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#take();
    this.#timer = setInterval(() => this.#take(), SAMPLED_EVERY_MS);
  }

  /** Returns the load of the last minute as it was last sampled before a moment. */
  before(epochMs: Ms): number {
    const after = this.#atEpochMs.findIndex((at) => at > epochMs);
    return this.#loads.at(after < 0 ? -1 : Math.max(0, after - 1)) ?? 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #take(): void {
    this.#atEpochMs.push(epochNowMs());
    this.#loads.push(loadavg()[0] ?? 0);
  }
}
