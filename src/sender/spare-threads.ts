import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { siblingModule } from '../core/module-url.ts';
import { spins, type Paced } from '../engine/spins.ts';

/**
 * The least young generation of a sending worker, in MB. The default of 1 MB is collected hundreds
 * of times in a run, each time a pause in the pacing; 16 MB a tenth as often. A loop that never
 * sleeps makes up to 200 MB of garbage a second, one immediate after another (ADR 55).
 */
const SEMI_SPACE_MB = 16;
const SPINNING_SEMI_SPACE_MB = 32;

interface SpareThread {
  readonly worker: Worker;
  readonly isSpinning: boolean;
}

/**
 * Sending threads that are started before it is known what they send, so that they load their
 * modules while their process still does other things:
 *
 *     process   scenario ─► start() ─► store opens, other modules load ─► take() ─► input
 *     thread                  └─ loads its modules ─────────────── waits ──────────► sends
 *
 * One that nobody takes keeps no process from ending.
 */
export class SpareThreads {
  #spare: SpareThread | undefined;

  /** Starts one for a scenario, where none is there. */
  start(scenario: Paced): void {
    if (this.#spare !== undefined) return;
    const isSpinning = spins(scenario, 1);
    const worker = startThread(isSpinning);
    worker.unref();
    // Whoever wants one starts another then, and hears what is wrong with that.
    const letGo = (): void => {
      if (this.#spare?.worker === worker) this.#spare = undefined;
    };
    worker.on('error', letGo);
    worker.on('exit', letGo);
    this.#spare = { worker, isSpinning };
  }

  /**
   * Returns a thread that waits for its input, or will: the one that was started, where it is of
   * the kind that is wanted, else a new one.
   */
  take(isSpinning: boolean): Worker {
    const spare = this.#spare;
    if (spare?.isSpinning !== isSpinning) return startThread(isSpinning);
    this.#spare = undefined;
    spare.worker.ref();
    return spare.worker;
  }

  /** Ends the one that nobody took. */
  end(): void {
    const spare = this.#spare;
    this.#spare = undefined;
    void spare?.worker.terminate();
  }
}

function startThread(isSpinning: boolean): Worker {
  // Read when a thread is made; neither NODE_OPTIONS nor resourceLimits takes it.
  const semiSpaceMb = isSpinning ? SPINNING_SEMI_SPACE_MB : SEMI_SPACE_MB;
  setFlagsFromString(`--min-semi-space-size=${semiSpaceMb}`);
  // Almost nothing survives: to wake other threads for it takes longer than to do it alone.
  setFlagsFromString('--no-parallel-scavenge');
  return new Worker(siblingModule(import.meta.url, 'sender-thread'));
}
