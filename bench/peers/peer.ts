import type { Ms } from '../../src/core/index.ts';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** A folder of its own to write to. */
  readonly scratch: string;
}

export interface PacedLoad extends Load {
  /** Wanted, of all connections together. */
  readonly ratePerSec: number;
}

/** What a tool says of a run; NaN for what it does not tell. */
export interface Percentiles {
  readonly p50Ms: Ms;
  readonly p99Ms: Ms;
  readonly p999Ms: Ms;
}

/** A load generator beside which ours is measured. */
export interface Peer {
  readonly name: string;
  /** How it appears in the honesty table, with the flag that sets its rate. */
  readonly title: string;
  /** Returns whether the machine has it. */
  isHere(): boolean;
  /** Returns the command that keeps every connection busy from one thread. */
  saturate(load: Load): readonly string[];
  /**
   * Runs it at a rate, or as fast as the connections let it where it knows no rate, and returns
   * what it reports.
   */
  measure(load: PacedLoad): Promise<Percentiles>;
}

/** How much longer than its load a tool may take: connecting, and waiting for the last answers. */
export const SLACK_SEC = 15;
