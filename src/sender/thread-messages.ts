import type { Ms, Ns } from '../core/index.ts';
import type { RecordSlice } from '../record/index.ts';
import type { Scenario } from '../scenario/index.ts';
import type { Shard } from '../schedule/index.ts';
import type { EngineResult } from '../engine/index.ts';

/**
 * What of a run a sending worker makes: the load, and the first of several before it the setup and after
 * it the teardown; the load alone, where others make these; or these alone.
 */
export type WorkerPart = 'whole' | 'load' | 'once';

/** What the sending worker is made with. */
export interface WorkerInput {
  /** This worker's share of it. */
  readonly scenario: Scenario;
  readonly runId: string;
  /** The number of the first arrival. */
  readonly firstSeq: number;
  readonly shard: Shard;
  readonly part: WorkerPart;
}

export type ToWorker =
  /** What the setup captured, for the workers that did not make it; before `begin`. */
  | { readonly kind: 'share'; readonly values: readonly unknown[] }
  | { readonly kind: 'begin'; readonly originEpochMs: Ms }
  | { readonly kind: 'stop'; readonly graceNs: Ns }
  /** To the worker that made the setup, once all have ended: make the teardown, and exit. */
  | { readonly kind: 'tear-down' };

/**
 * First `ready`, before it from the first worker what its setup captured or why it failed; then a
 * `slice` for every second, then `ended`, from the first worker at last `torn-down`, and the thread
 * exits. Notices come at any time.
 */
export type FromWorker =
  | { readonly kind: 'set-up'; readonly values: readonly unknown[]; readonly failure: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'slice'; readonly slice: RecordSlice }
  | { readonly kind: 'ended'; readonly result: EngineResult }
  | { readonly kind: 'torn-down'; readonly failure: string }
  /** Something that the user is to be told. */
  | { readonly kind: 'notice'; readonly text: string };
