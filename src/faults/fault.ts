import type { Ns } from '../core/index.ts';
import type { ToxicSpec } from './toxic.ts';

/** One thing that goes wrong for a while, in the path or to a process. */
export interface FaultSpec {
  readonly name: string;
  readonly proxy: string;
  readonly toxic: ToxicSpec;
  readonly during: { readonly phase: string; readonly fromNs: Ns; readonly durationNs: Ns };
}
