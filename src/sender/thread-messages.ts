import type { Ms, Ns } from '../core/index.ts';
import type { SharedValues } from '../flow/index.ts';
import type { PackedSlice } from '../record/index.ts';
import type { ReadyScenario } from '../scenario/index.ts';
import type { Shard } from '../schedule/index.ts';
import type { EngineResult } from '../engine/index.ts';
import type { CallsBesideLoad } from './run-single-flow.ts';
import type { ThreadSecond } from './thread-second.ts';

/**
 * The part of a segment that a sending worker makes. `whole`: the load, and the first of several
 * workers also setup and teardown. `load`: the load alone. `setup-teardown`: these two alone.
 */
export type WorkerPart = 'whole' | 'load' | 'setup-teardown';

/**
 * Which of the calls that are not kept a sender hands out all the same, so that those of kept
 * traces can be found among them: `of-flows`, where an arrival may make several, or several
 * attempts.
 */
export type HeldKind = 'none' | 'of-flows' | 'all';

/** What the sending worker sends. */
export interface WorkerInput {
  /** This worker's share of it. */
  readonly scenario: ReadyScenario;
  readonly runId: string;
  /** The number of the first arrival. */
  readonly firstSeq: number;
  readonly shard: Shard;
  readonly part: WorkerPart;
  readonly holds: HeldKind;
}

export type ToWorker =
  /** Before all others. */
  | { readonly kind: 'input'; readonly input: WorkerInput }
  /** What the setup captured, for the workers that did not make it; before `begin`. */
  | { readonly kind: 'share'; readonly values: SharedValues }
  | { readonly kind: 'begin'; readonly originEpochMs: Ms }
  /** Nothing begins from this moment of the run on; calls under way finish. */
  | { readonly kind: 'end-load'; readonly atNs: Ns }
  | { readonly kind: 'stop'; readonly graceNs: Ns }
  /** Is answered at once. */
  | { readonly kind: 'ask' }
  /** To the worker that made the setup, once all have ended: make the teardown, and exit. */
  | { readonly kind: 'tear-down' };

/**
 * In this order: `set-up` from the worker that makes the setup, `ready`, a `slice` for every
 * second, `ended`, `torn-down` from the worker that makes the teardown. Then the thread exits. A
 * `notice` or `alive` may come at any time.
 */
export type FromWorker =
  | { readonly kind: 'set-up'; readonly values: SharedValues; readonly failure: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'slice'; readonly slice: PackedSlice; readonly thread: ThreadSecond }
  | { readonly kind: 'ended'; readonly result: EngineResult }
  | { readonly kind: 'torn-down'; readonly failure: string }
  /** Of setup or teardown, before `set-up` or `torn-down`. */
  | { readonly kind: 'beside-load'; readonly calls: CallsBesideLoad }
  /** The answer to `ask`. */
  | { readonly kind: 'alive' }
  /** A text for the user. */
  | { readonly kind: 'notice'; readonly text: string };
