import type { Ms, Ns } from '../core/index.ts';
import type { RecordSlice } from '../record/index.ts';
import type { Scenario } from '../scenario/index.ts';
import type { EngineResult } from '../engine/index.ts';

/** What the sending worker is made with. */
export interface WorkerInput {
  readonly scenario: Scenario;
  readonly runId: string;
}

export type ToWorker =
  | { readonly kind: 'begin'; readonly originEpochMs: Ms }
  | { readonly kind: 'stop'; readonly graceNs: Ns };

/** First `ready`, then a `slice` for every second, then `ended`, and the thread exits. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'slice'; readonly slice: RecordSlice }
  | { readonly kind: 'ended'; readonly result: EngineResult };
