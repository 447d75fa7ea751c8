import type { ReadOptions } from './store-options.ts';

/** What `tune` is asked for. */
export interface TuneOptions extends ReadOptions {
  readonly caller?: string;
  readonly callee?: string;
  readonly deadline?: string;
  readonly idempotent: readonly string[];
  readonly export?: string;
  readonly current?: string;
  readonly output?: string;
}
