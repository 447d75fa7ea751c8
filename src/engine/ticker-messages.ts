import type { Scenario } from '../scenario/index.ts';
import type { Shard } from '../schedule/index.ts';

/** What the ticker thread is made with: enough to walk the same schedule. */
export interface TickerInput {
  readonly scenario: Pick<Scenario, 'seed' | 'load'>;
  readonly shard: Shard;
  /** Two 32-bit cells, {@link MODE_CELL} and {@link STOP_CELL}. */
  readonly state: SharedArrayBuffer;
}

/** Whether the sending loop sleeps, or is awake and looks at the clock by itself. */
export const MODE_CELL = 0;
export const ASLEEP = 0;
export const AWAKE = 1;

/** Not 0 once the ticker is to end. */
export const STOP_CELL = 1;

/**
 * How long before an arrival is due the loop is woken: what waking a thread, and a message to the
 * loop, take together on a machine that is not idle.
 */
export const WAKE_LEAD_NS = 100_000;
