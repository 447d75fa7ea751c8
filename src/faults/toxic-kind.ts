import type { Rng } from '../core/index.ts';
import type { RequestPlan } from './http/request-plan.ts';
import type { Link, LinkContext } from './link.ts';
import type { Settings, ValuesOf } from './setting.ts';

interface Common<S extends Settings> {
  /** Its name in the scenario file and the admin API, snake_case. */
  readonly type: string;
  /** One sentence for the documentation and the schema: what it does. */
  readonly description: string;
  readonly settings: S;
}

/** Works on the bytes of one direction of a connection. */
export interface StreamToxicKind<S extends Settings = Settings> extends Common<S> {
  readonly works: 'stream';
  /** What a ramp makes grow: an amount that the link scales by `context.strength`, or the toxicity. */
  readonly ramps: 'amount' | 'toxicity';
  /** Returns a fresh link for one direction of one connection. */
  link(values: ValuesOf<S>, context: LinkContext): Link;
}

/** Works on connections before anything passes. */
export interface ConnectionToxicKind<S extends Settings = Settings> extends Common<S> {
  readonly works: 'connection';
  /** `refuse`: new connections meet a closed port; where only some are meant, those are reset. */
  readonly does: 'refuse';
}

/** Works on HTTP requests; only a proxy with `protocol: http` knows them. */
export interface RequestToxicKind<S extends Settings = Settings> extends Common<S> {
  readonly works: 'request';
  /** Returns what it does to one request; `strength` is 1, less during a ramp. */
  plan(values: ValuesOf<S>, draw: { readonly rng: Rng; readonly strength: number }): RequestPlan;
}

/** A kind of toxic: what it is called, what it can be told, and what it does. One per file. */
export type ToxicKind = StreamToxicKind | ConnectionToxicKind | RequestToxicKind;

/** Returns the kind as the catalogue keeps it; its code is checked against its own settings. */
export function toxicKind<S extends Settings>(
  kind: StreamToxicKind<S> | ConnectionToxicKind<S> | RequestToxicKind<S>,
): ToxicKind {
  // The catalogue gives a kind the values that its own settings describe, and nothing else.
  return kind as unknown as ToxicKind;
}
