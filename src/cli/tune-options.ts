import type { ReadOptions, SpanOptions } from './store-options.ts';
import type { TimeOptions } from './time-options.ts';

/** What `tune` is asked for. */
export interface TuneOptions extends ReadOptions, SpanOptions, TimeOptions {
  readonly caller?: string;
  readonly callee?: string;
  readonly deadline?: string;
  readonly idempotent: readonly string[];
  readonly export?: string;
  readonly current?: string;
  readonly as?: string;
  readonly output?: string;
  readonly verify?: true;
}
